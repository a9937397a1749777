import { Badge, Button, Group, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconBolt, IconRefresh } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Outlet, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useHere } from '../../api/scope';
import { Failed, LoadingRows, NoneMatch, NoneYet } from '../../widgets/Empty';
import { LinkButton, LinkText } from '../../widgets/links';
import { Page } from '../../widgets/Page';
import { When } from '../../widgets/When';
import { periodChoices, type Period } from '../deliveries/search';
import { EventName } from '../webhooks/EventName';
import { eventTypesQuery } from '../webhooks/queries';
import { eventsQuery, type EventSearch } from './queries';

const route = getRouteApi('/$account/$environment/events');

/** Everything that was published, also what nobody wanted. */
export default function Events() {
  const here = useHere();
  const { account, environment, words } = here;
  const search = route.useSearch();
  const navigate = useNavigate();
  const query = useInfiniteQuery(eventsQuery(here, search));
  const types = useQuery(eventTypesQuery(here));
  const rows = query.data?.pages.flatMap(page => page.data) ?? [];
  const set = (change: Partial<EventSearch>) => void navigate({ to: '/$account/$environment/events', params: { account, environment }, search: { ...search, ...change }, replace: true });
  const filtered = search.type !== undefined || search.tenant !== undefined;
  return (
    <Page
      title="Events" about="Everything that happened, also what nobody wanted, and who got it."
      actions={<Button variant="default" size="xs" leftSection={<IconRefresh size={14} />} loading={query.isRefetching} onClick={() => void query.refetch()}>Refresh</Button>}
    >
      <Group gap="xs" mb="sm" role="search" aria-label="Filters">
        <SegmentedControl aria-label="Time range" value={search.period ?? '24h'} data={periodChoices} onChange={value => set({ period: value === '24h' ? undefined : (value as Period) })} />
        <Select aria-label="Event type" placeholder="Event type" size="xs" flex="1 1 170px" maw={280} clearable searchable value={search.type ?? null} onChange={value => set({ type: value ?? undefined })} data={(types.data ?? []).map(type => type.name)} />
        <Tenant value={search.tenant} label={words.tenant} onChange={tenant => set({ tenant })} />
        {filtered && <Button size="xs" variant="subtle" onClick={() => set({ type: undefined, tenant: undefined })}>Clear filters</Button>}
      </Group>
      <div className="nova-panel">
        {query.data ? rows.length === 0
          ? filtered
            ? <NoneMatch what="events" onClear={() => set({ type: undefined, tenant: undefined })} />
            : (
              <NoneYet icon={<IconBolt size={22} />} title="Nothing happened in this time" action={<>{search.period !== '30d' && <Button variant="default" onClick={() => set({ period: '30d' })}>Look at 30 days</Button>}<LinkButton variant="default" to="/$account/$environment/catalog" params={{ account, environment }}>What can happen</LinkButton></>}>
                An event is here the moment it is published, whether anybody subscribes to it or not.
              </NoneYet>
            )
          : (
            <>
              <div className="nova-scroll">
                <table className="nova-table">
                  <thead><tr><th scope="col">Event</th><th scope="col" className="nova-wide">{words.tenant}</th><th scope="col">Receivers</th><th scope="col" className="nova-wide">Id</th><th scope="col" style={{ textAlign: 'right' }}>Published</th></tr></thead>
                  <tbody>
                    {rows.map(row => (
                      <tr key={row.id + row.created_at}>
                        <th scope="row">
                          <Group gap={8} wrap="nowrap">
                            <LinkText to="/$account/$environment/events/$event" params={{ account, environment, event: row.id }} search={true} size="sm" style={{ overflowWrap: 'anywhere' }}><EventName name={row.type} /></LinkText>
                            {row.test && <Badge variant="default" size="xs" tt="none">test</Badge>}
                          </Group>
                        </th>
                        <td className="nova-wide">{row.tenant ?? <span className="nova-soft">–</span>}</td>
                        <td className="nova-num">{row.delivery_count === 0 ? <span className="nova-soft">nobody</span> : row.delivery_count}</td>
                        <td className="nova-wide nova-soft" style={{ maxWidth: 220 }}><div className="nova-cut nova-mono">{row.id}</div></td>
                        <td style={{ textAlign: 'right' }}><When at={row.created_at} /></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              {query.hasNextPage && <Group justify="center" p="sm"><Button variant="default" size="xs" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>More</Button></Group>}
            </>
          )
          : query.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : <LoadingRows rows={10} />}
      </div>
      <Outlet />
    </Page>
  );
}

function Tenant({ value, label, onChange }: { value?: string; label: string; onChange: (value: string | undefined) => void }) {
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const tell = useDebouncedCallback((next: string) => onChange(next.trim() || undefined), 300);
  return <TextInput aria-label={label} placeholder={label} size="xs" flex="1 1 100px" maw={200} value={text} onChange={event => { setText(event.currentTarget.value); tell(event.currentTarget.value); }} />;
}
