import { Group, Stack } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { getRouteApi, Navigate, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { useHere, useRefresh } from '../../api/scope';
import type { Webhook } from '../../api/types';
import { NoneYet } from '../../widgets/Empty';
import { LinkButton } from '../../widgets/links';
import { inSentence } from '../../widgets/inSentence';
import { Page, Panel } from '../../widgets/Page';
import { ShownOnce } from '../../widgets/ShownOnce';
import { FirstReceiver } from './FirstReceiver';
import { Place } from './Place';
import { TestPanel } from './TestPanel';
import { WebhookForm, type WebhookBody } from './WebhookForm';

const route = getRouteApi('/$account/$environment/webhooks/new');

/** Makes an endpoint; then shows its secret, and sends it a first test. */
export default function NewWebhook() {
  const { api, words, product, account, environment, may } = useHere();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const begin = route.useSearch();
  const [made, setMade] = useState<Webhook>();
  const create = async (body: WebhookBody) => {
    const webhook = await take(api.POST('/v1/webhooks', { body }));
    await refresh('webhooks', 'product');
    setMade(webhook);
  };
  // Where each event type has an address of its own, it is given in the row of the type.
  if (product.endpoints.model === 'one_per_event_type') return <Navigate to="/$account/$environment/webhooks" params={{ account, environment }} replace />;
  if (!may.manage) {
    return (
      <Page title={words.create} above={<Place below={words.create} />} width={760}>
        <div className="nova-panel">
          <NoneYet icon={<IconLock size={22} />} title="Admins do this" action={<LinkButton variant="default" to="/$account/$environment/webhooks" params={{ account, environment }}>{words.endpoints}</LinkButton>}>You see everything here, and change nothing.</NoneYet>
        </div>
      </Page>
    );
  }
  if (made) {
    return (
      <Page title="Ready to receive" above={<Place below={made.name ?? made.url} />} about={<span className="nova-mono">{made.url}</span>} width={760}>
        <Stack>
          {made.secret && <ShownOnce value={made.secret} label={inSentence(words.secret)} again={product.secret.shown === 'on_demand'} />}
          {made.public_key && <ShownOnce value={made.public_key} label="public key" again />}
          {made.secret && <FirstReceiver url={made.url} secret={made.secret} />}
          <TestPanel webhook={made} />
          <Group><LinkButton to="/$account/$environment/webhooks/$endpoint" params={{ account, environment, endpoint: made.id }}>Done</LinkButton></Group>
        </Stack>
      </Page>
    );
  }
  return (
    <Page title={words.create} above={<Place below={words.create} />} width={760}>
      <Panel>
        <WebhookForm begin={begin} verb={words.create} onSave={create} onCancel={() => void navigate({ to: '/$account/$environment/webhooks', params: { account, environment } })} />
      </Panel>
    </Page>
  );
}
