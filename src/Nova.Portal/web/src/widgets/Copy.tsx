import { ActionIcon, Button, Tooltip, type ButtonProps } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** Copies a text; says so for a moment. */
export function CopyIcon({ text, label }: { text: string | (() => string); label: string }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Tooltip label={clipboard.copied ? 'Copied' : label}>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={() => clipboard.copy(typeof text === 'string' ? text : text())}>
        {clipboard.copied ? <IconCheck size={15} color="var(--nova-ok)" /> : <IconCopy size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}

export function CopyButton({ text, children, ...rest }: { text: string | (() => string); children: ReactNode } & ButtonProps) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Button
      variant="default" size="xs" leftSection={clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} />} {...rest}
      onClick={() => clipboard.copy(typeof text === 'string' ? text : text())}
    >
      {clipboard.copied ? 'Copied' : children}
    </Button>
  );
}
