import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconLink } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { CopyButton } from './Copy';
import { Modal } from './Dialog';
import { Exactly } from './When';

/** A link that was just made, for somebody else. Nova sends no mail: whoever made it hands it on. */
export function LinkShownOnce({ title, url, expiresAt, children, onClose }: { title: string; url: string; expiresAt?: string | null; children: ReactNode; onClose: () => void }) {
  return (
    // Not closed by a click beside it: what it shows is shown once.
    <Modal opened onClose={onClose} closeOnClickOutside={false} closeOnEscape={false} size="lg" title={<Text fw={600}>{title}</Text>}>
      <Stack>
        <Alert variant="light" color="teal" icon={<IconLink size={18} />} title="Copy this link now">
          <Stack gap="xs">
            <Text size="sm" component="div">{children} It is shown this once, and good once{expiresAt && <>, until <Exactly at={expiresAt} /></>}.</Text>
            <Group gap="xs" wrap="nowrap" align="center">
              <Code block data-testid="link" style={{ flex: 1, minWidth: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{url}</Code>
              <CopyButton text={url} style={{ flex: 'none' }}>Copy</CopyButton>
            </Group>
          </Stack>
        </Alert>
        <Group justify="flex-end"><Button onClick={onClose}>Done</Button></Group>
      </Stack>
    </Modal>
  );
}
