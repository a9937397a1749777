import { Button, Select } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import type { Inspector } from '../../api/types';
import { inSentence } from '../../widgets/inSentence';
import { LinkButton } from '../../widgets/links';
import { refused, told } from '../../widgets/tell';
import { eventTypesQuery, webhooksQuery } from '../webhooks/queries';

/** Where each event type has one address and a key of its own: sends one that has none yet to the inspector, with a key that is made up here. */
export function ForOneType({ inspector }: { inspector: Inspector }) {
  const here = useHere();
  const { api, account, environment, product, words } = here;
  const refresh = useRefresh();
  const types = useQuery(eventTypesQuery(here));
  const webhooks = useQuery(webhooksQuery(here));
  const free = (types.data ?? []).map(type => type.name).filter(name => !webhooks.data?.some(webhook => webhook.events.includes(name)));
  const [wanted, setWanted] = useState<string>();
  const chosen = free.find(name => name === wanted) ?? free[0];
  const subscribe = useMutation({
    mutationFn: () => take(api.POST('/v1/webhooks', { body: { url: inspector.url, events: [chosen!], ...(product.secret.chosen_by_customer && { secret: madeUp(product.secret.length?.most ?? 48) }) } })),
    onSuccess: async () => { await refresh('webhooks', 'product'); told(`${chosen} is sent to it from now on, with ${inSentence(words.secret)} that was made up for it.`); },
    onError: refused,
  });
  if (!types.data || !webhooks.data) return null;
  if (!chosen) return <LinkButton size="xs" to="/$account/$environment/webhooks" params={{ account, environment }}>Set it in {words.endpoints}</LinkButton>;
  return (
    <>
      <Select aria-label="Event type" size="xs" w={200} allowDeselect={false} value={chosen} onChange={value => value && setWanted(value)} data={free} classNames={{ input: 'nova-mono' }} />
      <Button size="xs" leftSection={<IconPlus size={14} />} loading={subscribe.isPending} onClick={() => subscribe.mutate()}>Send it here</Button>
    </>
  );
}

/** As good as any that a customer would choose: 24 random bytes, in hexadecimal. */
const madeUp = (most: number) => [...crypto.getRandomValues(new Uint8Array(24))].map(byte => byte.toString(16).padStart(2, '0')).join('').slice(0, most);
