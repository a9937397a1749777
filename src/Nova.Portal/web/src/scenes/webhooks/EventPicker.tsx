import { Button, Checkbox, Group, Input, ScrollArea, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useHere } from '../../api/scope';
import type { EventType } from '../../api/types';
import { Loaded } from '../../widgets/Empty';
import { EventTitleAndName } from './EventName';
import { eventTypesQuery } from './queries';

/** Event types from the catalog, by their groups. All of them is a choice of its own: those that come later are among them. */
export function EventPicker({ value, onChange, error }: { value: string[]; onChange: (events: string[]) => void; error?: string }) {
  const query = useQuery(eventTypesQuery(useHere()));
  return (
    <Input.Wrapper label="Events" required error={error} labelElement="div">
      <Loaded query={query} rows={3}>{types => <Choices types={types} value={value} onChange={onChange} />}</Loaded>
    </Input.Wrapper>
  );
}

function Choices({ types, value, onChange }: { types: EventType[]; value: string[]; onChange: (events: string[]) => void }) {
  const [text, setText] = useState('');
  const all = value.includes('*');
  const groups = useMemo(() => {
    const found = types.filter(type => `${type.name} ${type.title} ${type.description}`.toLowerCase().includes(text.toLowerCase()));
    return [...new Set(found.map(type => type.group ?? ''))].map(group => [group, found.filter(type => (type.group ?? '') === group)] as const);
  }, [types, text]);
  const set = (names: string[], on: boolean) => onChange(on ? [...new Set([...value, ...names])] : value.filter(name => !names.includes(name)));
  return (
    <Stack gap="xs" mt={6}>
      <Checkbox label="All events, also those that are added later" checked={all} onChange={event => onChange(event.currentTarget.checked ? ['*'] : [])} />
      {!all && (
        <div className="nova-panel" style={{ background: 'transparent' }}>
          {types.length > 6 && (
            <TextInput aria-label="Filter events" placeholder="Filter" variant="unstyled" px="sm" leftSection={<IconSearch size={15} />} value={text} onChange={event => setText(event.currentTarget.value)} style={{ borderBottom: '1px solid var(--nova-line)' }} />
          )}
          <ScrollArea.Autosize mah={320} viewportProps={{ tabIndex: 0 }}>
            <Stack gap="sm" p="sm">
              {groups.map(([group, members]) => {
                const names = members.map(type => type.name);
                const chosen = names.filter(name => value.includes(name)).length;
                return (
                  <fieldset key={group} style={{ border: 0, padding: 0, margin: 0 }}>
                    {group && (
                      <Group justify="space-between" mb={5}>
                        <legend style={{ padding: 0 }}><Text span size="xs" fw={600} c="dimmed">{group}</Text></legend>
                        <Button variant="subtle" size="compact-xs" onClick={() => set(names, chosen < names.length)} aria-label={`${chosen < names.length ? 'All' : 'None'} of ${group}`}>{chosen < names.length ? 'All' : 'None'}</Button>
                      </Group>
                    )}
                    <Stack gap={7}>
                      {members.map(type => (
                        <Checkbox
                          key={type.name} label={<EventTitleAndName name={type.name} />} description={type.description} checked={value.includes(type.name)} size="sm"
                          onChange={event => set([type.name], event.currentTarget.checked)}
                        />
                      ))}
                    </Stack>
                  </fieldset>
                );
              })}
              {groups.length === 0 && <Text size="sm" c="dimmed">No event of that name.</Text>}
            </Stack>
          </ScrollArea.Autosize>
        </div>
      )}
    </Stack>
  );
}
