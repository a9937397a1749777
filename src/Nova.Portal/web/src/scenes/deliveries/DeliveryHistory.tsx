import { ActionIcon, Button, Group, Kbd, Loader, Text, Tooltip } from '@mantine/core';
import { IconHistory, IconPlayerPause, IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { getRouteApi, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { take } from '../../api/client';
import { useHere } from '../../api/scope';
import type { Delivery } from '../../api/types';
import { Failed, LoadingRows, NoneMatch, NoneYet } from '../../widgets/Empty';
import { LinkButton } from '../../widgets/links';
import { Page } from '../../widgets/Page';
import { BulkRetry } from './BulkRetry';
import { ChosenBar } from './ChosenBar';
import { DeliveryRows } from './DeliveryRows';
import classes from './DeliveryHistory.module.css';
import { ExportMenu } from './ExportMenu';
import { Filters } from './Filters';
import { useLiveDeliveries } from './live';
import { fits, merge, type Pages } from './merge';
import { deliveriesQuery, filtersOf } from './queries';
import { isFiltered, looksIntoPayloads, noFilters, spans, type DeliverySearch } from './search';
import { ViewMenu } from './ViewMenu';

const route = getRouteApi('/$account/$environment/deliveries');

/** A search looks into some thousand payloads a page: without asking again, so far and no further. */
const mostEmptyPages = 20;
/** A search in payloads cannot be told what is new: it is asked again, no oftener than this. */
const askAgainMs = 3000;
/** New ones that are kept for whoever has scrolled down: some seconds of a busy environment. With more the list begins anew when he asks for them. */
const mostWaiting = 500;

export default function DeliveryHistory() {
  const here = useHere();
  const { account, environment, may, words: names } = here;
  const search = route.useSearch();
  const navigate = useNavigate();
  const client = useQueryClient();
  const selected = useParams({ strict: false }).delivery;
  const options = deliveriesQuery(here, search);
  const query = useInfiniteQuery(options);
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.data) ?? [], [query.data]);

  const [paused, setPaused] = useState(false);
  const [waiting, setWaiting] = useState<Delivery[]>([]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const atTop = useRef(true);
  // More is new than was read: what is between is not known, and the list begins anew.
  const gap = useRef(false);
  const searchRef = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);

  const put = useCallback((changes: Delivery[], insert: boolean, judged: boolean) => {
    client.setQueryData<InfiniteData<Pages[number], string | undefined>>(options.queryKey, data => data && { ...data, pages: merge(data.pages, changes, search, insert, judged) });
  }, [client, options.queryKey, search]);
  const anew = () => { gap.current = false; setWaiting([]); void client.resetQueries({ queryKey: options.queryKey }); };

  const onChanges = (changes: Delivery[], judged = false) => {
    // Whoever has scrolled down keeps his place: what is new waits until he asks for it. What is on the screen changes where it is.
    put(changes, atTop.current, judged);
    const isNew = (change: Delivery) => !rows.some(row => row.id === change.id);
    if (!judged && looksIntoPayloads(search)) { if (changes.some(isNew)) pollSoon(); return; }
    if (!atTop.current) setWaiting(before => {
      const all = [...new Map([...before, ...changes.filter(isNew)].map(row => [row.id, row])).values()].filter(row => looksIntoPayloads(search) || fits(row, search));
      if (all.length > mostWaiting) gap.current = true;
      return all.slice(-mostWaiting);
    });
  };
  const poll = () => {
    void take(here.api.GET('/v1/deliveries', { params: { query: { ...filtersOf(search), limit: 100 } as never } })).then(page => {
      if (rows.length > 0 && page.next_cursor && !page.data.some(each => rows.some(row => row.id === each.id))) {
        if (atTop.current) { anew(); return; }
        gap.current = true;
      }
      onChanges(page.data, true);
    }, () => { /* The next one may be answered. */ });
  };
  const soon = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latestPoll = useRef(poll);
  useEffect(() => { latestPoll.current = poll; });
  const pollSoon = () => { soon.current ??= setTimeout(() => { soon.current = undefined; latestPoll.current(); }, askAgainMs); };
  useEffect(() => () => clearTimeout(soon.current), []);
  const live = useLiveDeliveries({ paused, onChanges, poll, onWebhook: () => void client.invalidateQueries({ queryKey: [...here.key, 'webhooks'] }) });
  const showWaiting = () => {
    if (gap.current) { anew(); return; }
    put(waiting, true, looksIntoPayloads(search));
    setWaiting([]);
  };

  // A page of a search may be empty, and there are more all the same.
  const pages = query.data?.pages.length ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError } = query;
  const goesOn = rows.length === 0 && hasNextPage && pages % mostEmptyPages !== 0 && !isFetchNextPageError;
  useEffect(() => { if (goesOn && !isFetchingNextPage) void fetchNextPage(); }, [goesOn, isFetchingNextPage, fetchNextPage, pages]);

  const go = (next: DeliverySearch, replace: boolean) => {
    setWaiting([]);
    setChosen(new Set());
    void navigate({ to: '/$account/$environment/deliveries', params: { account, environment }, search: next, replace });
  };
  const setSearch = (change: Partial<DeliverySearch>) => go({ ...search, ...change }, true);
  const open = (id: string | undefined) => void navigate(id
    ? { to: '/$account/$environment/deliveries/$delivery', params: { account, environment, delivery: id }, search }
    : { to: '/$account/$environment/deliveries', params: { account, environment }, search });

  return (
    <Page
      title={names.deliveries} width={1440}
      about="Every delivery of this environment, with what was sent and what came back."
      actions={
        <>
          <Tooltip label={paused ? 'Show new deliveries as they come' : 'Hold the list as it is'}>
            <Button
              variant="default" size="xs" onClick={() => setPaused(!paused)} aria-pressed={paused} aria-label={paused ? 'Paused: go on' : `${words[live]}: pause`}
              leftSection={paused ? <IconPlayerPlay size={14} /> : <span className={classes.live} data-live={live === 'live' || undefined} aria-hidden="true" />}
              rightSection={paused ? undefined : <IconPlayerPause size={14} />}
            >
              {paused ? 'Paused' : words[live]}
            </Button>
          </Tooltip>
          <Tooltip label="Refresh"><ActionIcon variant="default" size={30} aria-label="Refresh" loading={query.isRefetching} onClick={anew}><IconRefresh size={15} /></ActionIcon></Tooltip>
          <ViewMenu search={search} onGo={view => go(view, false)} />
          <ExportMenu search={search} />
          {may.replay && <BulkRetry search={search} />}
        </>
      }
    >
      <Filters search={search} onChange={setSearch} searchRef={searchRef} />
      <div className="nova-panel" style={{ overflow: 'hidden', position: 'relative' }}>
        {waiting.length > 0 && (
          <Group justify="center" pos="absolute" top={44} left={0} right={0} style={{ zIndex: 3, pointerEvents: 'none' }}>
            <Button size="compact-sm" radius="xl" style={{ pointerEvents: 'auto' }} onClick={() => scroller.current?.scrollTo({ top: 0 })}>{waiting.length}{waiting.length === mostWaiting && '+'} new</Button>
          </Group>
        )}
        {chosen.size > 0 && <ChosenBar rows={rows.filter(row => chosen.has(row.id))} onClear={() => setChosen(new Set())} />}
        {query.data ? rows.length > 0
          ? <DeliveryRows
              rows={rows} selected={selected} onOpen={open} hasMore={hasNextPage} loadingMore={isFetchingNextPage} onMore={() => void fetchNextPage()}
              onTop={top => { atTop.current = top; if (top && waiting.length > 0) showWaiting(); }} onFind={() => searchRef.current?.focus()}
              chosen={chosen} onChoose={may.replay ? setChosen : undefined} scroller={scroller}
            />
          : hasNextPage ? <Searching stopped={!goesOn && !isFetchingNextPage} onFurther={() => void fetchNextPage()} />
          : isFiltered(search) ? <NoneMatch what="deliveries" onClear={() => go({ ...noFilters, period: search.period }, false)} /> : <Nothing search={search} onWiden={() => setSearch({ period: '30d' })} />
          : query.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} />
          : <LoadingRows rows={12} />}
      </div>
      {rows.length > 0 && (
        <Text size="xs" c="dimmed" mt={8} visibleFrom="sm" component="div">
          <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> through the rows, <Kbd size="xs">Enter</Kbd> opens, {may.replay && <><Kbd size="xs">x</Kbd> chooses, <Kbd size="xs">r</Kbd> retries, </>}<Kbd size="xs">/</Kbd> searches, <Kbd size="xs">Esc</Kbd> closes
        </Text>
      )}
      <Outlet />
    </Page>
  );
}

