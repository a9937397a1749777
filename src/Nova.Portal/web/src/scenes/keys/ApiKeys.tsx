export default function Screen() { return <p>keys/ApiKeys</p>; }
