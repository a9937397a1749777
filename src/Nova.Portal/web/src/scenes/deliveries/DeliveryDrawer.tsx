import { Accordion, Alert, Badge, Button, Group, Stack, Tabs, Text, Tooltip } from '@mantine/core';
import { IconRepeat, IconTerminal2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useHere } from '../../api/scope';
import type { Attempt, DeliveryDetail } from '../../api/types';
import { CodeBlock } from '../../widgets/CodeBlock';
import { CopyButton, CopyIcon } from '../../widgets/Copy';
import { Drawer } from '../../widgets/Dialog';
import { Loaded } from '../../widgets/Empty';
import { JsonTree } from '../../widgets/json/JsonTree';
import { LinkText } from '../../widgets/links';
import { Facts } from '../../widgets/Page';
import { DeliveryStatus, Status } from '../../widgets/Status';
import { Countdown, Exactly, millis, When } from '../../widgets/When';
import { EventName, EventTitleAndName } from '../webhooks/EventName';
import { AnswerBody } from './AnswerBody';
import { causeOf, whoseWords } from './cause';
import { bytesOf } from './bytes';
import { Compare } from './Compare';
import { curlOf } from './curl';
import { EditAndResend } from './EditAndResend';
import { ExactBytes } from './ExactBytes';
import { headerText } from './headerText';
import { Journey } from './Journey';
import { deliveryQuery } from './queries';
import { eventTypesQuery } from '../webhooks/queries';
import { useRetry } from './useRetry';
import { Waterfall } from './Waterfall';

const route = getRouteApi('/$account/$environment/deliveries/$delivery');

