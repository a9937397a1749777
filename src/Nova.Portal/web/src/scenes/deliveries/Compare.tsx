import { Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { Attempt } from '../../api/types';
import classes from './Compare.module.css';
import { differencesOf, linesOf } from './difference';

/** Two attempts beside each other: only what differs. */
export function Compare({ attempts }: { attempts: Attempt[] }) {
  const [numbers, setNumbers] = useState<[number, number]>([attempts.at(-2)!.number, attempts.at(-1)!.number]);
  const [left, right] = numbers.map(number => attempts.find(attempt => attempt.number === number)!) as [Attempt, Attempt];
  const parts = useMemo(() => differencesOf(left, right), [left, right]);
  const lines = useMemo(() => (left.response_body === right.response_body ? [] : linesOf(left.response_body, right.response_body)), [left, right]);
  const options = attempts.map(attempt => ({ value: String(attempt.number), label: `Attempt ${attempt.number}` }));
  return (
    <Stack gap="md">
      <Group gap="xs">
        <NativeSelect size="xs" aria-label="First attempt" data={options} value={String(left.number)} onChange={event => setNumbers([Number(event.currentTarget.value), right.number])} />
        <Text size="sm" c="dimmed">and</Text>
        <NativeSelect size="xs" aria-label="Second attempt" data={options} value={String(right.number)} onChange={event => setNumbers([left.number, Number(event.currentTarget.value)])} />
      </Group>
      {parts.map(({ title, differences, same }) => (
        <section key={title} aria-label={title}>
          <Group justify="space-between" mb={4}><Text size="sm" fw={550}>{title}</Text><Text size="xs" c="dimmed">{same > 0 && `${same} the same`}</Text></Group>
          {differences.length === 0 ? <Text size="sm" c="dimmed">No difference.</Text> : (
            <table className={classes.table}>
              <thead><tr><th scope="col">Name</th><th scope="col">Attempt {left.number}</th><th scope="col">Attempt {right.number}</th></tr></thead>
              <tbody>{differences.map(each => <tr key={each.name}><th scope="row">{each.name}</th><td>{each.left ?? <span className="nova-soft">none</span>}</td><td>{each.right ?? <span className="nova-soft">none</span>}</td></tr>)}</tbody>
            </table>
          )}
        </section>
      ))}
      <section aria-label="Response body">
        <Text size="sm" fw={550} mb={4}>Response body</Text>
        {left.response_body === right.response_body ? <Text size="sm" c="dimmed">No difference.</Text> : lines === undefined ? <Text size="sm" c="dimmed">They differ, and are too long to compare here.</Text> : (
          <pre className={classes.lines} tabIndex={0} role="region" aria-label="Difference of the bodies">
            {lines.map((line, index) => <span key={index} data-kind={line.kind}>{`${line.kind === 'left' ? '−' : line.kind === 'right' ? '+' : ' '} ${line.text}\n`}</span>)}
          </pre>
        )}
      </section>
      <Text size="xs" c="dimmed">The body that is sent is the same in every attempt, byte for byte.</Text>
    </Stack>
  );
}
