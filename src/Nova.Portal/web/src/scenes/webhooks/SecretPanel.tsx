import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconEye, IconEyeOff, IconRefresh } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import type { Webhook } from '../../api/types';
import { Confirm } from '../../widgets/Confirm';
import { CopyButton } from '../../widgets/Copy';
import { inSentence } from '../../widgets/inSentence';
import { Panel } from '../../widgets/Page';
import { ShownOnce } from '../../widgets/ShownOnce';
import { refused } from '../../widgets/tell';
import { Exactly, span } from '../../widgets/When';
import { ChooseSecret } from './ChooseSecret';

/** What the receiver verifies with: shown where the product shows it, made anew, or chosen. */
export function SecretPanel({ webhook }: { webhook: Webhook }) {
  const { api, product, words, may } = useHere();
  const refresh = useRefresh();
  const [asking, setAsking] = useState(false);
  const { shown, chosen_by_customer: chosen, overlap_seconds: overlap, has_public_key: hasPublicKey } = product.secret;
  const params = { path: { id: webhook.id } };
  const show = useMutation({ mutationFn: () => take(api.POST('/v1/webhooks/{id}/secret', { params })), onError: refused });
  const rotate = useMutation({
    mutationFn: (secret: string | undefined) => take(api.POST('/v1/webhooks/{id}/secret/rotate', { params, body: secret === undefined ? {} : { secret } })),
    onSuccess: () => { show.reset(); void refresh('webhooks'); },
  });
  const name = words.secret;
  const made = rotate.data;
  return (
    <Panel
      title={name} about={about(shown, chosen, name)}
      actions={may.secrets && (
        <>
          {shown === 'on_demand' && !made && (show.data
            ? <Button variant="default" size="xs" leftSection={<IconEyeOff size={14} />} onClick={() => show.reset()}>Hide</Button>
            : <Button variant="default" size="xs" leftSection={<IconEye size={14} />} loading={show.isPending} onClick={() => show.mutate()}>Show</Button>)}
          <Button variant="default" size="xs" leftSection={<IconRefresh size={14} />} onClick={() => setAsking(true)}>{chosen ? 'Change' : 'Regenerate'}</Button>
        </>
      )}
    >
      <Stack gap="xs">
        {made?.secret && !chosen ? <ShownOnce value={made.secret} label={inSentence(name)} again={shown === 'on_demand'} />
          : show.data?.secret ? <Group gap="xs" wrap="nowrap"><Code block data-testid="secret" style={{ flex: 1, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{show.data.secret}</Code><CopyButton text={show.data.secret}>Copy</CopyButton></Group>
          : <Text size="sm" className="nova-mono" c="dimmed" aria-hidden="true">••••••••••••••••••••••••</Text>}
        {made?.previous_expires_at && <Text size="sm">The one before signs as well until <Exactly at={made.previous_expires_at} />.</Text>}
        {hasPublicKey && (made?.public_key ?? webhook.public_key) && <Text size="sm">Public key: <Code>{made?.public_key ?? webhook.public_key}</Code></Text>}
      </Stack>
      {asking && (chosen
        ? <ChooseSecret onClose={() => setAsking(false)} onSave={secret => rotate.mutateAsync(secret)} />
        : (
          <Confirm title={`Regenerate the ${inSentence(name)}?`} verb="Regenerate" onClose={() => setAsking(false)} onConfirm={() => rotate.mutateAsync(undefined)}>
            {overlap > 0
              ? `For ${span(overlap * 1000)} both the old one and the new one sign, so that your receiver can be changed without a gap. After that the old one is worth nothing.`
              : 'The old one is worth nothing at once: your receiver refuses what is sent until it has the new one.'}
          </Confirm>
        ))}
    </Panel>
  );
}

function about(shown: string, chosen: boolean, name: string): string {
  if (chosen) return 'You chose it; your receiver compares it and verifies signatures with it. It is not shown again.';
  if (shown === 'on_demand') return 'Your receiver verifies with it that a request is from us. Keep it as you keep a password.';
  return `It was shown when it was made, and cannot be shown again. Whoever lost the ${inSentence(name)} makes a new one.`;
}
