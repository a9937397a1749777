import { Badge, Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import type { components } from '../../api/schema';
import { plainApi } from '../../api/session';
import { Confirm } from '../../widgets/Confirm';
import { Loaded } from '../../widgets/Empty';
import { LinkText } from '../../widgets/links';
import { Page, Panel } from '../../widgets/Page';
import { Status } from '../../widgets/Status';
import { refused, told } from '../../widgets/tell';
import { span, When } from '../../widgets/When';
import { failingQuery, nodesQuery } from './queries';
import classes from './System.module.css';

type Node = components['schemas']['NodeState'];
type Overview = components['schemas']['Overview'];

/** Often enough to watch a node drain, seldom enough to cost nothing. */
const every = 3000;

/** How the whole server does: what waits, what fails, and on which nodes. */
export default function System() {
  const overview = useQuery({ queryKey: ['operator', 'overview'], refetchInterval: every, queryFn: ({ signal }) => take(plainApi.GET('/v1/operations/overview', { signal })) });
  return (
    <Page title="System" about="Of all nodes, accounts and environments. It renews itself.">
      <Stack>
        <Loaded query={overview} rows={3}>{data => <Figures data={data} />}</Loaded>
        <Nodes />
        <Failing />
      </Stack>
    </Page>
  );
}

function Figures({ data }: { data: Overview }) {
  const late = data.oldest_due_seconds ?? 0;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 4 }} spacing="sm">
      <Figure name="Queue" value={data.queue_depth.toLocaleString()} about="deliveries that have not ended" />
      {/* An attempt that is due waits for its turn; beyond a minute the nodes do not keep up, or none works. */}
      <Figure name="Oldest due" value={data.oldest_due ? span(late * 1000, true) : 'none'} about={late > 60 ? 'waits past its time' : 'nothing waits past its time'} bad={late > 60} />
      <Figure name="In flight" value={data.in_flight.toLocaleString()} about={`held by ${data.nodes} ${data.nodes === 1 ? 'node' : 'nodes'}`} />
      <Figure name="Storage" value={bytes(data.storage_bytes)} about="on disk" />
      <Figure name="Accepted" value={rate(data.accepted_per_second)} about="events, in the last minute" />
      <Figure name="Delivered" value={rate(data.delivered_per_second)} about="in the last minute" />
      <Figure name="Failed" value={rate(data.failed_per_second)} about="for good, in the last minute" bad={data.failed_per_second > 0} />
      <Figure name="Accounts" value={data.accounts.toLocaleString()} about="of all products" />
    </SimpleGrid>
  );
}

function Figure({ name, value, about, bad }: { name: string; value: string; about: string; bad?: boolean }) {
  return (
    <div className={`nova-panel ${classes.figure}`}>
      <Text size="xs" c="dimmed" fw={550}>{name}</Text>
      <Text className={`${classes.value} nova-num`} data-bad={bad || undefined}>{value}</Text>
      <Text size="xs" c="dimmed">{about}</Text>
    </div>
  );
}

