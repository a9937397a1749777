import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Here } from '../../api/scope';
import type { DeliveryDetail, EventDetail } from '../../api/types';
import type { DeliverySearch, Period } from './search';

/** The filters in the API's words. */
export function filtersOf({ event, period, ...rest }: DeliverySearch) {
  return { ...rest, event_type: event, period: period ?? '24h' };
}

export const deliveriesQuery = ({ api, key }: Here, search: DeliverySearch) => infiniteQueryOptions({
  queryKey: [...key, 'deliveries', 'list', search],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => take(api.GET('/v1/deliveries', { params: { query: { ...filtersOf(search), limit: 100, cursor: pageParam } as never }, signal })),
  getNextPageParam: page => page.next_cursor ?? undefined,
  // The stream keeps it fresh; asked again whole only when somebody asks.
  staleTime: 30_000,
  refetchOnWindowFocus: false,
});

/** The causes of failures in a time, with the server's words for them, most frequent first. */
export const causesQuery = ({ api, key }: Here, period: Period) => queryOptions({
  queryKey: [...key, 'deliveries', 'causes', period],
  staleTime: 60_000,
  queryFn: async ({ signal }) => {
    const groups = (await take(api.GET('/v1/failure-groups', { params: { query: { period } }, signal }))).data;
    const causes = new Map<string, { cause: string; summary: string; count: number }>();
    for (const { cause, summary, count } of groups) causes.set(cause, { cause, summary, count: count + (causes.get(cause)?.count ?? 0) });
    return [...causes.values()].sort((a, b) => b.count - a.count);
  },
});

export const deliveryQuery = ({ api, key }: Here, id: string) => queryOptions({
  queryKey: [...key, 'deliveries', 'one', id],
  queryFn: ({ signal }) => take(api.GET('/v1/deliveries/{id}', { params: { path: { id } }, signal })) as Promise<DeliveryDetail>,
  // Until it has ended, it changes.
  refetchInterval: query => query.state.data && ['pending', 'processing'].includes(query.state.data.status) ? 2000 : false,
});

/** When the event was accepted. It never changes. */
export const eventOfQuery = ({ api, key }: Here, id: string) => queryOptions({
  queryKey: [...key, 'events', 'of', id],
  staleTime: Infinity, retry: false,
  queryFn: ({ signal }) => take(api.GET('/v1/events/{id}', { params: { path: { id } }, signal })) as Promise<EventDetail>,
});

export const lastDeliveriesQuery = ({ api, key }: Here, endpoint: string) => queryOptions({
  queryKey: [...key, 'deliveries', 'last', endpoint],
  queryFn: async ({ signal }) => (await take(api.GET('/v1/webhooks/{id}/deliveries', { params: { path: { id: endpoint }, query: { limit: 8 } }, signal }))).data,
  refetchInterval: 10_000,
});
