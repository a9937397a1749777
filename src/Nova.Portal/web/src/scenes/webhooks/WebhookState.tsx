import { Text } from '@mantine/core';
import type { Webhook, WebhookHealth } from '../../api/types';
import { Status } from '../../widgets/Status';
import { For } from '../../widgets/When';

/** With its health, also that nothing has arrived for a while: long before the first delivery has used up its attempts. */
export function WebhookState({ webhook, health }: { webhook: Webhook; health?: WebhookHealth }) {
  const state = <Status kind={webhook.enabled ? 'enabled' : webhook.disabled_reason ? 'stopped' : 'disabled'} />;
  if (!webhook.enabled || !health?.failing_since) return state;
  return <div>{state}<Text size="xs" c="var(--nova-bad)" style={{ whiteSpace: 'nowrap' }}>failing <For since={health.failing_since} /></Text></div>;
}

/** Why Nova switched an endpoint off, in words, and what to do about it. */
export function whyDisabled(reason: string | null | undefined, afterFailures?: number | null): { title: string; text: string } | undefined {
  switch (reason) {
    case 'consecutive_failures':
      return {
        title: 'Switched off automatically: it failed too often in a row',
        text: `${afterFailures ?? 'Many'} deliveries in a row failed with all of their attempts. Look at the last ones below, mend the receiver, send a test, then enable it. The count begins anew.`,
      };
    case 'no_success':
      return { title: 'Switched off automatically: nothing arrived for days', text: 'Not one delivery succeeded for as long as this product waits. Mend the receiver, send a test, then enable it.' };
    case 'gone':
      return { title: 'Switched off automatically: the receiver said it is gone', text: 'It answered 410, which means that nothing shall be sent any more. Enable it only if that was a mistake.' };
    default:
      return reason ? { title: 'Switched off automatically', text: reason } : undefined;
  }
}
