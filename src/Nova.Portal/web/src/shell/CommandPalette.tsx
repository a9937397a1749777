import type { SpotlightActionData, SpotlightActionGroupData } from '@mantine/spotlight';
import { IconArrowsExchange, IconBolt, IconHistory, IconLink, IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useHere } from '../api/scope';
import { webhooksQuery } from '../scenes/webhooks/queries';
import { Palette, useSchemeAction, useSequences } from './Palette';
import { placesFor } from './places';

/** Everything that can be gone to or done from anywhere, by its name. Ctrl K opens it; g and a letter goes without it. */
export function CommandPalette() {
  const here = useHere();
  const { account, environment } = here;
  const navigate = useNavigate();
  const scheme = useSchemeAction();
  const [text, setText] = useState('');
  const webhooks = useQuery(webhooksQuery(here));
  const go = (path: string, search?: object) =>
    void navigate({ to: `/$account/$environment/${path}` as '/$account/$environment', params: { account, environment }, search: search as never });

  const places = placesFor(here);
  useSequences(Object.fromEntries(places.map(place => [place.key, () => go(place.path)])));

  const other = environment === 'production' ? 'sandbox' : 'production';
  const actions: SpotlightActionGroupData[] = [
    { group: 'Go to', actions: places.map(({ path, label, icon: Icon, key }): SpotlightActionData => ({
      id: path, label: label(here), description: `g ${key}`, leftSection: <Icon size={17} />, onClick: () => go(path) })) },
    { group: 'Do', actions: [
      ...(here.may.manage && here.product.endpoints.model === 'many_event_types' ? [{ id: 'create', label: here.words.create, leftSection: <IconPlus size={17} />, onClick: () => go('webhooks/new') }] : []),
      { id: 'failed', label: 'Show failed deliveries', leftSection: <IconSearch size={17} />, onClick: () => go('deliveries', { status: ['failed'] }) },
      ...(here.session.kind === 'link' && here.session.environment ? [] : [{ id: 'environment', label: `Switch to ${other}`, leftSection: <IconArrowsExchange size={17} />,
        onClick: () => void navigate({ to: '/$account/$environment', params: { account, environment: other } }) }]),
      scheme,
    ] },
    { group: here.words.endpoints, actions: (webhooks.data ?? []).map((webhook): SpotlightActionData => ({
      id: webhook.id, label: webhook.name ?? webhook.url, description: webhook.name ? webhook.url : webhook.events.join(', '), leftSection: <IconLink size={17} />,
      onClick: () => go(`webhooks/${webhook.id}`) })) },
  ];
  return <Palette actions={[...ofId(text.trim(), go), ...actions]} onText={setText} />;
}

/** A delivery or an event, of which somebody has the id from a log or a header. */
function ofId(text: string, go: (path: string) => void): SpotlightActionGroupData[] {
  const kind = /^dlv_[0-9a-z]{26}$/.test(text) ? { path: 'deliveries', noun: 'Delivery', Icon: IconHistory } : /^evt_[0-9a-z]{26}$/.test(text) ? { path: 'events', noun: 'Event', Icon: IconBolt } : undefined;
  return kind ? [{ group: 'By its id', actions: [{ id: text, label: `${kind.noun} ${text}`, leftSection: <kind.Icon size={17} />, onClick: () => go(`${kind.path}/${text}`) }] }] : [];
}
