import { Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere } from '../../api/scope';
import type { Webhook } from '../../api/types';
import { Panel } from '../../widgets/Page';
import { ReplayButton } from './ReplayButton';

const hours = { '1': 'the last hour', '24': 'the last 24 hours', '168': 'the last 7 days', '720': 'the last 30 days' } as const;

/** After a receiver was down or away: sends it again what it did not take, or what it was never given. */
export function ReplayPanel({ webhook }: { webhook: Webhook }) {
  const { api, words, may } = useHere();
  const [what, setWhat] = useState<'failed' | 'missed'>('failed');
  const [since, setSince] = useState<keyof typeof hours>('24');
  if (!may.replay) return null;
  const noun = words.endpoint.toLowerCase();
  return (
    <Panel title="Replay" about="After your receiver was down or away. What would be sent is counted first.">
      {webhook.enabled
        ? (
          <Stack gap="sm">
            <Group gap="xs">
              <SegmentedControl aria-label="What is sent again" value={what} onChange={value => setWhat(value as typeof what)} data={[{ value: 'failed', label: 'What failed' }, { value: 'missed', label: 'What it missed' }]} />
              <Select aria-label="Since when" size="xs" w={170} allowDeselect={false} value={since} onChange={value => value && setSince(value as typeof since)} data={Object.entries(hours).map(([value, label]) => ({ value, label: `in ${label}` }))} />
              <ReplayButton
                label="Count and replay" what={what === 'failed' ? 'failed deliveries' : 'missed events'}
                start={more => take(api.POST('/v1/webhooks/{id}/replay', {
                  params: { path: { id: webhook.id } }, body: { what, since: new Date(Date.now() - Number(since) * 3_600_000).toISOString(), ...more } as never,
                }))}
              />
            </Group>
            <Text size="xs" c="dimmed">{what === 'failed'
              ? 'Deliveries that ended as failed, each as a new one.'
              : `Events that it subscribes to, and was given no delivery of: because it was disabled, did not subscribe yet, or was not there yet.`}</Text>
          </Stack>
        )
        : <Text size="sm" c="dimmed">Enable the {noun} first: nothing is sent to one that is disabled.</Text>}
    </Panel>
  );
}
