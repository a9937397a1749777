import type { Attempt } from '../../api/types';

export interface Cause { text: string; whose: 'receiver' | 'network' | 'settings' | 'nova'; advice: string }

/** The outcomes of attempts by their names in the API, in the words that it has for groups of failures. */
const outcomes: Record<string, Cause> = {
  redirect: { whose: 'settings', text: 'The receiver redirects, which is never followed', advice: 'Put the final address into the URL.' },
  gone: { whose: 'receiver', text: 'The receiver answers that it is gone for good (410)', advice: 'Delete the endpoint, or mend the receiver.' },
  timeout: { whose: 'receiver', text: 'The receiver does not answer in time', advice: 'Answer with a 2xx at once, and do the work afterwards.' },
  connect_timeout: { whose: 'network', text: 'No connection to the receiver in time', advice: 'Look whether a firewall drops packets from Nova.' },
  connection_refused: { whose: 'receiver', text: 'Connection refused', advice: 'Start the receiver, or mend the port in the URL.' },
  connection_reset: { whose: 'receiver', text: 'The receiver closes the connection without an answer', advice: 'Look into its log, or into that of the proxy before it.' },
  dns_not_found: { whose: 'settings', text: 'The host name does not exist', advice: 'Mend the host in the URL, or its DNS record.' },
  dns_timeout: { whose: 'network', text: 'The name servers of the host do not answer', advice: 'Look whether its DNS is up. Nova tries again by the schedule.' },
  dns_error: { whose: 'network', text: 'The host name cannot be looked up', advice: 'Look at its DNS records.' },
  tls_expired: { whose: 'receiver', text: 'The certificate has expired', advice: 'Renew it. Nova tries again by the schedule.' },
  tls_name: { whose: 'receiver', text: 'The certificate is for another host name', advice: 'Serve one for the very name in the URL.' },
  tls_untrusted: { whose: 'receiver', text: 'The certificate is of no authority that is trusted', advice: 'Serve the whole chain, from a public authority.' },
  tls_error: { whose: 'receiver', text: 'The TLS handshake fails', advice: 'Serve TLS 1.2 or later with a valid certificate.' },
  protocol_error: { whose: 'receiver', text: 'The answer is not valid HTTP', advice: 'Look whether the port is that of the web server.' },
  blocked_address: { whose: 'settings', text: 'The URL leads to an address that is not public', advice: 'Nova sends to the public internet only, unless its operator allows more.' },
  internal_error: { whose: 'nova', text: 'Nova could not make the attempt, for a reason of its own', advice: 'Its operator finds the reason in the log. Nova tries again by the schedule.' },
  endpoint_gone: { whose: 'settings', text: 'Deleted, disabled or changed while deliveries waited', advice: 'Nothing was sent. Retry it, if it is still wanted.' },
};

const ofStatus = (status: number): Pick<Cause, 'whose' | 'advice'> => {
  if (status === 401 || status === 403) return { whose: 'receiver', advice: 'Most often the signature did not verify: compare the secret, and verify the raw body, not one that was parsed and written anew.' };
  if (status === 404) return { whose: 'settings', advice: 'Mend the path in the URL.' };
  if (status === 413) return { whose: 'receiver', advice: 'Let it take larger bodies.' };
  if (status === 429) return { whose: 'receiver', advice: 'Raise its limit for Nova.' };
  if (status === 502 || status === 503 || status === 504) return { whose: 'receiver', advice: 'The proxy before it found nobody, or it is overloaded. Look into its log at this time.' };
  if (status >= 500) return { whose: 'receiver', advice: 'Look into its log at this time.' };
  return { whose: 'receiver', advice: 'What it answered may say why.' };
};

/** Why an attempt failed, in the server's own words, whose it is to mend, and how; undefined for one that succeeded. */
export function causeOf(attempt: Pick<Attempt, 'outcome' | 'status_code' | 'error_message'>): Cause | undefined {
  if (attempt.outcome === 'delivered') return undefined;
  const cause = namedCause(attempt.outcome === 'http_status' ? `http_${attempt.status_code ?? 0}` : attempt.outcome);
  return { ...cause, text: attempt.error_message ?? cause.text };
}

/** The same of a cause's name, as lists, filters and groups of failures have it: `http_503`, `timeout`. */
export function namedCause(name: string): Cause {
  const status = /^http_(\d+)$/.exec(name)?.[1];
  if (status) return { text: `The receiver answers with status ${status}`, ...ofStatus(Number(status)) };
  return outcomes[name] ?? { whose: 'network', text: name.replaceAll('_', ' '), advice: '' };
}

export const whoseWords: Record<Cause['whose'], string> = {
  receiver: 'for the receiver to mend', network: 'on the way between Nova and the receiver', settings: 'for the endpoint’s settings', nova: 'on Nova’s side',
};
