import { ActionIcon, Button, Group, Input, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

export type HeaderRow = { name: string; value: string };
export const rowsOf = (headers: Record<string, string> | null | undefined): HeaderRow[] => Object.entries(headers ?? {}).map(([name, value]) => ({ name, value }));
export const headersOf = (rows: HeaderRow[]) => Object.fromEntries(rows.filter(row => row.name.trim() !== '').map(row => [row.name.trim(), row.value]));

/** Headers of the customer's own, which go with every request. */
export function HeadersField({ rows, onChange, most, error }: { rows: HeaderRow[]; onChange: (rows: HeaderRow[]) => void; most: number; error?: string }) {
  const set = (index: number, change: Partial<HeaderRow>) => onChange(rows.map((row, at) => (at === index ? { ...row, ...change } : row)));
  return (
    <Input.Wrapper label="Custom headers" labelElement="div" error={error} description={`Sent with every request, at most ${most}. Those that hold a credential are shown masked once they are saved.`}>
      <Stack gap={6} mt={8}>
        {rows.map((row, index) => (
          <Group key={index} gap={6} wrap="nowrap">
            <TextInput aria-label={`Name of header ${index + 1}`} placeholder="X-Gateway" value={row.name} onChange={event => set(index, { name: event.currentTarget.value })} style={{ flex: 2 }} classNames={{ input: 'nova-mono' }} />
            <TextInput aria-label={`Value of header ${index + 1}`} placeholder="value" value={row.value} onChange={event => set(index, { value: event.currentTarget.value })} style={{ flex: 3 }} classNames={{ input: 'nova-mono' }} />
            <ActionIcon variant="subtle" color="gray" aria-label={`Remove header ${index + 1}`} onClick={() => onChange(rows.filter((_, at) => at !== index))}><IconTrash size={16} /></ActionIcon>
          </Group>
        ))}
        {rows.length < most && <div><Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={() => onChange([...rows, { name: '', value: '' }])}>Add a header</Button></div>}
      </Stack>
    </Input.Wrapper>
  );
}
