export default function Screen() { return <p>deliveries/DeliveryHistory</p>; }
