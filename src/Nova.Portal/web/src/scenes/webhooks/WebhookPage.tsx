export default function Screen() { return <p>webhooks/WebhookPage</p>; }
