import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { createSpotlight, Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconArrowsExchange, IconLink, IconMoon, IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useHere } from '../api/scope';
import { webhooksQuery } from '../scenes/webhooks/queries';
import { placesFor } from './places';

const [palette, spotlight] = createSpotlight();
export const openPalette = () => spotlight.open();

/** Everything that can be gone to or done from anywhere, by its name. Ctrl K opens it; g and a letter goes without it. */
export function CommandPalette() {
  const here = useHere();
  const { account, environment } = here;
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
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
      { id: 'scheme', label: scheme === 'dark' ? 'Light colours' : 'Dark colours', leftSection: <IconMoon size={17} />, onClick: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark') },
    ] },
    { group: here.words.endpoints, actions: (webhooks.data ?? []).map((webhook): SpotlightActionData => ({
      id: webhook.id, label: webhook.name ?? webhook.url, description: webhook.name ? webhook.url : webhook.events.join(', '), leftSection: <IconLink size={17} />,
      onClick: () => go(`webhooks/${webhook.id}`) })) },
  ];
  return (
    <Spotlight
      store={palette} actions={actions} shortcut={['mod + K']} nothingFound="Nothing of that name" highlightQuery limit={14} scrollable maxHeight={420}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: 'Search or jump to…', 'aria-label': 'Search or jump to' }}
    />
  );
}

/** g, then a letter within a second. Not while somebody writes. */
function useSequences(targets: Record<string, () => void>) {
  const latest = useRef(targets);
  useEffect(() => { latest.current = targets; });
  useEffect(() => {
    let armed = 0;
    const listen = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return;
      if (event.key === 'g') { armed = event.timeStamp; return; }
      if (event.timeStamp - armed < 1000) latest.current[event.key]?.();
      armed = 0;
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
