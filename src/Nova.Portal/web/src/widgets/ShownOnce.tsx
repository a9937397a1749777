import { Alert, Code, Group, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { CopyButton } from './Copy';

/** A secret that was just made. */
export function ShownOnce({ value, label, again }: { value: string; label: string; again: boolean }) {
  return (
    <Alert variant="light" color="teal" icon={<IconKey size={18} />} title={again ? `Your ${label}` : `Copy your ${label} now`}>
      <Stack gap="xs">
        <Text size="sm">{again ? 'Your receiver needs it to verify what is sent. You can see it again whenever you like.' : 'It is shown this once, and cannot be shown again. Store it securely.'}</Text>
        <Group gap="xs" wrap="nowrap" align="center">
          <Code block data-testid="secret" style={{ flex: 1, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{value}</Code>
          <CopyButton text={value}>Copy</CopyButton>
        </Group>
      </Stack>
    </Alert>
  );
}
