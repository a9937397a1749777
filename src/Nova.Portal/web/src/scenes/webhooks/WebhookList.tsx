import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { IconHistory, IconPlus, IconWebhook } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useHere } from '../../api/scope';
import type { Webhook, WebhookHealth } from '../../api/types';
import { Loaded, NoneYet } from '../../widgets/Empty';
import { LinkButton, LinkText } from '../../widgets/links';
import { HealthBars } from '../../widgets/HealthBars';
import { Page } from '../../widgets/Page';
import { percent, When } from '../../widgets/When';
import { Place } from './Place';
import { PerEventType } from './PerEventType';
import { healthQuery, webhooksQuery } from './queries';
import { FirstWebhook } from './FirstWebhook';
import { EventName } from './EventName';
import { WebhookState } from './WebhookState';

export default function WebhookList() {
  const here = useHere();
  const { product, words, account, environment, may } = here;
  const query = useQuery(webhooksQuery(here));
  if (product.endpoints.model === 'one_per_event_type') return <PerEventType query={query} />;

  const { used, limit } = product.limits.endpoints;
  const count = query.data?.filter(webhook => webhook.enabled || !product.endpoints.lists_deleted).length ?? used;
  const full = limit !== null && limit !== undefined && count >= limit;
  return (
    <Page
      title={words.endpoints} above={<Place />} about="Each of these gets a signed POST when something happens that it subscribes to."
      actions={
        <>
          <LinkButton variant="default" to="/$account/$environment/deliveries" params={{ account, environment }} leftSection={<IconHistory size={16} />}>{words.deliveries}</LinkButton>
          {limit !== null && limit !== undefined && <Text size="sm" c="dimmed" className="nova-num">{count} of {limit}</Text>}
          {may.manage && (full
            ? <Tooltip label={limit === 0 ? `The plan ${product.plan?.title ?? ''} has none. Move to a plan that has them.` : `There are ${limit} already. Delete one first, or move to a larger plan.`}>
                <LinkButton to="/$account/$environment/webhooks" params={{ account, environment }} leftSection={<IconPlus size={16} />} data-disabled aria-disabled="true" onClick={event => event.preventDefault()}>{words.create}</LinkButton>
              </Tooltip>
            : <LinkButton to="/$account/$environment/webhooks/new" params={{ account, environment }} leftSection={<IconPlus size={16} />}>{words.create}</LinkButton>)}
        </>
      }
    >
      <div className="nova-panel">
        <Loaded query={query}>{webhooks => webhooks.length === 0
          ? limit === 0
            ? <NoneYet icon={<IconWebhook size={22} />} title={`No ${words.endpoints.toLowerCase()} on the plan ${product.plan?.title}`}>Move to a plan that has them, and they are here.</NoneYet>
            : <FirstWebhook />
          : <Table webhooks={webhooks} />}
        </Loaded>
      </div>
    </Page>
  );
}

function Table({ webhooks }: { webhooks: Webhook[] }) {
  const here = useHere();
  const { account, environment, words } = here;
  const health = useQuery(healthQuery(here));
  return (
    <div className="nova-scroll">
      <table className="nova-table">
        <thead><tr><th scope="col">{words.endpoint}</th><th scope="col">State</th><th scope="col" className="nova-wide">Events</th><th scope="col" className="nova-wide">Last 24 h</th><th scope="col" style={{ textAlign: 'right' }}>Error rate</th><th scope="col" className="nova-wide" style={{ textAlign: 'right' }}>Last delivery</th></tr></thead>
        <tbody>
          {webhooks.map(webhook => (
            <tr key={webhook.id}>
              <th scope="row" className="nova-name">
                <LinkText to="/$account/$environment/webhooks/$endpoint" params={{ account, environment, endpoint: webhook.id }} fw={550} size="sm" className="nova-cut" display="block">
                  {webhook.name ?? <span className="nova-mono">{webhook.url}</span>}
                </LinkText>
                {webhook.name && <Text size="xs" c="dimmed" className="nova-mono nova-cut">{webhook.url}</Text>}
              </th>
              <td><WebhookState webhook={webhook} health={health.data?.get(webhook.id)} /></td>
              <td className="nova-wide"><EventBadges events={webhook.events} /></td>
              <td className="nova-wide">{health.data?.get(webhook.id) && <HealthBars series={health.data.get(webhook.id)!.series} label="Last 24 hours" />}</td>
              <td className="nova-num" style={{ textAlign: 'right' }}><ErrorRate health={health.data?.get(webhook.id)} /></td>
              <td className="nova-wide" style={{ textAlign: 'right' }}><When at={health.data?.get(webhook.id)?.last_delivery_at} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of the deliveries that ended in 24 hours; without any there is none. */
export function ErrorRate({ health }: { health?: WebhookHealth }) {
  const rate = health?.error_rate;
  if (rate === null || rate === undefined) return <span className="nova-soft">–</span>;
  return <Tooltip label={`${health!.failed.toLocaleString()} of ${(health!.delivered + health!.failed).toLocaleString()} failed in 24 hours`}><span style={rate > 0 ? { color: 'var(--nova-bad)', fontWeight: 550 } : undefined}>{percent(rate)}</span></Tooltip>;
}

export function EventBadges({ events, most = 3 }: { events: string[]; most?: number }) {
  if (events.includes('*')) return <Badge variant="default" size="sm" tt="none" fw={500}>all events</Badge>;
  return (
    <Group gap={4}>
      {events.slice(0, most).map(event => <Badge key={event} variant="default" size="sm" tt="none" fw={500} ><EventName name={event} /></Badge>)}
      {events.length > most && <Tooltip label={events.slice(most).join(', ')}><Badge variant="default" size="sm" tt="none" fw={500} tabIndex={0}>+{events.length - most}</Badge></Tooltip>}
    </Group>
  );
}
