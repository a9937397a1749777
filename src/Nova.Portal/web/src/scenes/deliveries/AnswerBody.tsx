import { Stack, Text } from '@mantine/core';
import type { Attempt } from '../../api/types';
import { CodeBlock } from '../../widgets/CodeBlock';

const why: Record<string, string> = {
  size: 'It is longer; this much of it is kept.',
  deadline: 'It was not complete when the time was up.',
  reset: 'The connection was cut before its end.',
};

/** What a receiver answered: always as text, whatever it says it is. */
export function AnswerBody({ attempt }: { attempt: Attempt }) {
  if (attempt.response_body === '') return <Text size="sm" c="dimmed">{attempt.status_code ? 'The answer had no body.' : 'No answer came.'}</Text>;
  return (
    <Stack gap={4}>
      <CodeBlock text={attempt.response_body} label="response body" wrap maxHeight={320} />
      {attempt.response_body_truncated && <Text size="xs" c="dimmed">{why[attempt.response_body_truncated] ?? attempt.response_body_truncated}</Text>}
    </Stack>
  );
}
