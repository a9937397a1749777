import type { Attempt } from '../../api/types';

export interface Cause { text: string; whose: 'receiver' | 'network' | 'settings' | 'nova'; advice: string }

const causes: Record<string, Cause> = {
  timeout: { whose: 'receiver', text: 'The receiver did not answer in time.', advice: 'Answer with a 2xx at once, and do the work afterwards.' },
  connect_timeout: { whose: 'network', text: 'No connection came about in time.', advice: 'Look whether a firewall drops packets from Nova.' },
  connection_refused: { whose: 'receiver', text: 'Nothing listens at that address.', advice: 'Start the receiver, or mend the port in the URL.' },
  connection_reset: { whose: 'receiver', text: 'The connection was cut before an answer.', advice: 'Look into the log of the receiver, or of the proxy before it.' },
  dns_failed: { whose: 'settings', text: 'The name of the host leads nowhere.', advice: 'Mend the host in the URL, or its DNS record.' },
  dns_error: { whose: 'settings', text: 'The name of the host leads nowhere.', advice: 'Mend the host in the URL, or its DNS record.' },
  name_not_found: { whose: 'settings', text: 'The name of the host leads nowhere.', advice: 'Mend the host in the URL, or its DNS record.' },
  certificate_expired: { whose: 'receiver', text: 'The certificate of the receiver has expired.', advice: 'Renew it; Nova tries again by its schedule.' },
  certificate_invalid: { whose: 'receiver', text: 'The certificate of the receiver is not to be trusted.', advice: 'Serve the whole chain, for the very name in the URL.' },
  tls_failed: { whose: 'receiver', text: 'No encrypted connection came about.', advice: 'Serve TLS 1.2 or later with a valid certificate.' },
  address_refused: { whose: 'settings', text: 'The address is not on the public internet.', advice: 'Nova sends to public addresses only.' },
};

/** Why an attempt failed, in plain words, whose it is to mend, and how; undefined for one that succeeded. */
export function causeOf(attempt: Pick<Attempt, 'outcome' | 'status_code' | 'error_message'>): Cause | undefined {
  if (attempt.outcome === 'delivered') return undefined;
  const status = attempt.status_code;
  if (status) {
    if (status === 401 || status === 403) return { whose: 'receiver', text: `The receiver refused it: ${status}.`, advice: 'Most often the signature did not verify: compare the secret, and verify the raw body, not one that was parsed and written anew.' };
    if (status === 404) return { whose: 'settings', text: 'The receiver has nothing at this path: 404.', advice: 'Mend the path in the URL.' };
    if (status === 410) return { whose: 'receiver', text: 'The receiver said it is gone for good: 410.', advice: 'Remove the endpoint, or mend the receiver.' };
    if (status === 429) return { whose: 'receiver', text: 'The receiver was asked too often: 429.', advice: 'Raise its limit for Nova.' };
    if (status >= 300 && status < 400) return { whose: 'settings', text: `The receiver redirects: ${status}. Redirects are not followed.`, advice: 'Put the final address into the URL.' };
    if (status >= 500) return { whose: 'receiver', text: `The receiver failed: ${status}.`, advice: 'Look into its log at this time.' };
    return { whose: 'receiver', text: `The receiver refused it: ${status}.`, advice: 'Its answer below may say why.' };
  }
  const known = causes[attempt.outcome];
  if (known) return { ...known, text: attempt.error_message ?? known.text };
  const whose = /certificate|tls|reset|refused|protocol/.test(attempt.outcome) ? 'receiver' : /dns|name|url|address/.test(attempt.outcome) ? 'settings' : 'network';
  return { whose, text: attempt.error_message ?? attempt.outcome, advice: '' };
}

export const whoseWords: Record<Cause['whose'], string> = {
  receiver: 'for the receiver to mend', network: 'on the way between Nova and the receiver', settings: 'for the endpoint’s settings', nova: 'on Nova’s side',
};
