import { Button, CloseButton, Group, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type RefObject } from 'react';
import { useHere } from '../../api/scope';
import type { DeliveryStatus } from '../../api/types';
import { eventTypesQuery, webhooksQuery } from '../webhooks/queries';
import { isFiltered, periods, statuses, type DeliverySearch, type Period } from './search';

const word = (status: string) => status[0]!.toUpperCase() + status.slice(1);

/** The filters of the history. Each change goes into the address. */
export function Filters({ search, onChange, searchRef }: { search: DeliverySearch; onChange: (change: Partial<DeliverySearch>) => void; searchRef: RefObject<HTMLInputElement | null> }) {
  const here = useHere();
  const types = useQuery(eventTypesQuery(here));
  const webhooks = useQuery(webhooksQuery(here));
  const endpoints = (webhooks.data ?? []).map(webhook => ({ value: webhook.id, label: webhook.name ?? webhook.url.replace(/^https?:\/\//, '') }));
  if (search.endpoint && !endpoints.some(entry => entry.value === search.endpoint)) endpoints.push({ value: search.endpoint, label: search.endpoint });
  return (
    <Group gap="xs" mb="sm" role="search" aria-label="Filters">
      <SegmentedControl
        aria-label="Status" size="xs" value={search.status?.[0] ?? ''} onChange={value => onChange({ status: value ? [value as DeliveryStatus] : undefined })}
        data={[{ value: '', label: 'All' }, ...statuses.map(status => ({ value: status, label: word(status) }))]}
      />
      <SegmentedControl
        aria-label="Time range" size="xs" value={search.period ?? '24h'} onChange={value => onChange({ period: value === '24h' ? undefined : (value as Period) })}
        data={periods.map(period => ({ value: period, label: period === '24h' ? '24 h' : period.replace('d', ' d') }))}
      />
      <Select
        aria-label="Event type" placeholder="Event type" size="xs" flex="1 1 150px" maw={220} clearable searchable value={search.event?.[0] ?? null} onChange={value => onChange({ event: value ? [value] : undefined })}
        data={(types.data ?? []).map(type => type.name)}
      />
      <Select
        aria-label={here.words.endpoint} placeholder={here.words.endpoint} size="xs" flex="1 1 150px" maw={220} clearable searchable value={search.endpoint ?? null} onChange={value => onChange({ endpoint: value ?? undefined })}
        data={endpoints}
      />
      <Typed label={here.words.tenant} value={search.tenant} onChange={tenant => onChange({ tenant })} width={90} />
      <Typed label="Id or text in the payload" value={search.q} onChange={q => onChange({ q })} width={170} icon inputRef={searchRef} />
      {isFiltered(search) && <Button size="xs" variant="subtle" onClick={() => onChange({ status: undefined, event: undefined, endpoint: undefined, tenant: undefined, q: undefined, error: undefined })}>Clear filters</Button>}
    </Group>
  );
}

function Typed({ label, value, onChange, width, icon, inputRef }: {
  label: string; value?: string; onChange: (value: string | undefined) => void; width: number; icon?: boolean; inputRef?: RefObject<HTMLInputElement | null>;
}) {
  const [text, setText] = useState(value ?? '');
  // The address may change without a key being pressed: back, forward, clear.
  useEffect(() => setText(value ?? ''), [value]);
  const tell = useDebouncedCallback((next: string) => onChange(next.trim() || undefined), 300);
  const set = (next: string) => { setText(next); tell(next); };
  return (
    <TextInput
      aria-label={label} placeholder={label} size="xs" flex={`1 1 ${width}px`} maw={280} value={text} onChange={event => set(event.currentTarget.value)} ref={inputRef} leftSection={icon && <IconSearch size={14} />}
      rightSection={text && <CloseButton size="xs" aria-label={`Clear ${label}`} onClick={() => { setText(''); onChange(undefined); }} />}
    />
  );
}
