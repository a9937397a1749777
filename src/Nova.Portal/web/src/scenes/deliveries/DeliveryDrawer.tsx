export default function Screen() { return <p>deliveries/DeliveryDrawer</p>; }
