import type { Environment } from '../api/client';
import type { Session } from '../api/types';

const key = 'nova-last-place';

/** Where somebody who just signed in, or opened the bare address, goes: to where he was last, else to his first account's production. */
export function firstPlace(session: Session): { to: string; params?: Record<string, string> } {
  const own = session.kind === 'link' ? (session.account ? [session.account] : []) : session.accounts;
  const last = session.kind === 'link' ? undefined : read();
  if (last && own.some(account => account.id === last.account)) return { to: '/$account/$environment', params: last };
  const first = own[0];
  if (first) return { to: '/$account/$environment', params: { account: first.id, environment: session.environment ?? 'production' } };
  return { to: '/operator' };
}

/** A convenience of this browser, not state: what is on the screen is in the address. */
export function rememberPlace(account: string, environment: Environment) {
  try { localStorage.setItem(key, JSON.stringify({ account, environment })); } catch { /* a frame without storage */ }
}

function read(): { account: string; environment: string } | undefined {
  try {
    const last = JSON.parse(localStorage.getItem(key) ?? 'null') as { account?: unknown; environment?: unknown } | null;
    return typeof last?.account === 'string' && (last.environment === 'production' || last.environment === 'sandbox')
      ? { account: last.account, environment: last.environment } : undefined;
  } catch { return undefined; }
}
