import { queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Here } from '../../api/scope';

/** All endpoints of the environment: the plan bounds them, so they are asked for in one go. */
export const webhooksQuery = ({ api, key }: Here) => queryOptions({
  queryKey: [...key, 'webhooks'],
  queryFn: async ({ signal }) => (await take(api.GET('/v1/webhooks', { params: { query: { limit: 250 } }, signal }))).data,
});

/** How each endpoint did in the last 24 hours, by its id. */
export const healthQuery = ({ api, key }: Here) => queryOptions({
  queryKey: [...key, 'webhooks', 'health'],
  queryFn: async ({ signal }) => new Map((await take(api.GET('/v1/webhooks/health', { params: { query: { period: '24h' } }, signal }))).data.map(health => [health.id, health])),
  refetchInterval: 30_000,
});

export const webhookQuery = ({ api, key }: Here, id: string) => queryOptions({
  queryKey: [...key, 'webhooks', id],
  queryFn: ({ signal }) => take(api.GET('/v1/webhooks/{id}', { params: { path: { id } }, signal })),
});

export const eventTypesQuery = ({ api, key }: Here) => queryOptions({
  queryKey: [...key, 'event-types'],
  // The catalog changes with a restart of the server.
  staleTime: 10 * 60_000,
  queryFn: async ({ signal }) => (await take(api.GET('/v1/event-types', { signal }))).data,
});
