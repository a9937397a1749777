import { Button, Group, Text } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { useHere, useRefresh } from '../../api/scope';
import type { Delivery } from '../../api/types';
import { Confirm } from '../../widgets/Confirm';
import { told } from '../../widgets/tell';
import classes from './DeliveryRows.module.css';

/** As many as a browser asks for at once of one server. */
const atOnce = 4;

/** What can be done with the chosen rows. */
export function ChosenBar({ rows, onClear }: { rows: Delivery[]; onClear: () => void }) {
  const { api } = useHere();
  const refresh = useRefresh();
  const [asking, setAsking] = useState(false);
  const ended = rows.filter(row => row.status === 'failed' || row.status === 'delivered');
  const again = ended.filter(row => row.status === 'delivered').length;
  const deliveries = (count: number) => (count === 1 ? '1 delivery' : `${count} deliveries`);
  const retry = async () => {
    const left = [...ended];
    const refusals: ApiProblem[] = [];
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (let row = left.shift(); row; row = left.shift()) {
        await take(api.POST('/v1/deliveries/{id}/retry', { params: { path: { id: row.id } } })).catch((error: unknown) => refusals.push(ApiProblem.of(error)));
      }
    }));
    await refresh('deliveries');
    if (refusals.length === ended.length) throw refusals[0]!;
    told(refusals.length === 0 ? `${deliveries(ended.length)} queued anew.` : `${deliveries(ended.length - refusals.length)} queued anew. ${refusals.length} refused: ${refusals[0]!.message}`);
    onClear();
  };
  return (
    <div className={classes.bar} role="group" aria-label="Chosen deliveries">
      <Text size="sm" fw={550} aria-live="polite">{rows.length} chosen{ended.length < rows.length && <Text span size="sm" c="dimmed" fw={400}>, {rows.length - ended.length} still under way</Text>}</Text>
      <Group gap="xs">
        <Button size="compact-sm" leftSection={<IconRepeat size={14} />} disabled={ended.length === 0} onClick={() => setAsking(true)}>Retry {ended.length}</Button>
        <Button size="compact-sm" variant="subtle" onClick={onClear}>Clear</Button>
      </Group>
      {asking && (
        <Confirm title={`Retry ${deliveries(ended.length)}?`} verb={`Retry ${ended.length}`} danger={false} onClose={() => setAsking(false)} onConfirm={retry}>
          Each becomes a new delivery with fresh attempts. The old ones stay as they are.{again > 0 && ` ${again} arrived already: their receivers get them a second time.`}
        </Confirm>
      )}
    </div>
  );
}
