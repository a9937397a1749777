import { Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import type { Attempt } from '../../api/types';
import { bytesOfBase64 } from './bytes';
import { ExactBytes } from './ExactBytes';

const why: Record<string, string> = {
  size: 'It is longer; this much of it is kept.',
  deadline: 'It was not complete when the time was up.',
  reset: 'The connection was cut before its end.',
};

/** What a receiver answered: always as text, whatever it says it is. */
export function AnswerBody({ attempt }: { attempt: Attempt }) {
  const bytes = useMemo(() => bytesOfBase64(attempt.response_body_base64), [attempt.response_body_base64]);
  if (bytes.length === 0) return <Text size="sm" c="dimmed">{attempt.status_code ? 'The answer had no body.' : 'No answer came.'}</Text>;
  return (
    <Stack gap={4}>
      <ExactBytes bytes={bytes} text={attempt.response_body} label="response body" file={`response-${attempt.number}.bin`} />
      {attempt.response_body_truncated && <Text size="xs" c="dimmed">{why[attempt.response_body_truncated] ?? attempt.response_body_truncated}</Text>}
    </Stack>
  );
}
