import { Text } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import type { Delivery } from '../../api/types';
import { Confirm } from '../../widgets/Confirm';
import { told } from '../../widgets/tell';

/** Retrying a delivery: asks first, then opens the new one. History is never edited: the old one stays as it was. */
export function useRetry() {
  const { api, may, account, environment } = useHere();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<Pick<Delivery, 'id' | 'event' | 'endpoint_url' | 'status'>>();
  const ask = useCallback((delivery: Pick<Delivery, 'id' | 'event' | 'endpoint_url' | 'status'>) => { if (may.replay) setAsking(delivery); }, [may.replay]);
  const dialog = asking ? (
    <Confirm
      title="Retry this delivery?" verb="Retry Delivery" danger={false} onClose={() => setAsking(undefined)}
      onConfirm={async () => {
        const made = await take(api.POST('/v1/deliveries/{id}/retry', { params: { path: { id: asking.id } } }));
        await refresh('deliveries');
        told('A new delivery is queued, with fresh attempts.');
        await navigate({ to: '/$account/$environment/deliveries/$delivery', params: { account, environment, delivery: made.id }, search: true });
      }}
    >
      A new delivery of <span className="nova-mono">{asking.event}</span> is queued for <span className="nova-mono">{asking.endpoint_url ?? 'its endpoint'}</span>, with a fresh schedule.
      {asking.status === 'delivered' && <Text size="sm" mt={6}>It was delivered already: the receiver gets it a second time.</Text>}
    </Confirm>
  ) : null;
  return useMemo(() => ({ ask, dialog }), [ask, dialog]);
}
