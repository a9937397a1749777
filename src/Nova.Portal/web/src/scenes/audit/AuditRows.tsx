import { Badge, Button, Group, Stack, Text, TextInput, UnstyledButton, Select, CloseButton } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconChevronRight, IconListDetails } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { components } from '../../api/schema';
import { Failed, LoadingRows, NoneMatch, NoneYet } from '../../widgets/Empty';
import { Exactly, When } from '../../widgets/When';
import { LinkText } from '../../widgets/links';
import { actions, spoken, type AuditSearch } from './search';
import classes from './AuditRows.module.css';

type Entry = components['schemas']['AuditEntry'];
interface AuditPage { data: Entry[]; next_cursor?: string | null }

const actorKinds: Record<string, string> = { operator_key: 'operator key', api_key: 'API key', link: 'portal link', jwt: 'token', system: 'automatic' };

/** Who did what, when, and what it changed. */
export function AuditRows({ queryKey, page, search, onChange, ofAccounts = false }: {
  queryKey: readonly unknown[]; page: (cursor: string | undefined, signal: AbortSignal) => Promise<AuditPage>;
  search: AuditSearch; onChange: (change: Partial<AuditSearch>) => void; ofAccounts?: boolean;
}) {
  const query = useInfiniteQuery({ queryKey: [...queryKey, search], initialPageParam: undefined as string | undefined, queryFn: ({ pageParam, signal }) => page(pageParam, signal), getNextPageParam: last => last.next_cursor ?? undefined });
  const entries = query.data?.pages.flatMap(one => one.data) ?? [];
  const filtered = Object.values(search).some(value => value !== undefined);
  const clear = () => onChange({ actor: undefined, action: undefined, target: undefined, from: undefined, to: undefined, account: undefined });
  const known = search.action && !actions.includes(search.action) ? [...actions, search.action] : actions;
  return (
    <Stack gap="sm">
      <Group gap="xs" role="search" aria-label="Filters">
        <Select aria-label="What" placeholder="What" size="xs" flex="1 1 160px" maw={230} clearable searchable value={search.action ?? null} onChange={value => onChange({ action: value ?? undefined })} data={known.map(action => ({ value: action, label: action.endsWith('.*') ? `${spoken(action.slice(0, -2)).trim()}: everything` : spoken(action) }))} />
        <Typed label="Who (e-mail, name or id)" value={search.actor} onChange={actor => onChange({ actor })} />
        <Typed label="To what (name or id)" value={search.target} onChange={target => onChange({ target })} />
        {ofAccounts && <Typed label="Account (id)" value={search.account} onChange={account => onChange({ account })} />}
        <TextInput aria-label="From this day" leftSection="from" leftSectionWidth={44} leftSectionProps={{ className: classes.word }} type="date" size="xs" value={search.from ?? ''} onChange={event => onChange({ from: event.currentTarget.value || undefined })} />
        <TextInput aria-label="Until this day" leftSection="until" leftSectionWidth={44} leftSectionProps={{ className: classes.word }} type="date" size="xs" value={search.to ?? ''} onChange={event => onChange({ to: event.currentTarget.value || undefined })} />
        {filtered && <Button size="xs" variant="subtle" onClick={clear}>Clear filters</Button>}
      </Group>
      <div className="nova-panel">
        {query.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : !query.data ? <LoadingRows rows={8} /> : entries.length === 0
          ? filtered ? <NoneMatch what="entries" onClear={clear} /> : <NoneYet icon={<IconListDetails size={22} />} title="Nothing has been done yet">Every change that somebody makes is kept here, with who made it and what was before.</NoneYet>
          : <ul className={classes.list}>{entries.map(entry => <Row key={entry.id} entry={entry} ofAccounts={ofAccounts} onActor={actor => onChange({ actor })} />)}</ul>}
      </div>
      {query.hasNextPage && <Group justify="center"><Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Older</Button></Group>}
    </Stack>
  );
}

