import type { components } from './schema';

type Schemas = components['schemas'];

export type Product = Schemas['CustomerProduct'];
export type Words = Product['portal']['words'];
export type Webhook = Schemas['Webhook'];
export type Delivery = Schemas['Delivery'];
export type Attempt = Schemas['Attempt'];
export type Header = Schemas['Header'];
export type EventType = Schemas['EventType'];
/** With the payload as it was sent, beside the parsed one. */
export type DeliveryDetail = Schemas['DeliveryDetail'] & { payload_text?: string };
export type DeliveryStatus = 'pending' | 'processing' | 'delivered' | 'failed';
export type Analytics = Schemas['Analytics'];
export type FailureGroup = Schemas['FailureGroup'];
export type Event = Schemas['Event'];
/** With the data as they were published, beside the parsed ones. */
export type EventDetail = Schemas['EventDetail'] & { data_text?: string };
export type Inspector = Schemas['Inspector'];
export type InspectedRequest = Schemas['InspectedRequest'];
export type Replay = Schemas['Replay'];
export type Signature = Schemas['Signature'];
export type VerificationProgram = Schemas['VerificationProgram'];
export type Key = Schemas['Key'];
export type WebhookHealth = Schemas['WebhookHealth'];
/** Whose the portal is: a person's, or a link's. The host's colours of an embedded view come in `theme`. */
export type SessionAnswer = Schemas['Session'];
export type Session = Omit<SessionAnswer, 'theme'> & { theme?: { primary?: string | null; logo?: string | null; scheme?: string | null } | null };
export type Role = 'admin' | 'member';
