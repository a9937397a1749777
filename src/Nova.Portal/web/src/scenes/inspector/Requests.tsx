import { Accordion, Alert, Stack, Text } from '@mantine/core';
import { IconCircleMinus, IconShieldCheckFilled, IconShieldX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useHere } from '../../api/scope';
import type { InspectedRequest, Inspector } from '../../api/types';
import { CodeBlock } from '../../widgets/CodeBlock';
import { Loaded } from '../../widgets/Empty';
import { JsonTree } from '../../widgets/json/JsonTree';
import { LinkText } from '../../widgets/links';
import { Panel } from '../../widgets/Page';
import { When } from '../../widgets/When';
import { headerText } from '../deliveries/headerText';
import { inspectedQuery } from './queries';
import classes from './Inspectors.module.css';

/** What came to an inspector, the newest first, as it comes. */
export function Requests({ inspector }: { inspector: Inspector }) {
  const query = useQuery(inspectedQuery(useHere(), inspector.id));
  return (
    <Panel title="What came" flush>
      <Loaded query={query} rows={3}>{requests => requests.length === 0
        ? <div className={classes.waiting} role="status"><span className={classes.pulse} aria-hidden="true" />It waits for the first request. Send a test, or let something happen.</div>
        : (
          <Accordion variant="default" className={classes.requests} chevronPosition="left" defaultValue={requests[0]!.id} styles={{ control: { paddingInline: 14 } }}>
            {requests.map(request => (
              <Accordion.Item key={request.id} value={request.id}>
                <Accordion.Control><Line request={request} /></Accordion.Control>
                <Accordion.Panel><Detail request={request} /></Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        )}
      </Loaded>
    </Panel>
  );
}

function Line({ request }: { request: InspectedRequest }) {
  return (
    <div className={classes.line}>
      <Verdict verified={request.verified} />
      <span className="nova-cut nova-mono nova-soft">{(request.body ?? 'binary').slice(0, 160)}</span>
      <span className="nova-soft"><When at={request.at} /></span>
    </div>
  );
}

function Verdict({ verified }: { verified: boolean | null | undefined }) {
  if (verified) return <span className={classes.verdict} data-tone="ok"><IconShieldCheckFilled size={16} aria-hidden="true" />Verified</span>;
  if (verified === false) return <span className={classes.verdict} data-tone="bad"><IconShieldX size={16} aria-hidden="true" />Does not verify</span>;
  return <span className={classes.verdict} data-tone="off"><IconCircleMinus size={16} aria-hidden="true" />Not checked</span>;
}

function Detail({ request }: { request: InspectedRequest }) {
  const { account, environment, words } = useHere();
  return (
    <Stack gap="sm">
      {request.verified === false && <Alert variant="light" color="red" p="sm" title={request.finding?.replaceAll('_', ' ')}>{request.detail}</Alert>}
      {request.verified && <Text size="sm">The signature is right.{request.webhook && <> It was made with the secret of <LinkText to="/$account/$environment/webhooks/$endpoint" params={{ account, environment, endpoint: request.webhook }} size="sm" td="underline">this {words.endpoint.toLowerCase()}</LinkText>.</>}</Text>}
      {(request.verified === null || request.verified === undefined) && <Text size="sm" c="dimmed">No {words.endpoint.toLowerCase()} pointed here, so that there was no secret to verify with.</Text>}
      <Text size="sm" fw={550}>Headers</Text>
      <CodeBlock text={headerText(request.headers)} label="request headers" wrap maxHeight={260} />
      <Text size="sm" fw={550}>Body</Text>
      {request.body === null || request.body === undefined
        ? <CodeBlock text={request.body_base64 ?? ''} label="body, as base64" wrap maxHeight={260} />
        : request.body === '' ? <Text size="sm" c="dimmed">Empty.</Text> : <JsonTree text={request.body} label="Request body" />}
    </Stack>
  );
}
