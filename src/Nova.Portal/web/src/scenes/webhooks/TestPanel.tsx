import { Alert, Button, Grid, Group, Select, Stack, Text } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import type { DeliveryDetail, Webhook } from '../../api/types';
import { Refused } from '../../widgets/Empty';
import { JsonTree } from '../../widgets/json/JsonTree';
import { LinkText } from '../../widgets/links';
import { Panel } from '../../widgets/Page';
import { millis } from '../../widgets/When';
import { AnswerBody } from '../deliveries/AnswerBody';
import { causeOf } from '../deliveries/cause';
import { headerText } from '../deliveries/headerText';
import { Waterfall } from '../deliveries/Waterfall';
import { CodeBlock } from '../../widgets/CodeBlock';
import { eventTypesQuery } from './queries';

/** Sends a signed test now, and shows what was sent and what came back beside each other. */
export function TestPanel({ webhook }: { webhook: Webhook }) {
  const here = useHere();
  const { api, product, words } = here;
  const refresh = useRefresh();
  const types = useQuery({ ...eventTypesQuery(here), enabled: product.test.may_choose });
  const own = product.endpoints.model === 'one_per_event_type' ? webhook.events[0] : undefined;
  const [chosen, setChosen] = useState(own ?? product.test.event_type);
  const test = useMutation({
    mutationFn: () => take(api.POST('/v1/webhooks/{id}/test', {
      params: { path: { id: webhook.id } }, body: product.test.may_choose ? { event_type: chosen } : {},
    })) as Promise<DeliveryDetail>,
    onSettled: () => refresh('deliveries', 'webhooks'),
  });
  return (
    <Panel title={words.test} about="Signed like any other, sent now, once. You see what was sent and what came back.">
      <Stack>
        <Group align="flex-end" gap="xs">
          {product.test.may_choose && !own && (
            <Select
              label="Event type" data={types.data?.map(type => type.name) ?? [chosen]} value={chosen} onChange={value => value && setChosen(value)} searchable allowDeselect={false} w={280} maw="100%"
              classNames={{ input: 'nova-mono' }}
            />
          )}
          <Button leftSection={<IconSend size={15} />} loading={test.isPending} onClick={() => test.mutate()}>{words.test}</Button>
        </Group>
        <Refused error={test.error} />
        {test.data && <Outcome delivery={test.data} />}
      </Stack>
    </Panel>
  );
}

function Outcome({ delivery }: { delivery: DeliveryDetail }) {
  const { account, environment } = useHere();
  const attempt = delivery.attempts.at(-1);
  if (!attempt) return <Alert color="gray">{delivery.error_message ?? 'It was not sent.'}</Alert>;
  const good = delivery.status === 'delivered';
  const cause = causeOf(attempt);
  return (
    <Stack role="status" aria-label="Result of the test">
      <Alert variant="light" color={good ? 'teal' : 'red'} title={good ? `It arrived: ${attempt.status_code} in ${millis(attempt.duration_ms)}` : cause?.text ?? 'It did not arrive.'}>
        {good
          ? <>The receiver took it. A receiver of <LinkText to="/$account/$environment/verify" params={{ account, environment }} size="sm" td="underline">Verify signatures</LinkText> answers so only where the signature is right; of another, only its own log says whether it looked.</>
          : <>{cause?.advice} {attempt.status_code === 401 && <LinkText to="/$account/$environment/verify" params={{ account, environment }} search={{ delivery: delivery.id }} size="sm" td="underline">Find the mistake</LinkText>} Nothing was retried: a test is sent once.</>}
      </Alert>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Text fw={600} size="sm" mb={6}>Request</Text>
          <Stack gap="xs"><CodeBlock text={headerText(attempt.request_headers)} label="request headers" maxHeight={190} /><JsonTree text={delivery.payload_text ?? ''} label="Request body" /></Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Text fw={600} size="sm" mb={6}>Response {attempt.status_code ?? ''}</Text>
          <Stack gap="xs">{attempt.status_code && <CodeBlock text={headerText(attempt.response_headers)} label="response headers" maxHeight={190} />}<AnswerBody attempt={attempt} /></Stack>
        </Grid.Col>
      </Grid>
      <Waterfall timings={attempt.timings} />
    </Stack>
  );
}
