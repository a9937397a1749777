import { IconCircleCheckFilled, IconCircleXFilled, IconClockHour4, IconLoader, IconPlayerPauseFilled, IconRefresh } from '@tabler/icons-react';
import type { Delivery } from '../api/types';
import classes from './Status.module.css';

const shapes = {
  delivered: { icon: IconCircleCheckFilled, word: 'Delivered', tone: 'ok' },
  failed: { icon: IconCircleXFilled, word: 'Failed', tone: 'bad' },
  pending: { icon: IconClockHour4, word: 'Pending', tone: 'wait' },
  retrying: { icon: IconRefresh, word: 'Retrying', tone: 'wait' },
  processing: { icon: IconLoader, word: 'Processing', tone: 'busy' },
  enabled: { icon: IconCircleCheckFilled, word: 'Enabled', tone: 'ok' },
  disabled: { icon: IconPlayerPauseFilled, word: 'Disabled', tone: 'off' },
  stopped: { icon: IconCircleXFilled, word: 'Disabled automatically', tone: 'bad' },
} as const;

export type StatusKind = keyof typeof shapes;

/** A state by word, shape and colour, so that none of them is needed to know it. */
export function Status({ kind, word }: { kind: StatusKind; word?: string }) {
  const { icon: Icon, word: usual, tone } = shapes[kind];
  return <span className={classes.status} data-tone={tone}><Icon size={15} stroke={2} aria-hidden="true" />{word ?? usual}</span>;
}

/** A delivery's state; one that has been tried and waits for its next attempt is still pending, and is said to be so by the number beside it. */
export function DeliveryStatus({ delivery }: { delivery: Pick<Delivery, 'status'> }) {
  return <Status kind={delivery.status in shapes ? (delivery.status as StatusKind) : 'pending'} />;
}
