import { queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useMemo, type ReactNode } from 'react';
import { createApi, take, type Api, type Environment, type Scope } from './client';
import { operatorNaming, type Naming } from './naming';
import { sessionQuery } from './session';
import type { Product, Session, Words } from './types';

/** What the screens of an account work with. */
interface Here extends Scope {
  api: Api;
  product: Product;
  words: Words;
  session: Session;
  /** May change things. Members see, and the API refuses them all the same. */
  may: { manage: boolean; secrets: boolean; replay: boolean };
  /** Begins the key of every query about this account and environment: nothing of one is ever shown in another. */
  key: readonly [string, Environment];
}

const HereContext = createContext<Here | null>(null);

export const productQuery = (scope: Scope) => queryOptions({
  queryKey: [scope.account, scope.environment, 'product'],
  staleTime: 60_000,
  // Not cancelled with whoever looked at it: the address waits for it, too.
  queryFn: () => take(createApi(scope).GET('/v1/product')) as Promise<Product>,
});

function namingOf(product: Product): Naming {
  const { naming, words } = product.api;
  return { camel: naming === 'camelCase', enabled: words.enabled_member, secret: words.secret_member };
}

/** What the session may do in an account. */
export function rightsIn(session: Session, account: string): Here['may'] {
  if (session.kind === 'link') {
    const scopes = session.scopes ?? [];
    return { manage: scopes.includes('manage'), secrets: scopes.includes('secrets'), replay: scopes.includes('replay') };
  }
  const admin = session.user?.operator === true || session.accounts.some(entry => entry.id === account && entry.role === 'admin');
  return { manage: admin, secrets: admin, replay: admin };
}

export function ScopeProvider({ scope, product, children }: { scope: Scope; product: Product; children: ReactNode }) {
  const { data: session } = useQuery(sessionQuery);
  const { account, environment } = scope;
  const here = useMemo<Here | null>(() => session ? {
    account, environment, product, session,
    words: product.portal.words,
    api: createApi({ account, environment }, namingOf(product)),
    may: rightsIn(session, account),
    key: [account, environment],
  } : null, [account, environment, product, session]);
  return here && <HereContext value={here}>{children}</HereContext>;
}

/** The account, the environment, its product and a client for them. */
export function useHere(): Here {
  const here = useContext(HereContext);
  if (!here) throw new Error('This screen is shown outside of an account.');
  return here;
}

/** For what is shown outside of accounts as well. */
export const useHereIfAny = () => useContext(HereContext);

/** After a change: everything of this environment whose key begins with one of the words is asked for again. */
export function useRefresh() {
  const client = useQueryClient();
  const { key } = useHere();
  return (...parts: string[]) => Promise.all(parts.map(part => client.invalidateQueries({ queryKey: [...key, part] })));
}

export const naming = { of: namingOf, operator: operatorNaming };
export type { Here, QueryClient };
