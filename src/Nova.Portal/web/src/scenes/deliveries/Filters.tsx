import { ActionIcon, Button, CloseButton, Code, Group, MultiSelect, Popover, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconBraces, IconChevronDown, IconHelp, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useMemo, useState, type ReactNode, type RefObject } from 'react';
import { useHere } from '../../api/scope';
import type { DeliveryStatus } from '../../api/types';
import { EventTitleAndName } from '../webhooks/EventName';
import { eventTypesQuery, webhooksQuery } from '../webhooks/queries';
import classes from './Filters.module.css';
import { causesQuery } from './queries';
import { isFiltered, noFilters, periodChoices, statuses, type DeliverySearch, type Period } from './search';

const word = (status: string) => status[0]!.toUpperCase() + status.slice(1);

/** The filters of the history. Each change goes into the address. */
export function Filters({ search, onChange, searchRef }: { search: DeliverySearch; onChange: (change: Partial<DeliverySearch>) => void; searchRef: RefObject<HTMLInputElement | null> }) {
  const here = useHere();
  const [open, setOpen] = useState(false);
  const fields = useId();
  const further = [search.contains, search.event, search.endpoint, search.error, search.tenant].filter(value => value !== undefined).length;
  const webhooks = useQuery(webhooksQuery(here));
  const endpoints = (webhooks.data ?? []).map(webhook => ({ value: webhook.id, label: webhook.name ?? webhook.url.replace(/^https?:\/\//, '') }));
  if (search.endpoint && !endpoints.some(entry => entry.value === search.endpoint)) endpoints.push({ value: search.endpoint, label: search.endpoint });
  return (
    <div className={classes.filters} role="search" aria-label="Filters">
      <Group gap="xs">
        <SegmentedControl
          aria-label="Status" size="xs" value={search.status?.length === 1 ? search.status[0] : search.status ? 'several' : ''} onChange={value => onChange({ status: value ? [value as DeliveryStatus] : undefined })}
          data={[{ value: '', label: 'All' }, ...statuses.map(status => ({ value: status, label: word(status) })), ...(search.status && search.status.length > 1 ? [{ value: 'several', label: search.status.map(word).join(' + '), disabled: true }] : [])]}
        />
        <SegmentedControl
          aria-label="Time range" size="xs" value={search.period ?? '24h'} onChange={value => onChange({ period: value === '24h' ? undefined : (value as Period) })}
          data={periodChoices}
        />
        <Button hiddenFrom="sm" size="xs" variant="default" aria-expanded={open} aria-controls={fields} rightSection={<IconChevronDown size={14} />} onClick={() => setOpen(!open)}>
          More filters{further > 0 && ` (${further})`}
        </Button>
        {isFiltered(search) && <Button size="xs" variant="subtle" onClick={() => onChange(noFilters)}>Clear filters</Button>}
      </Group>
      <div className={classes.fields} id={fields} data-open={open || undefined}>
        <Typed label="Id or text in the payload" value={search.q} onChange={q => onChange({ q })} icon={<IconSearch size={14} />} inputRef={searchRef} />
        <Contains value={search.contains} onChange={contains => onChange({ contains })} />
        <EventTypes value={search.event ?? []} onChange={event => onChange({ event: event.length ? event : undefined })} />
        <Select
          aria-label={here.words.endpoint} placeholder={here.words.endpoint} size="xs" clearable searchable value={search.endpoint ?? null} onChange={value => onChange({ endpoint: value ?? undefined })}
          data={endpoints} nothingFoundMessage="None of that name"
        />
        <Causes search={search} onChange={error => onChange({ error })} />
        <Typed label={here.words.tenant} value={search.tenant} onChange={tenant => onChange({ tenant })} />
      </div>
    </div>
  );
}

/** Types of the catalog, and all that begin alike: a type that comes later is among them. */
function EventTypes({ value, onChange }: { value: string[]; onChange: (value: string[]) => void }) {
  const types = useQuery(eventTypesQuery(useHere()));
  const [text, setText] = useState('');
  const data = useMemo(() => {
    const names = (types.data ?? []).map(type => type.name);
    const beginnings = names.flatMap(name => [...name.matchAll(/\./g)].map(dot => `${name.slice(0, dot.index + 1)}*`));
    const alike = [...new Set(beginnings)].filter(one => names.filter(name => name.startsWith(one.slice(0, -1))).length > 1);
    return [...new Set([...(text.length > 1 && text.endsWith('*') ? [text] : []), ...alike, ...names, ...value])];
  }, [types.data, text, value]);
  const beginning = data.find(one => one.endsWith('.*') && one !== text);
  return (
    <MultiSelect
      aria-label="Event type" placeholder={value.length > 0 ? undefined : beginning ? `Event type, or ${beginning}` : 'Event type'} size="xs" clearable searchable hidePickedOptions value={value} onChange={onChange} searchValue={text} onSearchChange={setText}
      data={data} renderOption={({ option }) => <EventTitleAndName name={option.value} />} nothingFoundMessage="None of that name. End with * for all that begin so." classNames={{ pillsList: classes.pills }}
    />
  );
}

/** The causes that there are, in the server's words, most frequent first. */
function Causes({ search, onChange }: { search: DeliverySearch; onChange: (error: string | undefined) => void }) {
  const causes = useQuery(causesQuery(useHere(), search.period ?? '24h'));
  const data = (causes.data ?? []).map(({ cause, summary, count }) => ({ value: cause, label: `${summary} (${count.toLocaleString()})` }));
  if (search.error && !data.some(entry => entry.value === search.error)) data.push({ value: search.error, label: search.error.replaceAll('_', ' ') });
  return (
    <Select
      aria-label="Error" placeholder="Error" size="xs" clearable searchable value={search.error ?? null} onChange={value => onChange(value ?? undefined)} data={data}
      nothingFoundMessage="Nothing failed so in this time" comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
    />
  );
}

/** JSON that payloads contain: taken as soon as it is JSON. */
function Contains({ value, onChange }: { value?: string; onChange: (value: string | undefined) => void }) {
  const check = (text: string) => {
    try {
      JSON.parse(text);
      return undefined;
    } catch { return 'Not complete JSON yet'; }
  };
  return (
    <Typed
      label="JSON in the payload" value={value} onChange={onChange} check={check} icon={<IconBraces size={14} />} mono
      help={
        <Popover width={340} position="bottom-end" shadow="md" withArrow>
          <Popover.Target><ActionIcon variant="subtle" color="gray" size={24} aria-label="What is JSON in the payload?"><IconHelp size={15} /></ActionIcon></Popover.Target>
          <Popover.Dropdown>
            <Stack gap={8}>
              <Text size="sm">Finds payloads that contain this JSON. Members that you leave out may be anything, and a list contains what stands anywhere in it.</Text>
              <div><Code block>{'{"data":{"tool":"image"}}'}</Code><Text size="xs" c="dimmed" mt={2}>the tool is <i>image</i></Text></div>
              <div><Code block>{'{"data":{"tags":["vip"]}}'}</Code><Text size="xs" c="dimmed" mt={2}><i>vip</i> is among the tags</Text></div>
            </Stack>
          </Popover.Dropdown>
        </Popover>
      }
    />
  );
}

function Typed({ label, value, onChange, icon, inputRef, check, help, mono }: {
  label: string; value?: string; onChange: (value: string | undefined) => void; icon?: ReactNode; inputRef?: RefObject<HTMLInputElement | null>;
  /** What is still wrong with a text; it is not told until nothing is. */
  check?: (text: string) => string | undefined; help?: ReactNode; mono?: boolean;
}) {
  const [text, setText] = useState(value ?? '');
  const fault = text.trim() && check?.(text.trim());
  // The address may change without a key being pressed: back, forward, clear.
  useEffect(() => setText(value ?? ''), [value]);
  const tell = useDebouncedCallback((next: string) => { if (!next || !check?.(next)) onChange(next || undefined); }, 300);
  const set = (next: string) => { setText(next); tell(next.trim()); };
  return (
    <TextInput
      aria-label={label} placeholder={label} size="xs" value={text} onChange={event => set(event.currentTarget.value)} ref={inputRef} leftSection={icon} error={fault || undefined} spellCheck={false} autoComplete="off"
      classNames={{ input: mono && text ? 'nova-mono' : undefined }} rightSectionWidth={help && text ? 54 : 28}
      rightSection={<Group gap={0} wrap="nowrap">{text && <CloseButton size={24} iconSize={13} aria-label={`Clear ${label}`} onClick={() => { setText(''); onChange(undefined); }} />}{help}</Group>}
    />
  );
}
