import { ActionIcon, Button, Group, Menu, PasswordInput, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconDots, IconEdit, IconHistory, IconKey, IconPlayerPause, IconPlayerPlay, IconSend, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { useHere, useRefresh } from '../../api/scope';
import type { EventType, Webhook, WebhookHealth } from '../../api/types';
import { Confirm } from '../../widgets/Confirm';
import { Modal } from '../../widgets/Dialog';
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

/** A product in which each event type has one address and one key of its own: a row for each, whether it is set or not; on a phone a card. */
export function PerEventType({ query }: { query: UseQueryResult<Webhook[]> }) {
  const here = useHere();
  const types = useQuery(eventTypesQuery(here));
  const health = useQuery(healthQuery(here));
  const narrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  return (
    <Page title={here.words.endpoints} above={<Place />} about={`For each event: where it is sent, and the ${here.words.secret} it is signed with. An event without an address is not sent.`}>
      <div className="nova-panel">
        <Loaded query={types}>{all => <Loaded query={query}>{webhooks => {
          const rows = all.map(type => <Row key={type.name} type={type} webhook={webhooks.find(webhook => webhook.events.includes(type.name))} health={health.data} narrow={narrow} />);
          return narrow ? <ul className={classes.cards}>{rows}</ul> : (
            <table className="nova-table">
              <thead><tr><th scope="col">Event</th><th scope="col">URL</th><th scope="col">{here.words.secret}</th><th scope="col">State</th><th scope="col">Last 24 h</th><td /></tr></thead>
              <tbody>{rows}</tbody>
            </table>
          );
        }}</Loaded>}</Loaded>
      </div>
    </Page>
  );
}

function Row({ type, webhook, health, narrow }: { type: EventType; webhook?: Webhook; health?: Map<string, WebhookHealth>; narrow: boolean }) {
  const own = webhook && health?.get(webhook.id);
  const { account, environment, words, may } = useHere();
  const [open, setOpen] = useState<Act>();
  const name = <Text size="sm" fw={550} className="nova-mono">{type.name}</Text>;
  const about = <Text size="xs" c="dimmed">{type.description}</Text>;
  const url = webhook
    ? <LinkText to="/$account/$environment/webhooks/$endpoint" params={{ account, environment, endpoint: webhook.id }} className="nova-mono nova-cut" display="block" size="sm">{webhook.url}</LinkText>
    : <Text size="sm" c="dimmed">not set</Text>;
  const state = webhook ? <WebhookState webhook={webhook} health={own} /> : <Status kind="disabled" word="Not sent" />;
  const bars = own && <HealthBars series={own.series} label="Last 24 hours" />;
  const set = !webhook && may.manage && <Button size="xs" variant="default" onClick={() => setOpen('edit')}>{words.create}</Button>;
  const more = webhook && <More type={type} webhook={webhook} onOpen={setOpen} />;
  const dialogs = <Dialogs type={type} webhook={webhook} open={open} onClose={() => setOpen(undefined)} />;
  if (narrow) {
    return (
      <li className={classes.card} aria-label={type.name}>
        <div className={classes.head}><div>{name}</div>{more}</div>
        {about}
        {webhook && url}
        <div className={classes.foot}>{state}{bars}{set}</div>
        {dialogs}
      </li>
    );
  }
  return (
    <tr>
      <th scope="row" className={classes.type}>{name}{about}</th>
      <td style={{ maxWidth: 360 }}>{url}</td>
      <td>{webhook ? <span className="nova-mono nova-soft">••••••••</span> : <span className="nova-soft">–</span>}</td>
      <td>{state}</td>
      <td>{bars}</td>
      <td style={{ textAlign: 'right', width: 1 }}>{set}{more}{dialogs}</td>
    </tr>
  );
}

type Act = 'edit' | 'secret' | 'test' | 'remove';

/** What can be done with an event type that has an address. */
function More({ type, webhook, onOpen }: { type: EventType; webhook: Webhook; onOpen: (act: Act) => void }) {
  const { api, words, account, environment, may } = useHere();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const toggle = useMutation({
    mutationFn: async () => { await take(api.PATCH('/v1/webhooks/{id}', { params: { path: { id: webhook.id } }, body: { enabled: !webhook.enabled } })); await refresh('webhooks'); },
    onError: refused,
  });
  return (
    <Menu position="bottom-end" shadow="md" width={210}>
      <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={`More about ${type.name}`}><IconDots size={17} /></ActionIcon></Menu.Target>
      <Menu.Dropdown>
        {may.manage && <Menu.Item leftSection={<IconSend size={15} />} onClick={() => onOpen('test')}>{words.test}</Menu.Item>}
        <Menu.Item leftSection={<IconHistory size={15} />} onClick={() => void navigate({ to: '/$account/$environment/deliveries', params: { account, environment }, search: { endpoint: webhook.id } })}>Deliveries</Menu.Item>
        {may.manage && (
          <>
            <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => onOpen('edit')}>Change the URL</Menu.Item>
            <Menu.Item leftSection={<IconKey size={15} />} onClick={() => onOpen('secret')}>Change the {words.secret}</Menu.Item>
            <Menu.Item leftSection={webhook.enabled ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />} onClick={() => toggle.mutate()}>{webhook.enabled ? 'Disable' : 'Enable'}</Menu.Item>
            <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={() => onOpen('remove')}>Remove the URL</Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function Dialogs({ type, webhook, open, onClose }: { type: EventType; webhook?: Webhook; open?: Act; onClose: () => void }) {
  const { api, words } = useHere();
  const refresh = useRefresh();
  const params = webhook && { path: { id: webhook.id } };
  return (
    <>
      {open === 'edit' && <Edit type={type} webhook={webhook} onClose={onClose} />}
      {open === 'secret' && <ChooseSecret onClose={onClose} onSave={async secret => { await take(api.POST('/v1/webhooks/{id}/secret/rotate', { params: params!, body: { secret } })); await refresh('webhooks'); }} />}
      {open === 'test' && webhook && <Modal opened onClose={onClose} size="xl" title={<Text fw={600}>{words.test}: <span className="nova-mono">{type.name}</span></Text>}><div style={{ textAlign: 'left' }}><TestPanel webhook={webhook} /></div></Modal>}
      {open === 'remove' && (
        <Confirm title={`Remove the URL of ${type.name}?`} verb="Remove" onClose={onClose} onConfirm={async () => { await take(api.DELETE('/v1/webhooks/{id}', { params: params! })); await refresh('webhooks', 'product'); told('Removed.'); }}>
          Deliveries to it stop at once; those that wait for a retry end as failed. {type.name} is not sent any more until a URL is set.
        </Confirm>
      )}
    </>
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
              description="A secret of your choice. Requests are signed with it and bring it along; your receiver checks both."
            />
          )}
          {webhook && <Text size="sm" c="dimmed">Deliveries to the old URL stop at once.</Text>}
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={save.isPending}>Save</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
