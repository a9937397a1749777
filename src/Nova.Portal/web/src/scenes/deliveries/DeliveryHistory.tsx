import { ActionIcon, Button, Group, Indicator, Text, Tooltip } from '@mantine/core';
import { IconHistory, IconPlayerPause, IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { getRouteApi, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import { take } from '../../api/client';
import { useHere } from '../../api/scope';
import type { Delivery } from '../../api/types';
import { Failed, LoadingRows, NoneMatch, NoneYet } from '../../widgets/Empty';
import { LinkButton } from '../../widgets/links';
import { Page } from '../../widgets/Page';
import { BulkRetry } from './BulkRetry';
import { DeliveryRows } from './DeliveryRows';
import { Filters } from './Filters';
import { useLiveDeliveries } from './live';
import { merge, type Pages } from './merge';
import { deliveriesQuery, filtersOf } from './queries';
import { isFiltered, type DeliverySearch } from './search';

const route = getRouteApi('/$account/$environment/deliveries');

export default function DeliveryHistory() {
  const here = useHere();
  const { account, environment, may } = here;
  const search = route.useSearch();
  const navigate = useNavigate();
  const client = useQueryClient();
  const selected = useParams({ strict: false }).delivery;
  const options = deliveriesQuery(here, search);
  const query = useInfiniteQuery(options);
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.data) ?? [], [query.data]);

  const [paused, setPaused] = useState(false);
  const [waiting, setWaiting] = useState<Delivery[]>([]);
  const atTop = useRef(true);
  const searchRef = useRef<HTMLInputElement>(null);

  const put = useCallback((changes: Delivery[], insert: boolean) => {
    client.setQueryData<InfiniteData<Pages[number], string | undefined>>(options.queryKey, data => data && { ...data, pages: merge(data.pages, changes, search, insert) });
  }, [client, options.queryKey, search]);

  const onChanges = (changes: Delivery[]) => {
    // Whoever has scrolled down keeps his place: what is new waits until he asks for it. What is on the screen changes where it is.
    put(changes, atTop.current);
    if (!atTop.current) setWaiting(before => [...new Map([...before, ...changes.filter(change => !rows.some(row => row.id === change.id))].map(row => [row.id, row])).values()].slice(-500));
  };
  const poll = () => {
    void take(here.api.GET('/v1/deliveries', { params: { query: { ...filtersOf(search), limit: 100 } as never } })).then(page => onChanges(page.data), () => {});
  };
  const live = useLiveDeliveries({ paused, onChanges, poll, onWebhook: () => void client.invalidateQueries({ queryKey: [...here.key, 'webhooks'] }) });
  const showWaiting = () => { put(waiting, true); setWaiting([]); };

  const setSearch = (change: Partial<DeliverySearch>) => {
    setWaiting([]);
    void navigate({ to: '/$account/$environment/deliveries', params: { account, environment }, search: { ...search, ...change }, replace: true });
  };
  const open = (id: string | undefined) => void navigate(id
    ? { to: '/$account/$environment/deliveries/$delivery', params: { account, environment, delivery: id }, search }
    : { to: '/$account/$environment/deliveries', params: { account, environment }, search });

  return (
    <Page
      title="Delivery History" width={1440}
      about="Every delivery of this environment, with what was sent and what came back."
      actions={
        <>
          <Tooltip label={paused ? 'Show new deliveries as they come' : 'Hold the list as it is'}>
            <Button
              variant="default" size="xs" onClick={() => setPaused(!paused)} aria-pressed={paused}
              leftSection={paused ? <IconPlayerPlay size={14} /> : <Indicator color={live === 'live' ? 'teal' : 'orange'} processing={live === 'live'} size={7} position="middle-start" offset={-2}><IconPlayerPause size={14} style={{ marginLeft: 8 }} /></Indicator>}
            >
              {paused ? 'Paused' : live === 'live' ? 'Live' : live === 'polling' ? 'Every few seconds' : 'Connecting'}
            </Button>
          </Tooltip>
          <Tooltip label="Load anew"><ActionIcon variant="default" size={30} aria-label="Load anew" loading={query.isRefetching} onClick={() => { setWaiting([]); void client.resetQueries({ queryKey: options.queryKey }); }}><IconRefresh size={15} /></ActionIcon></Tooltip>
          {may.replay && <BulkRetry search={search} />}
        </>
      }
    >
      <Filters search={search} onChange={setSearch} searchRef={searchRef} />
      <div className="nova-panel" style={{ overflow: 'hidden', position: 'relative' }}>
        {waiting.length > 0 && (
          <Group justify="center" pos="absolute" top={44} left={0} right={0} style={{ zIndex: 3, pointerEvents: 'none' }}>
            <Button size="compact-sm" radius="xl" style={{ pointerEvents: 'auto' }} onClick={showWaiting}>{waiting.length} new</Button>
          </Group>
        )}
        {query.data ? rows.length > 0
          ? <DeliveryRows
              rows={rows} selected={selected} onOpen={open} hasMore={query.hasNextPage} loadingMore={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()}
              onTop={top => { atTop.current = top; if (top && waiting.length > 0) showWaiting(); }} onFind={() => searchRef.current?.focus()}
            />
          : isFiltered(search) ? <NoneMatch what="deliveries" onClear={() => void navigate({ to: '/$account/$environment/deliveries', params: { account, environment }, search: { period: search.period } })} /> : <Nothing search={search} onWiden={() => setSearch({ period: '30d' })} />
          : query.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} />
          : <LoadingRows rows={12} />}
      </div>
      {rows.length > 0 && <Text size="xs" c="dimmed" mt={6} visibleFrom="sm">j and k go through the rows, Enter opens one, r retries it, / searches.</Text>}
      <Outlet />
    </Page>
  );
}

function Nothing({ search, onWiden }: { search: DeliverySearch; onWiden: () => void }) {
  const { account, environment, words } = useHere();
  return (
    <NoneYet
      icon={<IconHistory size={22} />} title={search.period === '30d' ? 'Nothing was sent in 30 days' : `Nothing was sent in the last ${search.period === '7d' ? '7 days' : '24 hours'}`}
      action={<>{search.period !== '30d' && <Button variant="default" onClick={onWiden}>Look at 30 days</Button>}<LinkButton to="/$account/$environment/webhooks" params={{ account, environment }} variant="default">{words.endpoints}</LinkButton></>}
    >
      Deliveries are here a moment after something happens that one of your {words.endpoints.toLowerCase()} subscribes to. A test is a delivery, too.
    </NoneYet>
  );
}
