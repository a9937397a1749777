import { queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
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

/** The plans that accounts of a product may have, for a list to choose from. */
export const choices = (plans: Plan[] | undefined, product: string) => (plans ?? []).filter(plan => plan.product === product).map(plan => ({ value: plan.name, label: plan.default ? `${plan.title} (default)` : plan.title }));
