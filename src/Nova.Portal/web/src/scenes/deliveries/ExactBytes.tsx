import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { CodeBlock } from '../../widgets/CodeBlock';
import { hexDump, size } from './bytes';
import { save } from './download';

/** A body to the byte: as text, or in hexadecimal where a space, a line end or what is no text may matter. Always as text. */
export function ExactBytes({ bytes, text, label, file, maxHeight = 320 }: { bytes: Uint8Array<ArrayBuffer>; text: string; label: string; file: string; maxHeight?: number }) {
  const [form, setForm] = useState('text');
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <SegmentedControl size="xs" aria-label={`Form of the ${label}`} value={form} onChange={setForm} data={[{ value: 'text', label: 'Text' }, { value: 'hex', label: 'Bytes' }]} />
        <Group gap="xs">
          <Text size="xs" c="dimmed" className="nova-num">{size(bytes.length)}</Text>
          <Button size="compact-xs" variant="subtle" leftSection={<IconDownload size={13} />} aria-label={`Save the ${label} as a file`} onClick={() => save(new Blob([bytes]), file)}>Save</Button>
        </Group>
      </Group>
      <CodeBlock text={form === 'text' ? text : hexDump(bytes)} label={label} wrap={form === 'text'} maxHeight={maxHeight} />
    </Stack>
  );
}
