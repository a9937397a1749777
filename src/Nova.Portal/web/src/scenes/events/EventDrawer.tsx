import { Badge, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useHere } from '../../api/scope';
import type { EventDetail } from '../../api/types';
import { CopyButton, CopyIcon } from '../../widgets/Copy';
import { Drawer } from '../../widgets/Dialog';
import { Loaded } from '../../widgets/Empty';
import { JsonTree } from '../../widgets/json/JsonTree';
import { LinkText } from '../../widgets/links';
import { Facts } from '../../widgets/Page';
import { DeliveryStatus } from '../../widgets/Status';
import { Exactly, When } from '../../widgets/When';
import { eventQuery } from './queries';

const route = getRouteApi('/$account/$environment/events/$event');

/** One event, beside the list that it is from, and everybody who got it. */
export default function EventDrawer() {
  const here = useHere();
  const { account, environment } = here;
  const { event: id } = route.useParams();
  const navigate = useNavigate();
  const query = useQuery(eventQuery(here, id));
  return (
    <Drawer
      opened onClose={() => void navigate({ to: '/$account/$environment/events', params: { account, environment }, search: true })} position="right" size={680} padding="lg"
      title={<Text fw={620} fz="lg">{query.data ? <span className="nova-mono">{query.data.type}</span> : 'Event'}</Text>} overlayProps={{ backgroundOpacity: 0.25 }} transitionProps={{ duration: 120 }}
    >
      <Loaded query={query} rows={6}>{event => <Detail event={event} />}</Loaded>
    </Drawer>
  );
}

function Detail({ event }: { event: EventDetail }) {
  const { words, account, environment } = useHere();
  const data = event.data_text ?? JSON.stringify(event.data, null, 2);
  return (
    <Stack gap="lg">
      <Facts facts={[
        ['Event type', <Group key="type" gap={8}><LinkText to="/$account/$environment/catalog" params={{ account, environment }} search={{ type: event.type }} size="sm" className="nova-mono">{event.type}</LinkText>{event.test && <Badge variant="default" size="xs" tt="none">test</Badge>}</Group>],
        [words.tenant, event.tenant ?? '–'],
        ['Happened', <Exactly key="at" at={event.occurred_at} />],
        ['Published', <Group key="published" gap={8}><Exactly at={event.created_at} /><span className="nova-soft">(<When at={event.created_at} />)</span></Group>],
        ['Id', <Group key="id" gap={4} wrap="nowrap"><span className="nova-mono nova-cut">{event.id}</span><CopyIcon text={event.id} label="Copy the event's id" /></Group>],
      ]} />
      <div>
        <Text size="sm" fw={600} component="h3" mb={6}>Who got it</Text>
        {event.deliveries.length === 0
          ? <Text size="sm" c="dimmed">{event.delivery_count === 0 ? `Nobody: no ${words.endpoint.toLowerCase()} wanted it when it was published. One that subscribes to it can be given it by a replay of what it missed.` : 'Its deliveries are past their time and no longer kept.'}</Text>
          : (
            <div className="nova-panel nova-scroll">
              <table className="nova-table">
                <thead><tr><th scope="col">Status</th><th scope="col">{words.endpoint}</th><th scope="col">Attempts</th><th scope="col" style={{ textAlign: 'right' }}>Created</th></tr></thead>
                <tbody>
                  {event.deliveries.map(row => (
                    <tr key={row.id}>
                      <td><DeliveryStatus delivery={row} /></td>
                      <td style={{ maxWidth: 260 }}>
                        <LinkText to="/$account/$environment/deliveries/$delivery" params={{ account, environment, delivery: row.id }} search={{ period: '30d', q: event.id }} size="sm" display="block" className="nova-mono nova-cut">{(row.endpoint_url ?? row.endpoint_id).replace(/^https?:\/\//, '')}</LinkText>
                        {row.error_message && <Text size="xs" c="var(--nova-bad)" className="nova-cut">{row.error_message}</Text>}
                      </td>
                      <td className="nova-num">{row.attempt_count}</td>
                      <td style={{ textAlign: 'right' }}><When at={row.created_at} /></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
      </div>
      <div>
        <Group justify="space-between" mb={6}><Text size="sm" fw={600} component="h3">Data</Text><CopyButton text={data}>Copy</CopyButton></Group>
        <JsonTree text={data} label="Data of the event" />
      </div>
    </Stack>
  );
}