const words = { live: 'Live', polling: 'Every few seconds', connecting: 'Connecting', paused: 'Paused' };

/** A search in payloads that has found nothing so far, and is not at the end. */
function Searching({ stopped, onFurther }: { stopped: boolean; onFurther: () => void }) {
  return stopped
    ? <NoneYet title="Nothing among the newest of them" action={<Button variant="default" onClick={onFurther}>Look further back</Button>}>A good many payloads were looked into. A narrower time, an event type or an endpoint make the search faster.</NoneYet>
    : <NoneYet icon={<Loader size="sm" />} title="Looking into older payloads…">Nothing has been found yet, and there are more.</NoneYet>;
}

function Nothing({ search, onWiden }: { search: DeliverySearch; onWiden: () => void }) {
  const { account, environment, words: names } = useHere();
  return (
    <NoneYet
      icon={<IconHistory size={22} />} title={`Nothing was sent in ${spans[search.period ?? '24h']}`}
      action={<>{search.period !== '30d' && <Button variant="default" onClick={onWiden}>Look at 30 days</Button>}<LinkButton to="/$account/$environment/webhooks" params={{ account, environment }} variant="default">{names.endpoints}</LinkButton></>}
    >
      Deliveries are here a moment after something happens that one of your {names.endpoints.toLowerCase()} subscribes to. A test is a delivery, too.
    </NoneYet>
  );
}
