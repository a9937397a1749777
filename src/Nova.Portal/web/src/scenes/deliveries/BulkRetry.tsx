import { Button } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import { Confirm } from '../../widgets/Confirm';
import { refused, told } from '../../widgets/tell';
import { span } from '../../widgets/When';
import { periods, type DeliverySearch } from './search';

const hours: Record<(typeof periods)[number], number> = { '24h': 24, '7d': 7 * 24, '30d': 30 * 24 };
const perSecond = 50;

/** Everything that the filters let through, sent again: counted first, then asked about, then a job of the server's. */
export function BulkRetry({ search }: { search: DeliverySearch }) {
  const { api } = useHere();
  const refresh = useRefresh();
  const [matching, setMatching] = useState<number>();
  const filter = () => ({
    status: search.status ?? ['failed' as const], event: search.event, endpoint: search.endpoint, tenant: search.tenant, error: search.error,
    from: new Date(Date.now() - hours[search.period ?? '24h'] * 3_600_000).toISOString(),
  });
  const count = useMutation({ mutationFn: () => take(api.POST('/v1/replays', { body: { filter: filter(), dry_run: true } })), onSuccess: answer => setMatching(answer.matching), onError: refused });
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconRepeat size={14} />} loading={count.isPending} onClick={() => count.mutate()}>Retry all {search.status ? 'of these' : 'failed'}</Button>
      {matching !== undefined && (
        <Confirm
          title={matching === 0 ? 'There is nothing to retry' : `Retry ${matching.toLocaleString()} deliveries?`} verb={matching === 0 ? 'Close' : `Retry ${matching.toLocaleString()}`} danger={false}
          onClose={() => setMatching(undefined)} typed={matching > 1000 ? String(matching) : undefined}
          onConfirm={async () => {
            if (matching === 0) return;
            await take(api.POST('/v1/replays', { body: { filter: filter(), rate: perSecond } }));
            await refresh('deliveries', 'replays');
            told(`${matching.toLocaleString()} deliveries are being made anew.`);
          }}
        >
          {matching === 0
            ? 'No delivery fits the filters.'
            : `Each becomes a new delivery with fresh attempts, at most ${perSecond} a second: about ${span(Math.ceil(matching / perSecond) * 1000)} in all. The old ones stay as they are.`}
        </Confirm>
      )}
    </>
  );
}
