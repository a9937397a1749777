import type { Webhook } from '../../api/types';
import { Status } from '../../widgets/Status';

export function WebhookState({ webhook }: { webhook: Webhook }) {
  return <Status kind={webhook.enabled ? 'enabled' : webhook.disabled_reason ? 'stopped' : 'disabled'} />;
}

/** Why Nova switched an endpoint off, in words, and what to do about it. */
export function whyDisabled(reason: string | null | undefined, afterFailures?: number | null): { title: string; text: string } | undefined {
  switch (reason) {
    case 'consecutive_failures':
      return {
        title: 'Nova switched it off: it failed too often in a row',
        text: `${afterFailures ?? 'Many'} deliveries in a row failed with all of their attempts. Look at the last ones below, mend the receiver, send a test, then enable it. The count begins anew.`,
      };
    case 'no_success':
      return { title: 'Nova switched it off: nothing arrived for days', text: 'Not one delivery succeeded for as long as this product waits. Mend the receiver, send a test, then enable it.' };
    case 'gone':
      return { title: 'Nova switched it off: the receiver said it is gone', text: 'It answered 410, which means that nothing shall be sent any more. Enable it only if that was a mistake.' };
    default:
      return reason ? { title: 'Nova switched it off', text: reason } : undefined;
  }
}
