import { Badge, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import { useHere } from '../../api/scope';
import type { FailureGroup } from '../../api/types';
import { LinkButton, LinkText } from '../../widgets/links';
import { Panel } from '../../widgets/Page';
import { For, When } from '../../widgets/When';
import { hoursIn, type Period } from '../deliveries/search';
import { ReplayButton } from '../replays/ReplayButton';
import { count } from './figures';
import { failureGroupsQuery } from './queries';
import classes from './Overview.module.css';

/** What goes wrong, once per cause and not once per delivery; and each can be made good in one go. Absent where nothing does. */
export function FailureGroups({ period, since }: { period: Period; since?: string }) {
  const query = useQuery(failureGroupsQuery(useHere(), period));
  if (!query.data?.length) return null;
  return (
    <Panel title="What goes wrong" about={`Failures of the same cause at the same address.${since ? ` ${since}` : ''}`} flush>
      {query.data.slice(0, 8).map(group => <Row key={`${group.endpoint.id} ${group.cause}`} group={group} period={period} />)}
    </Panel>
  );
}

function Row({ group, period }: { group: FailureGroup; period: Period }) {
  const { api, account, environment, may, product } = useHere();
  const { endpoint, cause } = group;
  // The summary ends with a time of the server's zone; the viewer's own is beside it.
  const words = group.summary.replace(/, (since|last) [^,]+$/, '');
  // All that were counted, also those before the address last took something: since then it is `since`. Groups are counted in whole hours, and a delivery that failed in one
  // was queued before, by as much as the whole schedule of attempts.
  const { retry_delays_seconds: delays, timeout_seconds: timeout } = product.delivery;
  const hour = 3_600_000;
  const from = () => new Date(Math.floor((Date.now() - hoursIn[period] * hour) / hour) * hour - 1000 * delays.reduce((sum, delay) => sum + delay + timeout, 0)).toISOString();
  const address = (endpoint.url ?? endpoint.id).replace(/^https?:\/\//, '');
  return (
    <div className={classes.group} role="group" aria-label={`${words}: ${address}`}>
      <div style={{ minWidth: 0 }}>
        <Group gap={8} wrap="wrap">
          <span className={classes.cause}>{words}</span>
          <span className="nova-soft" style={{ fontSize: '0.8125rem' }}>{group.ongoing ? <For since={group.since} /> : <>last seen <When at={group.last_at} /></>}</span>
          {group.ongoing && <Badge size="xs" variant="light" color="red" tt="none" c="var(--nova-bad)" bg="var(--nova-bad-soft)">still failing</Badge>}
        </Group>
        <LinkText to="/$account/$environment/webhooks/$endpoint" params={{ account, environment, endpoint: endpoint.id }} size="sm" c="dimmed" display="block" className="nova-mono nova-cut">{address}</LinkText>
      </div>
      <div className={classes.count}>{group.count > 0 ? <><b>{count(group.count)}</b><span>failed</span></> : <><b>{count(group.attempts)}</b><span>{group.attempts === 1 ? 'attempt' : 'attempts'}</span></>}</div>
      <Group gap={6} className={classes.acts} wrap="nowrap">
        {group.count > 0
          ? <LinkButton size="xs" variant="default" to="/$account/$environment/deliveries" params={{ account, environment }} search={{ endpoint: endpoint.id, error: cause, status: ['failed'], period: period === '24h' ? undefined : period }}>Show</LinkButton>
          : group.example_delivery_id && <LinkButton size="xs" variant="default" to="/$account/$environment/deliveries/$delivery" params={{ account, environment, delivery: group.example_delivery_id }} search={{ endpoint: endpoint.id, period: period === '24h' ? undefined : period }}>Show one</LinkButton>}
        {may.replay && group.count > 0 && (
          <ReplayButton
            label="Replay group" what="failed deliveries"
            start={more => take(api.POST('/v1/replays', { body: { filter: { status: ['failed'], endpoint: endpoint.id, error: cause, from: from() }, ...more } as never }))}
          >
            {group.ongoing && 'The address has not taken anything since: what goes wrong will most likely go wrong again until it is mended.'}
          </ReplayButton>
        )}
      </Group>
    </div>
  );
}
