import { Alert, Anchor, Button, Group, Menu, Stack, Text, ActionIcon } from '@mantine/core';
import { IconDots, IconEdit, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import type { Webhook } from '../../api/types';
import { Confirm } from '../../widgets/Confirm';
import { CopyIcon } from '../../widgets/Copy';
import { Failed, Loaded } from '../../widgets/Empty';
import { LinkButton } from '../../widgets/links';
import { inSentence } from '../../widgets/inSentence';
import { Facts, Page, Panel } from '../../widgets/Page';
import { refused, told } from '../../widgets/tell';
import { When } from '../../widgets/When';
import { LastDeliveries } from '../deliveries/LastDeliveries';
import { ReplayPanel } from '../replays/ReplayPanel';
import { Place } from './Place';
import { webhookQuery } from './queries';
import { SecretPanel } from './SecretPanel';
import { TestPanel } from './TestPanel';
import { WebhookForm, type WebhookBody } from './WebhookForm';
import { EventBadges } from './WebhookList';
import { WebhookState, whyDisabled } from './WebhookState';

const route = getRouteApi('/$account/$environment/webhooks/$endpoint');

export default function WebhookPage() {
  const { endpoint } = route.useParams();
  const here = useHere();
  const { words, account, environment } = here;
  const query = useQuery(webhookQuery(here, endpoint));
  if (query.isError && !query.data) {
    return (
      <Page title={words.endpoint} above={<Place />}>
        <div className="nova-panel"><Failed error={query.error} onRetry={() => void query.refetch()} elsewhere={<LinkButton variant="default" to="/$account/$environment/webhooks" params={{ account, environment }}>All {inSentence(words.endpoints)}</LinkButton>} /></div>
      </Page>
    );
  }
  return <Loaded query={query}>{webhook => <Detail webhook={webhook} />}</Loaded>;
}

function Detail({ webhook }: { webhook: Webhook }) {
  const { api, words, product, account, environment, may } = useHere();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const [editing, setEditing] = useState(false);
  const [asking, setAsking] = useState<'disable' | 'delete'>();
  const path = { path: { id: webhook.id } };
  const change = async (body: Partial<WebhookBody>) => {
    await take(api.PATCH('/v1/webhooks/{id}', { params: path, body }));
    await refresh('webhooks');
  };
  const enable = useMutation({ mutationFn: () => change({ enabled: true }), onSuccess: () => told('Enabled. New events are sent from now on.'), onError: refused });
  const toList = () => navigate({ to: '/$account/$environment/webhooks', params: { account, environment } });
  const title = webhook.name ?? webhook.url.replace(/^https?:\/\//, '');
  const why = webhook.enabled ? undefined : whyDisabled(webhook.disabled_reason, product.delivery.disabled_after_failures);
  const noun = words.endpoint.toLowerCase();
  return (
    <Page
      title={title} above={<Place below={title} />}
      about={<Group gap="md"><WebhookState webhook={webhook} /><Group gap={4} wrap="nowrap" miw={0}><Text size="sm" className="nova-mono nova-cut">{webhook.url}</Text><CopyIcon text={webhook.url} label="Copy the URL" /></Group></Group>}
      actions={
        <>
          <LinkButton variant="default" to="/$account/$environment/deliveries" params={{ account, environment }} search={{ endpoint: webhook.id }}>Deliveries</LinkButton>
          {may.manage && (
            <>
              {webhook.enabled
                ? <Button variant="default" leftSection={<IconPlayerPause size={15} />} onClick={() => setAsking('disable')}>Disable</Button>
                : <Button leftSection={<IconPlayerPlay size={15} />} loading={enable.isPending} onClick={() => enable.mutate()}>Enable</Button>}
              <Menu position="bottom-end" shadow="md">
                <Menu.Target><ActionIcon variant="default" size={36} aria-label={`More about this ${noun}`}><IconDots size={17} /></ActionIcon></Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => setEditing(true)}>Edit</Menu.Item>
                  <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={() => setAsking('delete')}>Delete</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </>
          )}
        </>
      }
    >
      <Stack>
        {why && <Alert variant="light" color="red" title={why.title}>{why.text} <When at={webhook.disabled_at} none="" /></Alert>}
        {editing
          ? (
            <Panel title={`Edit the ${noun}`}>
              <WebhookForm webhook={webhook} verb="Save" onCancel={() => setEditing(false)} onSave={async body => { await change(body); setEditing(false); told('Saved. Deliveries from now on go by it.'); }} />
            </Panel>
          )
          : (
            <Panel title="Details" actions={may.manage && <Button variant="default" size="xs" leftSection={<IconEdit size={14} />} onClick={() => setEditing(true)}>Edit</Button>}>
              <Facts facts={[
                ['Events', <EventBadges key="events" events={webhook.events} most={20} />],
                ...(product.endpoints.has_description ? [['Description', webhook.description ?? '–'] as [string, string]] : []),
                ...(product.endpoints.has_headers ? [['Custom headers', <Headers key="headers" headers={webhook.headers} />] as [string, React.ReactNode]] : []),
                ['ID', <Group key="id" gap={4}><span className="nova-mono">{webhook.id}</span><CopyIcon text={webhook.id} label="Copy the id" /></Group>],
                ['Created', <When key="created" at={webhook.created_at} />],
              ]} />
            </Panel>
          )}
        <SecretPanel webhook={webhook} />
        {may.manage && <TestPanel webhook={webhook} />}
        <LastDeliveries endpoint={webhook.id} />
        <ReplayPanel webhook={webhook} />
      </Stack>
      {asking === 'disable' && (
        <Confirm title={`Disable this ${noun}?`} verb="Disable" onClose={() => setAsking(undefined)} onConfirm={async () => { await change({ enabled: false }); told('Disabled. Nothing more is sent to it.'); }}>
          Nothing more is sent to it, within a second. Deliveries that wait for a retry end as failed. Events that happen while it is disabled are not sent later by themselves; you can replay them.
        </Confirm>
      )}
      {asking === 'delete' && (
        <Confirm title={`Delete this ${noun}?`} verb="Delete" onClose={() => setAsking(undefined)} onConfirm={async () => {
          await take(api.DELETE('/v1/webhooks/{id}', { params: path }));
          await toList();
          await refresh('webhooks', 'product');
          told('Deleted.');
        }}>
          Nothing more is sent to <Anchor component="span" className="nova-mono" inherit c="inherit">{webhook.url}</Anchor>, and its secret is gone for good. Its past deliveries stay in the history.
        </Confirm>
      )}
    </Page>
  );
}

function Headers({ headers }: { headers: Record<string, string> | null | undefined }) {
  const rows = Object.entries(headers ?? {});
  if (rows.length === 0) return <span className="nova-soft">none</span>;
  return <Stack gap={2}>{rows.map(([name, value]) => <span key={name} className="nova-mono">{name}: {value}</span>)}</Stack>;
}
