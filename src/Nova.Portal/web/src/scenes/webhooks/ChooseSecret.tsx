import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem } from '../../api/problem';
import { useHere } from '../../api/scope';
import { Modal } from '../../widgets/Dialog';
import { Refused } from '../../widgets/Empty';
import { told } from '../../widgets/tell';

/** What is wrong with a secret that a customer chooses, as far as it can be told here. */
export function secretFault(secret: string, length: { least: number; most: number } | null | undefined): string | undefined {
  if (secret === '' || !length) return undefined;
  if (/[^!-~]/.test(secret)) return 'Use letters, digits and punctuation of ASCII only, without spaces.';
  if (secret.length < length.least) return `At least ${length.least} characters.`;
  if (secret.length > length.most) return `At most ${length.most} characters.`;
  return undefined;
}

/** Changes a secret that the customer chooses himself. */
export function ChooseSecret({ onSave, onClose }: { onSave: (secret: string) => Promise<unknown>; onClose: () => void }) {
  const { product, words } = useHere();
  const [secret, setSecret] = useState('');
  const save = useMutation({ mutationFn: () => onSave(secret), onSuccess: () => { told(`The ${words.secret} is changed.`); onClose(); } });
  const fault = secretFault(secret, product.secret.length);
  const fields = save.error instanceof ApiProblem ? save.error.fields : {};
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>Change the {words.secret}</Text>}>
      <form onSubmit={event => { event.preventDefault(); if (secret && !fault) save.mutate(); }}>
        <Stack>
          <Text size="sm">Deliveries that wait with the old one are not sent any more; they end as failed. New ones use the new one at once.</Text>
          {!fields.secret && <Refused error={save.error} />}
          <PasswordInput label={`New ${words.secret}`} required value={secret} error={fields.secret ?? fault} onChange={event => setSecret(event.currentTarget.value)} autoComplete="off" data-autofocus />
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" color="red.8" loading={save.isPending}>Change</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
