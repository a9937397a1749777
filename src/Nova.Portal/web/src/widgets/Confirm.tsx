import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Modal } from './Dialog';
import { Refused } from './Empty';

/** Asks before something that cannot be taken back, or that somebody will notice: says what follows, and does it. */
export function Confirm({ title, children, verb, onConfirm, onClose, danger = true, typed }: {
  title: string; children: ReactNode; verb: string; onConfirm: () => Promise<unknown>; onClose: () => void; danger?: boolean;
  /** A word that must be typed first, for what hits many. */
  typed?: string;
}) {
  const [text, setText] = useState('');
  const act = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>{title}</Text>} size="md">
      <form onSubmit={event => { event.preventDefault(); if (!typed || text === typed) act.mutate(); }}>
        <Stack gap="md">
          <Text size="sm" component="div">{children}</Text>
          {typed && <TextInput label={`Type ${typed} to go on`} value={text} onChange={event => setText(event.currentTarget.value)} data-autofocus autoComplete="off" />}
          <Refused error={act.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" color={danger ? 'red.8' : undefined} loading={act.isPending} disabled={typed !== undefined && text !== typed} data-autofocus={typed ? undefined : true}>{verb}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
