import { Alert, Button, Group, List, Stack, Text, Textarea } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { nameToProduct } from '../../api/naming';
import { ApiProblem } from '../../api/problem';
import { naming, useHere, useRefresh } from '../../api/scope';
import type { DeliveryDetail } from '../../api/types';
import { Loaded, Refused } from '../../widgets/Empty';
import { compact, pretty } from '../../widgets/json/pretty';
import { told } from '../../widgets/tell';
import { eventOfQuery } from './queries';

/** The data of a delivery's event, to be changed and sent to the same endpoint once more. Only in the sandbox: in production nothing is sent that was not published. */
export function EditAndResend({ delivery }: { delivery: DeliveryDetail }) {
  const event = useQuery(eventOfQuery(useHere(), delivery.event_id));
  return <Loaded query={event} rows={6}>{({ data_text }) => <Editor delivery={delivery} original={pretty(data_text ?? '{}')} />}</Loaded>;
}

function Editor({ delivery, original }: { delivery: DeliveryDetail; original: string }) {
  const { api, product, account, environment } = useHere();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const [text, setText] = useState(original);
  const unreadable = whyUnreadable(text);
  const send = useMutation({
    // Not parsed and written anew: that would round large numbers.
    mutationFn: () => take(api.POST('/v1/webhooks/{id}/test', {
      params: { path: { id: delivery.endpoint_id } }, body: {}, bodySerializer: () => `{${JSON.stringify(nameToProduct('event_type', naming.of(product)))}:${JSON.stringify(delivery.event)},"data":${compact(text)}}`,
    })),
    onSuccess: async made => {
      await refresh('deliveries', 'events');
      told('Sent. This is the new delivery.');
      await navigate({ to: '/$account/$environment/deliveries/$delivery', params: { account, environment, delivery: made.id }, search: true });
    },
  });
  const change = (to: string) => { setText(to); send.reset(); };
  return (
    <form onSubmit={event => { event.preventDefault(); if (!unreadable) send.mutate(); }}>
      <Stack gap="sm">
        <Text size="xs" c="dimmed">
          An event of <span className="nova-mono">{delivery.event}</span> with these data is sent to <span className="nova-mono">{delivery.endpoint_url}</span> at once, signed like any other. It is tried once, and this delivery stays as it is.
        </Text>
        <Textarea
          label="Data" value={text} onChange={event => change(event.currentTarget.value)} error={unreadable} autosize minRows={8} maxRows={24} spellCheck={false} autoComplete="off" classNames={{ input: 'nova-mono' }}
        />
        {send.error && <Faults error={send.error} />}
        <Group gap="xs">
          <Button type="submit" leftSection={<IconSend size={15} />} loading={send.isPending} disabled={unreadable !== undefined}>Send</Button>
          {text !== original && <Button variant="subtle" onClick={() => change(original)}>As it was</Button>}
        </Group>
      </Stack>
    </form>
  );
}

/** What does not fit the schema of the event type, each with its place in the data; or why else it was refused. */
function Faults({ error }: { error: unknown }) {
  const problem = ApiProblem.of(error);
  const inside = problem.errors.filter(({ pointer }) => pointer.startsWith('/data'));
  if (inside.length === 0) return <Refused error={error} />;
  return (
    <Alert color="red" variant="light" title={problem.title} role="alert">
      <List size="sm" listStyleType="none">
        {inside.map(({ pointer, detail }, index) => <List.Item key={index}><span className="nova-mono">{placeOf(pointer)}</span>: {detail}</List.Item>)}
      </List>
    </Alert>
  );
}

/** `/data/result/0/score` → result.0.score, as people name a place. */
const placeOf = (pointer: string) => pointer.split('/').slice(2).map(part => part.replaceAll('~1', '/').replaceAll('~0', '~')).join('.') || 'data';

function whyUnreadable(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? undefined : 'The data of an event are a JSON object: { … }';
  } catch (fault) {
    return `No JSON yet: ${fault instanceof Error ? fault.message : String(fault)}`;
  }
}
