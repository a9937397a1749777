import { queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import type { components } from '../../api/schema';
import { plainApi } from '../../api/session';

type Schemas = components['schemas'];
export type Account = Schemas['Account'] & { overrides?: Schemas['Overrides'] | null };
export type Plan = Schemas['Plan'];

export const productsQuery = queryOptions({ queryKey: ['operator', 'products'], staleTime: 5 * 60_000, queryFn: async ({ signal }) => (await take(plainApi.GET('/v1/products', { signal }))).data });
export const plansQuery = queryOptions({ queryKey: ['operator', 'plans'], staleTime: 5 * 60_000, queryFn: async ({ signal }) => (await take(plainApi.GET('/v1/plans', { signal }))).data });
export const accountQuery = (account: string) => queryOptions({
  queryKey: ['operator', 'account', account], queryFn: ({ signal }) => take(plainApi.GET('/v1/accounts/{account}', { params: { path: { account } }, signal })) as Promise<Account>,
});

export type Found = Schemas['Found'];
export const nodesQuery = queryOptions({ queryKey: ['operator', 'nodes'], queryFn: async ({ signal }) => (await take(plainApi.GET('/v1/operations/nodes', { signal }))).data });
export const failingQuery = queryOptions({ queryKey: ['operator', 'failing'], queryFn: async ({ signal }) => (await take(plainApi.GET('/v1/operations/failing-endpoints', { signal }))).data });

/** The newest accounts with this in their name or in the operator's own id. */
export const accountsNamed = (text: string) => queryOptions({
  queryKey: ['operator', 'accounts', 'named', text], queryFn: async ({ signal }) => (await take(plainApi.GET('/v1/accounts', { params: { query: { q: text || undefined, limit: 8 } }, signal }))).data,
  placeholderData: before => before,
});

/** What looks like an id of Nova's: of an account, an endpoint, an event or a delivery. */
export const isId = (text: string) => /^(acc|ep|evt|dlv)_[0-9a-z]{26}$/.test(text) || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** Whose that is; null where nothing has the id. */
export const foundQuery = (id: string) => queryOptions({
  queryKey: ['operator', 'found', id],
  queryFn: async ({ signal }): Promise<Found | null> => {
    try { return await take(plainApi.GET('/v1/operations/find', { params: { query: { id } }, signal })); }
    catch (problem) { if (problem instanceof ApiProblem && problem.status === 404) return null; throw problem; }
  },
});

/** The plan of an account, its product's default where it has none of its own. */
export const planOf = (plans: Plan[] | undefined, account: { product: string; plan?: string | null }) =>
  plans?.find(plan => plan.product === account.product && (account.plan ? plan.name === account.plan : plan.default));

/** The plans that accounts of a product may have, for a list to choose from. */
export const choices = (plans: Plan[] | undefined, product: string) => (plans ?? []).filter(plan => plan.product === product).map(plan => ({ value: plan.name, label: plan.default ? `${plan.title} (default)` : plan.title }));
