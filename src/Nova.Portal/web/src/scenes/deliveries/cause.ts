import type { Attempt } from '../../api/types';

export interface Cause { text: string; whose: 'receiver' | 'network' | 'settings' | 'nova'; advice: string }

type Mending = Omit<Cause, 'text'>;

/** The outcomes of attempts by their names in the API: whose they are to mend, and how. The words for what happened are the server's. */
const outcomes: Record<string, Mending> = {
  redirect: { whose: 'settings', advice: 'Put the final address into the URL.' },
  gone: { whose: 'receiver', advice: 'Delete the endpoint, or mend the receiver.' },
  timeout: { whose: 'receiver', advice: 'Answer with a 2xx at once, and do the work afterwards.' },
  connect_timeout: { whose: 'network', advice: 'Look whether a firewall drops the packets.' },
  connection_refused: { whose: 'receiver', advice: 'Start the receiver, or mend the port in the URL.' },
  connection_reset: { whose: 'receiver', advice: 'Look into its log, or into that of the proxy before it.' },
  dns_not_found: { whose: 'settings', advice: 'Mend the host in the URL, or its DNS record.' },
  dns_timeout: { whose: 'network', advice: 'Look whether its DNS is up. It is tried again by the schedule.' },
  dns_error: { whose: 'network', advice: 'Look at its DNS records.' },
  tls_expired: { whose: 'receiver', advice: 'Renew it. It is tried again by the schedule.' },
  tls_name: { whose: 'receiver', advice: 'Serve one for the very name in the URL.' },
  tls_untrusted: { whose: 'receiver', advice: 'Serve the whole chain, from a public authority.' },
  tls_error: { whose: 'receiver', advice: 'Serve TLS 1.2 or later with a valid certificate.' },
  protocol_error: { whose: 'receiver', advice: 'Look whether the port is that of the web server.' },
  blocked_address: { whose: 'settings', advice: 'Requests go to the public internet only, unless the operator of this service allows more.' },
  internal_error: { whose: 'nova', advice: 'The operator of this service finds the reason in its log. It is tried again by the schedule.' },
  endpoint_gone: { whose: 'settings', advice: 'Nothing was sent. Retry it, if it is still wanted.' },
};

const ofStatus = (status: number): Mending => {
  if (status === 401 || status === 403) return { whose: 'receiver', advice: 'Most often the signature did not verify: compare the secret, and verify the raw body, not one that was parsed and written anew.' };
  if (status === 404) return { whose: 'settings', advice: 'Mend the path in the URL.' };
  if (status === 413) return { whose: 'receiver', advice: 'Let it take larger bodies.' };
  if (status === 429) return { whose: 'receiver', advice: 'Raise its limit for these requests.' };
  if (status === 502 || status === 503 || status === 504) return { whose: 'receiver', advice: 'The proxy before it found nobody, or it is overloaded. Look into its log at this time.' };
  if (status >= 500) return { whose: 'receiver', advice: 'Look into its log at this time.' };
  return { whose: 'receiver', advice: 'What it answered may say why.' };
};

/** Why an attempt failed, in the server's own words, whose it is to mend, and how; undefined for one that succeeded. */
export function causeOf({ outcome, status_code, error_message }: Pick<Attempt, 'outcome' | 'status_code' | 'error_message'>): Cause | undefined {
  if (outcome === 'delivered') return undefined;
  const mending = outcome === 'http_status' && status_code ? ofStatus(status_code) : outcomes[outcome] ?? { whose: 'network', advice: '' };
  return { ...mending, text: error_message ?? outcome.replaceAll('_', ' ') };
}

export const whoseWords: Record<Cause['whose'], string> = {
  receiver: 'for the receiver to mend', network: 'on the way to the receiver', settings: 'for the endpoint’s settings', nova: 'on our side',
};
