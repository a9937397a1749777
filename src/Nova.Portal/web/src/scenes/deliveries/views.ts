import { queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Here } from '../../api/scope';
import { parseSearch } from '../../theme/searchText';
import { deliverySearch, type DeliverySearch } from './search';

/** A view that has a name. Every view is an address, too, which can be sent to a colleague. */
export interface View { name: string; search: DeliverySearch }

/** What most come for. */
export const usualViews: View[] = [
  { name: 'Everything', search: {} },
  { name: 'Failed', search: { status: ['failed'] } },
  { name: 'Waiting for an attempt', search: { status: ['pending', 'processing'] } },
  { name: 'Failed in 7 days', search: { status: ['failed'], period: '7d' } },
];

/** Those that somebody has saved in this environment. */
export const savedViewsQuery = ({ api, key }: Here) => queryOptions({
  queryKey: [...key, 'saved-views'],
  queryFn: async ({ signal }) => (await take(api.GET('/v1/saved-views', { signal }))).data.map(({ id, name, query }) => ({ id, name, search: deliverySearch(parseSearch(query)) })),
});
