import { ActionIcon, Button, Group, Menu, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { IconDots, IconEdit, IconHistory, IconKey, IconPlayerPause, IconPlayerPlay, IconSend, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { useHere, useRefresh } from '../../api/scope';
import type { EventType, Webhook, WebhookHealth } from '../../api/types';
import { Confirm } from '../../widgets/Confirm';
import { Loaded, Refused } from '../../widgets/Empty';
import { HealthBars } from '../../widgets/HealthBars';
import { LinkText } from '../../widgets/links';
import { Page } from '../../widgets/Page';
import { Status } from '../../widgets/Status';
import { refused, told } from '../../widgets/tell';
import { ChooseSecret, secretFault } from './ChooseSecret';
import classes from './PerEventType.module.css';
import { Place } from './Place';
import { eventTypesQuery, healthQuery } from './queries';
import { TestPanel } from './TestPanel';
import { UrlField, urlFault } from './UrlField';
import { WebhookState } from './WebhookState';

/** A product in which each event type has one address and one key of its own: a row for each, whether it is set or not. */
export function PerEventType({ query }: { query: UseQueryResult<Webhook[]> }) {
  const here = useHere();
  const types = useQuery(eventTypesQuery(here));
  const health = useQuery(healthQuery(here));
  return (
    <Page title={here.words.endpoints} above={<Place />} about={`For each event: where Nova sends it, and the ${here.words.secret} it signs with. An event without an address is not sent.`}>
      <div className="nova-panel nova-scroll">
        <Loaded query={types}>{all => <Loaded query={query}>{webhooks => (
          <table className="nova-table">
            <thead><tr><th scope="col">Event</th><th scope="col" className="nova-wide">URL</th><th scope="col" className="nova-wide">{here.words.secret}</th><th scope="col">State</th><th scope="col" className="nova-wide">Last 24 h</th><td /></tr></thead>
            <tbody>{all.map(type => <Row key={type.name} type={type} webhook={webhooks.find(webhook => webhook.events.includes(type.name))} health={health.data} />)}</tbody>
          </table>
        )}</Loaded>}</Loaded>
      </div>
    </Page>
  );
}

function Row({ type, webhook, health }: { type: EventType; webhook?: Webhook; health?: Map<string, WebhookHealth> }) {
  const own = webhook && health?.get(webhook.id);
  const { api, words, account, environment, may } = useHere();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const [open, setOpen] = useState<'edit' | 'secret' | 'test' | 'remove'>();
  const close = () => setOpen(undefined);
  const params = webhook && { path: { id: webhook.id } };
  const change = async (body: { enabled?: boolean; url?: string }) => { await take(api.PATCH('/v1/webhooks/{id}', { params: params!, body })); await refresh('webhooks'); };
  const toggle = useMutation({ mutationFn: () => change({ enabled: !webhook!.enabled }), onError: refused });
  const url = webhook
    ? <LinkText to="/$account/$environment/webhooks/$endpoint" params={{ account, environment, endpoint: webhook.id }} className="nova-mono nova-cut" display="block" size="sm">{webhook.url}</LinkText>
    : <Text size="sm" c="dimmed">not set</Text>;
  return (
    <tr>
      <td className={classes.type}>
        <Text size="sm" fw={550} className="nova-mono">{type.name}</Text>
        <Text size="xs" c="dimmed">{type.description}</Text>
        <div className="nova-narrow">{url}</div>
      </td>
      <td className="nova-wide" style={{ maxWidth: 360 }}>{url}</td>
      <td className="nova-wide">{webhook ? <span className="nova-mono nova-soft">••••••••</span> : <span className="nova-soft">–</span>}</td>
      <td>{webhook ? <WebhookState webhook={webhook} /> : <Status kind="disabled" word="Not sent" />}</td>
      <td className="nova-wide">{own && <HealthBars series={own.series} label="Last 24 hours" />}</td>
      <td style={{ textAlign: 'right', width: 1 }}>
        {!webhook && may.manage && <Button size="xs" variant="default" onClick={() => setOpen('edit')}>{words.create}</Button>}
        {webhook && (
          <Menu position="bottom-end" shadow="md" width={210}>
            <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={`More about ${type.name}`}><IconDots size={17} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              {may.manage && <Menu.Item leftSection={<IconSend size={15} />} onClick={() => setOpen('test')}>{words.test}</Menu.Item>}
              <Menu.Item leftSection={<IconHistory size={15} />} onClick={() => void navigate({ to: '/$account/$environment/deliveries', params: { account, environment }, search: { endpoint: webhook.id } })}>Deliveries</Menu.Item>
              {may.manage && (
                <>
                  <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => setOpen('edit')}>Change the URL</Menu.Item>
                  <Menu.Item leftSection={<IconKey size={15} />} onClick={() => setOpen('secret')}>Change the {words.secret}</Menu.Item>
                  <Menu.Item leftSection={webhook.enabled ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />} onClick={() => toggle.mutate()}>{webhook.enabled ? 'Disable' : 'Enable'}</Menu.Item>
                  <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={() => setOpen('remove')}>Remove the URL</Menu.Item>
                </>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
        {open === 'edit' && <Edit type={type} webhook={webhook} onClose={close} />}
        {open === 'secret' && <ChooseSecret onClose={close} onSave={async secret => { await take(api.POST('/v1/webhooks/{id}/secret/rotate', { params: params!, body: { secret } })); await refresh('webhooks'); }} />}
        {open === 'test' && webhook && <Modal opened onClose={close} size="xl" title={<Text fw={600}>{words.test}: <span className="nova-mono">{type.name}</span></Text>}><div style={{ textAlign: 'left' }}><TestPanel webhook={webhook} /></div></Modal>}
        {open === 'remove' && (
          <Confirm title={`Remove the URL of ${type.name}?`} verb="Remove" onClose={close} onConfirm={async () => { await take(api.DELETE('/v1/webhooks/{id}', { params: params! })); await refresh('webhooks', 'product'); told('Removed.'); }}>
            Deliveries to it stop at once; those that wait for a retry end as failed. {type.name} is not sent any more until a URL is set.
          </Confirm>
        )}
      </td>
    </tr>
  );
}

function Edit({ type, webhook, onClose }: { type: EventType; webhook?: Webhook; onClose: () => void }) {
  const { api, words, product } = useHere();
  const refresh = useRefresh();
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [secret, setSecret] = useState('');
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: async () => {
      if (webhook) await take(api.PATCH('/v1/webhooks/{id}', { params: { path: { id: webhook.id } }, body: { url: url.trim() } }));
      else await take(api.POST('/v1/webhooks', { body: { url: url.trim(), events: [type.name], ...(product.secret.chosen_by_customer && { secret }) } }));
      await refresh('webhooks', 'product');
    },
    onSuccess: () => { told(`${type.name} is sent there from now on.`); onClose(); },
  });
  const problem = save.error instanceof ApiProblem ? save.error : undefined;
  const urlError = problem?.fields.url ?? (problem?.kind.startsWith('url') ? problem.message : undefined);
  const asksSecret = !webhook && product.secret.chosen_by_customer;
  const fault = secretFault(secret, product.secret.length);
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>{webhook ? 'Change the URL' : words.create}: <span className="nova-mono">{type.name}</span></Text>}>
      <form noValidate style={{ textAlign: 'left' }} onSubmit={event => { event.preventDefault(); setTried(true); if (url.trim() && !urlFault(url, product.egress.allows_http) && (!asksSecret || (secret && !fault))) save.mutate(); }}>
        <Stack>
          {problem && !urlError && !problem.fields.secret && <Refused error={problem} />}
          <UrlField label="Webhook URL" value={url} onChange={value => { setUrl(value); save.reset(); }} error={urlError ?? (tried && !url.trim() ? 'Where is it to be sent?' : undefined)} autoFocus />
          {asksSecret && (
            <PasswordInput
              label={words.secret} required autoComplete="off" value={secret} onChange={event => setSecret(event.currentTarget.value)} error={problem?.fields.secret ?? fault ?? (tried && !secret ? 'Choose one.' : undefined)}
              description="A secret of your choice. Nova signs with it and sends it along; your receiver checks both."
            />
          )}
          {webhook && <Text size="sm" c="dimmed">Deliveries to the old URL stop at once.</Text>}
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={save.isPending}>Save</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
