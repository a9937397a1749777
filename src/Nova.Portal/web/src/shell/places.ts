import {
  IconBolt, IconBook2, IconChartHistogram, IconInbox, IconKey, IconHistory, IconListDetails, IconRepeat, IconShieldCheck, IconUsers, IconWebhook, type Icon,
} from '@tabler/icons-react';
import type { Here } from '../api/scope';

/** An entry of the side bar, and of the command palette. */
export interface Place {
  /** Below an account and its environment. */
  path: 'overview' | 'webhooks' | 'deliveries' | 'events' | 'replays' | 'catalog' | 'verify' | 'inspector' | 'keys' | 'members' | 'audit';
  label: (here: Here) => string;
  icon: Icon;
  group: 'Webhooks' | 'Develop' | 'Account';
  /** Left out where this is false. */
  shown?: (here: Here) => boolean;
  /** After g: g then d goes to the deliveries. */
  key: string;
}

export const places: Place[] = [
  { path: 'overview', label: here => here.words.overview, icon: IconChartHistogram, group: 'Webhooks', key: 'o' },
  { path: 'webhooks', label: here => here.words.endpoints, icon: IconWebhook, group: 'Webhooks', key: 'w' },
  { path: 'deliveries', label: here => here.words.deliveries, icon: IconHistory, group: 'Webhooks', key: 'd' },
  { path: 'events', label: () => 'Events', icon: IconBolt, group: 'Webhooks', key: 'e' },
  { path: 'replays', label: () => 'Replays', icon: IconRepeat, group: 'Webhooks', key: 'p' },
  { path: 'catalog', label: () => 'Event catalog', icon: IconBook2, group: 'Develop', key: 'c' },
  { path: 'verify', label: () => 'Verify signatures', icon: IconShieldCheck, group: 'Develop', key: 'v' },
  { path: 'inspector', label: () => 'Inspector', icon: IconInbox, group: 'Develop', key: 'i' },
  { path: 'keys', label: () => 'API Keys', icon: IconKey, group: 'Account', key: 'k', shown: here => here.product.api.authentication === 'api_key' && here.session.kind === 'user' },
  { path: 'members', label: () => 'Members', icon: IconUsers, group: 'Account', key: 'm', shown: here => here.session.kind === 'user' },
  { path: 'audit', label: () => 'Audit log', icon: IconListDetails, group: 'Account', key: 'l', shown: here => here.session.kind === 'user' && here.may.manage },
];

export const placesFor = (here: Here) => places.filter(place => place.shown?.(here) ?? true);
