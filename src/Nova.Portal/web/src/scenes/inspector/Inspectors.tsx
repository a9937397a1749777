import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconInbox, IconPlus, IconSend, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import type { Inspector } from '../../api/types';
import { CodeBlock } from '../../widgets/CodeBlock';
import { Confirm } from '../../widgets/Confirm';
import { CopyButton } from '../../widgets/Copy';
import { Loaded, NoneYet } from '../../widgets/Empty';
import { LinkButton, LinkText } from '../../widgets/links';
import { Page, Panel } from '../../widgets/Page';
import { refused, told } from '../../widgets/tell';
import { webhooksQuery } from '../webhooks/queries';
import { inspectorsQuery } from './queries';
import { ForOneType } from './ForOneType';
import { Requests } from './Requests';
import classes from './Inspectors.module.css';

const route = getRouteApi('/$account/$environment/inspector');

/** A receiver that Nova has built in: what it sends can be looked at without a server. */
export default function Inspectors() {
  const here = useHere();
  const { account, environment, api, may } = here;
  const refresh = useRefresh();
  const navigate = useNavigate();
  const { id } = route.useSearch();
  const query = useQuery(inspectorsQuery(here));
  const open = (chosen?: string) => navigate({ to: '/$account/$environment/inspector', params: { account, environment }, search: { id: chosen }, replace: true });
  const make = useMutation({
    mutationFn: () => take(api.POST('/v1/inspectors')),
    onSuccess: async made => { await refresh('inspectors'); await open(made.id); },
    onError: refused,
  });
  const about = 'A built-in address: it shows what is sent to it, and whether it verifies. No server of yours is needed.';
  if (environment !== 'sandbox') {
    return (
      <Page title="Inspector" about={about}>
        <div className="nova-panel">
          <NoneYet icon={<IconInbox size={22} />} title="The inspector is in the sandbox" action={here.session.kind === 'user' || !here.session.environment ? <LinkButton to="/$account/$environment/inspector" params={{ account, environment: 'sandbox' }}>Go to the sandbox</LinkButton> : undefined}>
            It keeps what comes in for everybody of this account to see. That is for events that you make up, not for those of your customers.
          </NoneYet>
        </div>
      </Page>
    );
  }
  const chosen = query.data?.find(each => each.id === id) ?? query.data?.[0];
  return (
    <Page
      title="Inspector" about={about}
      actions={query.data && query.data.length > 0 && (
        <>
          {query.data.length > 1 && (
            <Select aria-label="Which inspector" size="xs" w={210} allowDeselect={false} value={chosen!.id} onChange={value => value && void open(value)} data={query.data.map((each, index) => ({ value: each.id, label: `${query.data.length - index}. …${each.url.slice(-10)}` }))} />
          )}
          {may.manage && query.data.length < 5 && <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} loading={make.isPending} onClick={() => make.mutate()}>Another URL</Button>}
        </>
      )}
    >
      <Loaded query={query} rows={4}>{inspectors => inspectors.length === 0 || !chosen
        ? (
          <div className="nova-panel">
            <NoneYet icon={<IconInbox size={22} />} title="Look at an event before you have a server" action={may.manage && <Button loading={make.isPending} onClick={() => make.mutate()}>Give me a URL</Button>}>
              You get a built-in address. What is sent there is shown here a moment later, with every header, the exact body, and whether its signature verifies.
              {!may.manage && ' An admin of this account can make one.'}
            </NoneYet>
          </div>
        )
        : <One key={chosen.id} inspector={chosen} onDeleted={() => void open()} />}
      </Loaded>
    </Page>
  );
}

function One({ inspector, onDeleted }: { inspector: Inspector; onDeleted: () => void }) {
  const here = useHere();
  const { api, may, account, environment, words, product } = here;
  const refresh = useRefresh();
  const [asking, setAsking] = useState(false);
  const webhooks = useQuery(webhooksQuery(here));
  const pointing = webhooks.data?.filter(webhook => webhook.url === inspector.url) ?? [];
  const perType = product.endpoints.model === 'one_per_event_type';
  const simple = !perType && !product.secret.chosen_by_customer;
  const subscribe = useMutation({
    mutationFn: () => take(api.POST('/v1/webhooks', { body: { url: inspector.url, events: ['*'], ...(product.endpoints.has_name && { name: 'Inspector' }) } as never })),
    onSuccess: async () => { await refresh('webhooks', 'product'); told('Everything that happens here is sent to it from now on.'); },
    onError: refused,
  });
  const test = useMutation({
    mutationFn: () => take(api.POST('/v1/webhooks/{id}/test', { params: { path: { id: pointing[0]!.id } }, body: {} })),
    onSuccess: () => refresh('inspectors', 'deliveries', 'events'),
    onError: refused,
  });
  return (
    <Stack gap={12}>
      <Panel
        title="Its address"
        about={pointing.length > 0 ? <>Your {words.endpoint.toLowerCase()} <LinkText to="/$account/$environment/webhooks/$endpoint" params={{ account, environment, endpoint: pointing[0]!.id }} size="sm" td="underline">{pointing[0]!.name ?? 'of this address'}</LinkText> sends here.</> : 'Nothing is sent here yet.'}
        actions={may.manage && (
          <>
            {webhooks.data && pointing.length === 0 && (simple
              ? <Button size="xs" leftSection={<IconPlus size={14} />} loading={subscribe.isPending} onClick={() => subscribe.mutate()}>Send every event here</Button>
              : perType ? <ForOneType inspector={inspector} />
              : <LinkButton size="xs" to="/$account/$environment/webhooks/new" params={{ account, environment }} search={{ url: inspector.url }}>{words.create}</LinkButton>)}
            {pointing.length > 0 && <Button size="xs" leftSection={<IconSend size={14} />} loading={test.isPending} onClick={() => test.mutate()}>{words.test}</Button>}
            <Button size="xs" variant="default" leftSection={<IconTrash size={14} />} onClick={() => setAsking(true)}>Delete</Button>
          </>
        )}
      >
        <div className={classes.url}><code data-testid="inspector-url">{inspector.url}</code><CopyButton text={inspector.url}>Copy</CopyButton></div>
        {pointing.length === 0 && (
          <details style={{ marginTop: 10 }}>
            <summary style={{ cursor: 'pointer', fontSize: '0.8125rem' }} className="nova-soft">Or send to it yourself</summary>
            <div style={{ marginTop: 8 }}><CodeBlock text={`curl ${inspector.url} \\\n  -H 'Content-Type: application/json' \\\n  -d '{"hello":"world"}'`} label="curl command" /></div>
          </details>
        )}
      </Panel>
      <Requests inspector={inspector} />
      {asking && (
        <Confirm title="Delete this inspector?" verb="Delete" onClose={() => setAsking(false)} onConfirm={async () => {
          await take(api.DELETE('/v1/inspectors/{id}', { params: { path: { id: inspector.id } } }));
          await refresh('inspectors');
          onDeleted();
        }}>
          What it keeps is gone, and its address takes nothing more.
          {pointing.length > 0 && <Text size="sm" mt={6}>The {words.endpoint.toLowerCase()} that sends there stays, and fails from then on: delete it, or give it another address.</Text>}
        </Confirm>
      )}
      <Group gap="xs"><Text size="xs" c="dimmed">It keeps the last 50 requests of 7 days. Whoever has the address can send to it.</Text></Group>
    </Stack>
  );
}
