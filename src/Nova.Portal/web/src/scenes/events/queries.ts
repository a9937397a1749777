import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Here } from '../../api/scope';
import type { EventDetail } from '../../api/types';
import type { Period } from '../deliveries/search';

export interface EventSearch { type?: string; tenant?: string; period?: Period }

export const eventsQuery = ({ api, key }: Here, { type, tenant, period = '24h' }: EventSearch) => infiniteQueryOptions({
  queryKey: [...key, 'events', 'list', { type, tenant, period }],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => take(api.GET('/v1/events', { params: { query: { event_type: type, tenant, period, limit: 50, cursor: pageParam } }, signal })),
  getNextPageParam: page => page.next_cursor ?? undefined,
});

export const eventQuery = ({ api, key }: Here, id: string) => queryOptions({
  queryKey: [...key, 'events', 'one', id],
  queryFn: ({ signal }) => take(api.GET('/v1/events/{id}', { params: { path: { id } }, signal })) as Promise<EventDetail>,
  refetchInterval: query => query.state.data?.deliveries.some(delivery => delivery.status === 'pending' || delivery.status === 'processing') ? 2000 : false,
});