function Nodes() {
  const client = useQueryClient();
  const query = useQuery({ ...nodesQuery, refetchInterval: every });
  const again = () => client.invalidateQueries({ queryKey: ['operator', 'nodes'] });
  const [draining, setDraining] = useState<Node>();
  const resume = useMutation({ mutationFn: (id: number) => take(plainApi.POST('/v1/operations/nodes/{id}/resume', { params: { path: { id: String(id) } } })), onSuccess: () => { told('It works again.'); void again(); }, onError: refused });
  const working = query.data?.filter(node => node.state === 'working').length ?? 0;
  return (
    <Panel id="nodes" title="Nodes" about="The processes that share this store." flush>
      <Loaded query={query} rows={2}>{nodes => (
        <div className="nova-scroll">
          <table className="nova-table">
            <thead><tr><th scope="col">Node</th><th scope="col">State</th><th scope="col">Holds</th><th scope="col" className="nova-wide">Started</th><th scope="col" className="nova-wide">Last heard of</th><td /></tr></thead>
            <tbody>
              {nodes.map(node => (
                <tr key={node.id}>
                  <th scope="row"><span className="nova-mono">{node.name}</span> {node.this_node && <Badge size="sm" variant="default" tt="none" fw={500} ml={4}>answers you</Badge>}</th>
                  <td><Status kind={node.state === 'working' ? 'enabled' : node.state === 'draining' ? 'processing' : 'disabled'} word={node.state === 'working' ? 'Working' : node.state === 'draining' ? 'Draining' : 'Drained'} /></td>
                  <td className="nova-num">{node.leased.toLocaleString()}</td>
                  <td className="nova-wide"><When at={node.started_at} /></td>
                  <td className="nova-wide"><When at={node.heartbeat_at} /></td>
                  <td style={{ textAlign: 'right', width: 1 }}>
                    {node.state === 'working'
                      ? <Button size="xs" variant="default" onClick={() => setDraining(node)} aria-label={`Drain ${node.name}`}>Drain</Button>
                      : <Button size="xs" variant="default" loading={resume.isPending && resume.variables === node.id} onClick={() => resume.mutate(node.id)} aria-label={`Resume ${node.name}`}>Resume</Button>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}</Loaded>
      {draining && (
        <Confirm title={`Drain ${draining.name}?`} verb="Drain" danger={working < 2} onClose={() => setDraining(undefined)} onConfirm={async () => { await take(plainApi.POST('/v1/operations/nodes/{id}/drain', { params: { path: { id: String(draining.id) } } })); await again(); told('It ends what it has in hand.'); }}>
          It takes no new work, ends what is in flight and hands over the rest. Events that are published through it are accepted all the same.
          {working < 2 && <Text size="sm" mt="xs" fw={550}>No other node works: nothing is delivered until one does.</Text>}
        </Confirm>
      )}
    </Panel>
  );
}

function Failing() {
  const query = useQuery({ ...failingQuery, refetchInterval: 10_000 });
  return (
    <Panel id="failing" title="Failing endpoints" about="Whose last attempt failed, the worst first. At most 100." flush>
      <Loaded query={query} rows={2}>{endpoints => endpoints.length === 0
        ? <Group gap={8} p="md" fz="sm"><IconCircleCheck size={17} color="var(--nova-ok)" aria-hidden="true" /><span>None fails: the last attempt at every endpoint succeeded.</span></Group>
        : (
          <div className="nova-scroll">
            <table className="nova-table">
              <thead><tr><th scope="col">Endpoint</th><th scope="col">Account</th><th scope="col" className="nova-wide">Environment</th><th scope="col">Failed in a row</th><th scope="col" className="nova-wide">Since</th><th scope="col" className="nova-wide">State</th></tr></thead>
              <tbody>
                {endpoints.map(one => (
                  <tr key={one.id}>
                    <th scope="row" style={{ maxWidth: 420 }} className="nova-cut">{one.account && one.environment
                      ? <LinkText to="/$account/$environment/webhooks/$endpoint" params={{ account: one.account, environment: one.environment, endpoint: one.id }} size="sm">{one.url ?? one.id}</LinkText> : one.url ?? one.id}</th>
                    <td>{one.account ? <LinkText to="/operator/accounts/$id" params={{ id: one.account }} size="sm">{one.account_name ?? one.account}</LinkText> : '–'} <Text span size="xs" c="dimmed" className="nova-wide">{one.product}</Text></td>
                    <td className="nova-wide">{one.environment ?? '–'}</td>
                    <td className="nova-num">{one.failed_in_a_row > 0 ? one.failed_in_a_row.toLocaleString() : <span className="nova-soft" title="Each has attempts left">none yet</span>}</td>
                    <td className="nova-wide"><When at={one.failing_since} none="–" /></td>
                    <td className="nova-wide"><Status kind={one.enabled ? 'enabled' : 'disabled'} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

const rate = (value: number) => `${value >= 10 ? Math.round(value).toLocaleString() : value.toLocaleString(undefined, { maximumFractionDigits: 1 })}/s`;

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${(value / 1000 ** step).toLocaleString(undefined, { maximumFractionDigits: step < 2 ? 0 : 1 })} ${units[step]}`;
}