function Row({ entry, ofAccounts, onActor }: { entry: Entry; ofAccounts: boolean; onActor: (actor: string) => void }) {
  const [opened, setOpened] = useState(false);
  const { actor, target } = entry;
  // Which of the operator's keys it was is for operators to know.
  const hidden = actor.kind === 'operator_key' && !ofAccounts;
  const shown = hidden ? undefined : actor.name;
  const who = hidden ? 'Operator' : shown ?? actorKinds[actor.kind] ?? actor.id ?? actor.kind;
  return (
    <li className={classes.row}>
      <UnstyledButton className={classes.line} onClick={() => setOpened(!opened)} aria-expanded={opened}>
        <IconChevronRight size={14} className={classes.arrow} data-opened={opened || undefined} aria-hidden="true" />
        <span className={classes.what}>
          <Text span size="sm" fw={550}>{spoken(entry.action)}</Text>
          {target.name && target.name !== shown && <Text span size="sm" className={classes.target}>{target.name}</Text>}
        </span>
        <span className={classes.who}>{who}{actor.kind !== 'user' && shown && <span className="nova-soft"> · {actorKinds[actor.kind] ?? actor.kind}</span>}</span>
        <span className={classes.where}>{entry.environment && <Badge size="sm" variant="default" tt="none" fw={500} className={classes.environment} data-environment={entry.environment}>{entry.environment}</Badge>}</span>
        <span className={classes.when}><When at={entry.at} /></span>
      </UnstyledButton>
      {opened && (
        <div className={classes.more}>
          <Group gap="lg" mb="sm" fz="sm">
            <span><span className="nova-soft">When</span> <Exactly at={entry.at} /></span>
            {entry.ip && <span><span className="nova-soft">From</span> <span className="nova-mono">{entry.ip}</span></span>}
            {target.id && <span><span className="nova-soft">Id</span> <span className="nova-mono">{target.id}</span></span>}
            {ofAccounts && entry.account && <LinkText to="/operator/accounts/$id" params={{ id: entry.account }} size="sm">Its account</LinkText>}
            {(actor.id ?? actor.name) && <Button size="compact-xs" variant="default" onClick={() => onActor((actor.id ?? actor.name)!)}>All by {who}</Button>}
          </Group>
          <Difference before={entry.before} after={entry.after} />
        </div>
      )}
    </li>
  );
}

/** The members that changed, one a row. */
function Difference({ before, after }: { before: unknown; after: unknown }) {
  const was = (before ?? {}) as Record<string, unknown>;
  const now = (after ?? {}) as Record<string, unknown>;
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])];
  if (names.length === 0) return <Text size="sm" c="dimmed">No value was changed by it.</Text>;
  return (
    <div className="nova-scroll" tabIndex={0} role="region" aria-label="What changed">
      <table className={classes.difference}>
        <thead><tr><th scope="col">Value</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
        <tbody>{names.map(name => <tr key={name}><th scope="row">{name}</th><td data-side="before"><Value value={was[name]} /></td><td data-side="after"><Value value={now[name]} /></td></tr>)}</tbody>
      </table>
    </div>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === undefined || value === null) return <span className="nova-soft">–</span>;
  if (Array.isArray(value)) return value.length === 0 ? <span className="nova-soft">none</span> : <>{value.map((one, index) => <div key={index}>{typeof one === 'string' ? one : JSON.stringify(one)}</div>)}</>;
  return <>{typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value)}</>;
}

function Typed({ label, value, onChange }: { label: string; value?: string; onChange: (value: string | undefined) => void }) {
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const tell = useDebouncedCallback((next: string) => onChange(next.trim() || undefined), 300);
  return (
    <TextInput
      aria-label={label} placeholder={label} size="xs" flex="1 1 150px" maw={220} value={text} onChange={event => { setText(event.currentTarget.value); tell(event.currentTarget.value); }}
      rightSection={text && <CloseButton size="xs" aria-label={`Clear ${label}`} onClick={() => { setText(''); onChange(undefined); }} />}
    />
  );
}
