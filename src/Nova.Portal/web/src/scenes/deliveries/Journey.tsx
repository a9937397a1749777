import { Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconClockHour4, IconInbox, IconStack2, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useHere } from '../../api/scope';
import type { DeliveryDetail } from '../../api/types';
import { Countdown, millis, span } from '../../widgets/When';
import classes from './Journey.module.css';
import { eventOfQuery } from './queries';

/** The way of a delivery so far, and what comes next: accepted, queued, each attempt, the one that is due. */
export function Journey({ delivery, onAttempt }: { delivery: DeliveryDetail; onAttempt: (number: number) => void }) {
  const here = useHere();
  const event = useQuery(eventOfQuery(here, delivery.event_id));
  const accepted = event.data?.created_at;
  const start = Date.parse(accepted ?? delivery.created_at);
  const after = (at: string, since: number) => {
    const ms = Math.max(0, Date.parse(at) - since);
    return ms < 10_000 ? `+${millis(ms)}` : `+${span(ms, true)}`;
  };
  let before = Date.parse(delivery.created_at);
  return (
    <ol className={classes.journey} aria-label="The way of this delivery">
      {accepted && <Step tone="done" icon={<IconInbox size={13} />} name="Accepted" note={clock.format(Date.parse(accepted))} />}
      <Step tone="done" icon={<IconStack2 size={13} />} name={delivery.trigger === 'replay' ? 'Queued anew' : 'Queued'} note={accepted ? after(delivery.created_at, start) : clock.format(start)} />
      {delivery.attempts.map(attempt => {
        const good = attempt.outcome === 'delivered';
        const note = after(attempt.started_at, before);
        before = Date.parse(attempt.started_at) + attempt.duration_ms;
        const name = `Attempt ${attempt.number}`;
        return (
          <Step key={attempt.number} tone={good ? 'ok' : 'bad'} icon={good ? <IconCheck size={13} stroke={3} /> : <IconX size={13} stroke={3} />} name={name} note={note} onClick={() => onAttempt(attempt.number)}>
            {attempt.status_code ?? attempt.outcome.replaceAll('_', ' ')} · {millis(attempt.duration_ms)}
          </Step>
        );
      })}
      {delivery.status === 'processing' && <Step tone="wait" icon={<IconClockHour4 size={13} />} name={`Attempt ${delivery.attempts.length + 1}`} note="under way" />}
      {delivery.next_attempt_at && delivery.status === 'pending' && <Step tone="wait" icon={<IconClockHour4 size={13} />} name={`Attempt ${delivery.attempts.length + 1}`} note={<Countdown to={delivery.next_attempt_at} />} />}
    </ol>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });

function Step({ tone, icon, name, note, children, onClick }: { tone: 'done' | 'ok' | 'bad' | 'wait'; icon: ReactNode; name: string; note: ReactNode; children?: ReactNode; onClick?: () => void }) {
  const content = (
    <>
      <span className={classes.mark} aria-hidden="true">{icon}</span>
      <span className={classes.words}>
        <Text span size="xs" fw={600}>{name}</Text>
        {children && <Text span size="xs" className="nova-num" data-result="">{children}</Text>}
        <Text span size="xs" c="dimmed" className="nova-num">{note}</Text>
      </span>
    </>
  );
  return (
    <li className={classes.step} data-tone={tone}>
      {onClick ? <UnstyledButton className={classes.inner} onClick={onClick}>{content}</UnstyledButton> : <span className={classes.inner}>{content}</span>}
    </li>
  );
}
