import { Button, Tooltip } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import { Confirm } from '../../widgets/Confirm';
import { refused, told } from '../../widgets/tell';
import { span } from '../../widgets/When';
import { hoursIn, looksIntoPayloads, type DeliverySearch } from './search';

const perSecond = 50;

/** Everything that the filters let through, sent again: counted first, then asked about, then a job of the server's. */
export function BulkRetry({ search }: { search: DeliverySearch }) {
  const { api } = useHere();
  const refresh = useRefresh();
  const [matching, setMatching] = useState<{ count: number; more: boolean }>();
  // Only what has ended can be repeated.
  const status = search.status?.includes('delivered') ? 'delivered' : 'failed';
  const filter = () => ({
    status: [status], event: search.event, endpoint: search.endpoint, tenant: search.tenant, error: search.error,
    from: new Date(Date.now() - hoursIn[search.period ?? '24h'] * 3_600_000).toISOString(),
  });
  const count = useMutation({ mutationFn: () => take(api.POST('/v1/replays', { body: { filter: filter(), dry_run: true } as never })), onSuccess: answer => setMatching({ count: answer.matching, more: answer.at_least === true }), onError: refused });
  const number = matching ? `${matching.more ? 'more than ' : ''}${matching.count.toLocaleString()}` : '';
  const noun = matching?.count === 1 ? 'delivery' : 'deliveries';
  // What has not ended cannot be repeated.
  if (search.status?.some(one => one === 'pending' || one === 'processing')) return null;
  if (looksIntoPayloads(search)) {
    return (
      <Tooltip label="A replay of all cannot look into payloads. Choose rows instead, and retry those." multiline w={240}>
        <Button size="xs" variant="default" leftSection={<IconRepeat size={14} />} data-disabled aria-disabled="true" onClick={event => event.preventDefault()}>Retry all {status}</Button>
      </Tooltip>
    );
  }
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconRepeat size={14} />} loading={count.isPending} onClick={() => count.mutate()}>Retry all {status}</Button>
      {matching && (
        <Confirm
          title={matching.count === 0 ? 'There is nothing to retry' : `Retry ${number} ${noun}?`} verb={matching.count === 0 ? 'Close' : `Retry ${number}`} danger={false}
          onClose={() => setMatching(undefined)} typed={matching.count > 1000 ? String(matching.count) : undefined}
          onConfirm={async () => {
            if (matching.count === 0) return;
            await take(api.POST('/v1/replays', { body: { filter: filter(), rate: perSecond } as never }));
            await refresh('deliveries', 'replays');
            told(`${number} ${noun} ${matching.count === 1 ? 'is' : 'are'} being made anew.`);
          }}
        >
          {matching.count === 0
            ? `No ${status} delivery fits the filters.`
            : `Each becomes a new delivery with fresh attempts, at most ${perSecond} a second: about ${span(Math.ceil(matching.count / perSecond) * 1000)} in all. The old ones stay as they are.`}
        </Confirm>
      )}
    </>
  );
}