/** One delivery, beside the list that it is from. It has its own address. */
export default function DeliveryDrawer() {
  const here = useHere();
  const { account, environment } = here;
  const { delivery: id } = route.useParams();
  const navigate = useNavigate();
  const query = useQuery(deliveryQuery(here, id));
  return (
    <Drawer from={() => document.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"] a`)}
      opened onClose={() => void navigate({ to: '/$account/$environment/deliveries', params: { account, environment }, search: true })} position="right" size={780} padding="lg"
      title={<Text fw={620} fz="lg">{query.data ? <EventName name={query.data.event} /> : 'Delivery'}</Text>} overlayProps={{ backgroundOpacity: 0.25 }} transitionProps={{ duration: 120 }}
    >
      <Loaded query={query} rows={8}>{delivery => <Detail key={delivery.id} delivery={delivery} />}</Loaded>
    </Drawer>
  );
}

function Detail({ delivery }: { delivery: DeliveryDetail }) {
  const { words, product, account, environment, may } = useHere();
  const retry = useRetry();
  const planned = product.delivery.retry_delays_seconds.length;
  const last = delivery.attempts.at(-1);
  const cause = delivery.status !== 'delivered' && last ? causeOf(last) : undefined;
  const payload = delivery.payload_text ?? '';
  const bytes = useMemo(() => bytesOf(payload), [payload]);
  const [tab, setTab] = useState<string | null>(delivery.status === 'failed' ? 'attempts' : 'payload');
  const [opened, setOpened] = useState<string | null>(last ? String(last.number) : null);
  const masked = last?.request_headers.some(header => header.value.includes('****'));
  const moved = last !== undefined && !last.url;
  const mayEdit = useMayEdit(delivery);
  const curl = () => curlOf(last?.url ?? delivery.endpoint_url ?? '', last?.request_headers ?? [{ name: 'Content-Type', value: 'application/json' }], payload);
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Group gap="xs"><DeliveryStatus delivery={delivery} />{delivery.trigger !== 'event' && <Badge variant="default" size="sm" tt="none">{delivery.trigger}</Badge>}</Group>
        <Group gap="xs">
          <Tooltip label={`Signed as it was sent${masked ? '. Put in the credentials that are masked.' : ': same headers, same bytes.'}${moved ? ' It goes to the URL of now.' : ''}`}>
            <span><CopyButton text={curl} leftSection={<IconTerminal2 size={14} />}>Copy as curl</CopyButton></span>
          </Tooltip>
          {may.replay && delivery.trigger !== 'test' && (delivery.status === 'failed' || delivery.status === 'delivered') && (
            <Button size="xs" variant={delivery.status === 'failed' ? 'filled' : 'default'} leftSection={<IconRepeat size={14} />} onClick={() => retry.ask(delivery)}>Retry Delivery</Button>
          )}
        </Group>
      </Group>
      {(cause || (delivery.status === 'failed' && delivery.error_message)) && (
        <Alert variant="light" color={delivery.status === 'failed' ? 'red' : 'orange'} title={cause?.text ?? delivery.error_message}>
          {cause ? <>This is {whoseWords[cause.whose]}. {cause.advice}</> : 'It was not sent any more.'}
        </Alert>
      )}
      <Facts facts={[
        ['Event type', <EventTitleAndName key="type" name={delivery.event} />],
        [words.endpoint, (
          <div key="endpoint"><LinkText to="/$account/$environment/webhooks/$endpoint" params={{ account, environment, endpoint: delivery.endpoint_id }} size="sm" className="nova-mono">{delivery.endpoint_url ?? delivery.endpoint_id}</LinkText>
            {moved && delivery.endpoint_url && <Text size="xs" c="dimmed">Its URL of now. It was changed since the last attempt, or about then.</Text>}
          </div>
        )],
        [words.tenant, delivery.tenant ?? '–'],
        ['Attempts', <span key="attempts" className="nova-num">{delivery.attempt_count}{delivery.trigger !== 'test' && ` of at most ${planned}`}</span>],
        ['Created', <Group key="created" gap={8}><Exactly at={delivery.created_at} /><span className="nova-soft">(<When at={delivery.created_at} />)</span></Group>],
        ...(delivery.next_attempt_at ? [['Next attempt', <Group key="next" gap={8}><Countdown to={delivery.next_attempt_at} /><span className="nova-soft"><Exactly at={delivery.next_attempt_at} /></span></Group>] as [string, React.ReactNode]] : []),
        ...(delivery.finished_at ? [[delivery.status === 'delivered' ? 'Delivered' : 'Ended', <Exactly key="end" at={delivery.finished_at} />] as [string, React.ReactNode]] : []),
        ...(delivery.replay_of ? [['Replay of', <LinkText key="of" to="/$account/$environment/deliveries/$delivery" params={{ account, environment, delivery: delivery.replay_of }} search={true} size="sm" className="nova-mono">{delivery.replay_of}</LinkText>] as [string, React.ReactNode]] : []),
        ['Delivery', <Id key="id" id={delivery.id} what="delivery" />],
        ['Event', <Id key="event" id={delivery.event_id} what="event" />],
      ]} />
      <Journey delivery={delivery} onAttempt={number => { setOpened(String(number)); setTab('attempts'); }} />
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="payload">Request Payload</Tabs.Tab>
          <Tabs.Tab value="sent">As sent</Tabs.Tab>
          <Tabs.Tab value="attempts">Attempt History ({delivery.attempts.length})</Tabs.Tab>
          {delivery.attempts.length > 1 && <Tabs.Tab value="compare">Compare</Tabs.Tab>}
          {mayEdit && <Tabs.Tab value="resend">Edit and resend</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="payload" pt="md">
          <Stack gap="xs">
            <Group justify="space-between"><Text size="xs" c="dimmed">The body as it is sent with every attempt, byte for byte.</Text><CopyButton text={payload}>Copy</CopyButton></Group>
            <JsonTree text={payload} label="Request payload" />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="sent" pt="md">
          <Stack gap="sm">
            {last
              ? <><Text size="xs" c="dimmed">The head of attempt {last.number}{masked && ', with credentials masked'}. Times and signatures are made for each attempt anew.</Text><CodeBlock text={requestHead(last)} label="request head" />{moved && <Text size="xs" c="dimmed">The endpoint’s URL was changed since, or about then: which path it was sent to is not on record.</Text>}</>
              : <Text size="sm" c="dimmed">It has not been sent yet.</Text>}
            <ExactBytes bytes={bytes} text={payload} label="request body" file={`${delivery.id}.json`} />
            {last && <LinkText to="/$account/$environment/verify" params={{ account, environment }} search={{ delivery: delivery.id }} size="sm">Check its signature</LinkText>}
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="attempts" pt="md"><Attempts delivery={delivery} opened={opened} onOpen={setOpened} said={cause && last?.number} /></Tabs.Panel>
        {delivery.attempts.length > 1 && <Tabs.Panel value="compare" pt="md"><Compare attempts={delivery.attempts} /></Tabs.Panel>}
        {mayEdit && <Tabs.Panel value="resend" pt="md" keepMounted><EditAndResend delivery={delivery} /></Tabs.Panel>}
      </Tabs>
      {retry.dialog}
    </Stack>
  );
}

/** Whether its data can be edited and sent again: in the sandbox, by whoever may send tests, while its endpoint and its event type are there. */
function useMayEdit(delivery: DeliveryDetail): boolean {
  const here = useHere();
  const asks = here.environment === 'sandbox' && here.may.manage && Boolean(delivery.endpoint_url);
  const types = useQuery({ ...eventTypesQuery(here), enabled: asks });
  return asks && types.data?.some(type => type.name === delivery.event) === true;
}

/** The request line and the headers, as they went over the wire; without the path where it is not on record. */
function requestHead(attempt: Attempt): string {
  const target = attempt.url && URL.canParse(attempt.url) ? new URL(attempt.url) : undefined;
  return `POST ${target ? target.pathname + target.search : '…'} HTTP/1.1\n${headerText(attempt.request_headers)}`;
}

/** @param said the attempt whose cause stands above already */
function Attempts({ delivery, opened, onOpen, said }: { delivery: DeliveryDetail; opened: string | null; onOpen: (number: string | null) => void; said?: number }) {
  if (delivery.attempts.length === 0) return <Text size="sm" c="dimmed">{delivery.next_attempt_at ? <>The first attempt is made <Countdown to={delivery.next_attempt_at} />.</> : 'It has not been sent.'}</Text>;
  const newest = [...delivery.attempts].reverse();
  return (
    <Stack gap="xs">
      {delivery.next_attempt_at && <Alert variant="light" color="orange" p="xs">Attempt {delivery.attempt_count + 1} is made <Countdown to={delivery.next_attempt_at} />.</Alert>}
      <Accordion variant="separated" value={opened} onChange={onOpen} chevronPosition="left" multiple={false}>
        {newest.map(attempt => (
          <Accordion.Item key={attempt.number} value={String(attempt.number)}>
            <Accordion.Control><AttemptLine attempt={attempt} /></Accordion.Control>
            <Accordion.Panel><AttemptDetail attempt={attempt} said={attempt.number === said} /></Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Stack>
  );
}

function AttemptLine({ attempt }: { attempt: Attempt }) {
  const good = attempt.outcome === 'delivered';
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm" pr="xs">
      <Group gap="sm" wrap="nowrap" miw={0}>
        <Text size="sm" fw={550} className="nova-num">#{attempt.number}</Text>
        <Status kind={good ? 'delivered' : 'failed'} word={attempt.status_code ? String(attempt.status_code) : good ? 'Delivered' : attempt.outcome.replaceAll('_', ' ')} />
        <Text size="sm" c="dimmed" className="nova-num">{millis(attempt.duration_ms)}</Text>
      </Group>
      <Text size="sm" c="dimmed"><When at={attempt.started_at} /></Text>
    </Group>
  );
}

function AttemptDetail({ attempt, said }: { attempt: Attempt; said: boolean }) {
  const cause = said ? undefined : causeOf(attempt);
  return (
    <Stack gap="sm">
      {cause && <Text size="sm">{cause.text} <span className="nova-soft">It is {whoseWords[cause.whose]}. {cause.advice}</span></Text>}
      <Facts facts={[['Started', <Exactly key="s" at={attempt.started_at} />]]} />
      <Waterfall timings={attempt.timings} />
      {attempt.repeated && <Text size="xs" c="dimmed">A reused connection had died before any answer; the request was repeated at once on a fresh one.</Text>}
      <Text size="sm" fw={550}>Response headers</Text>
      {attempt.response_headers.length > 0 ? <CodeBlock text={headerText(attempt.response_headers)} label="response headers" maxHeight={220} /> : <Text size="sm" c="dimmed">None came.</Text>}
      <Text size="sm" fw={550}>Response body</Text>
      <AnswerBody attempt={attempt} />
    </Stack>
  );
}

function Id({ id, what }: { id: string; what: string }) {
  return <Group gap={4} wrap="nowrap"><span className="nova-mono nova-cut">{id}</span><CopyIcon text={id} label={`Copy the ${what}'s id`} /></Group>;
}
