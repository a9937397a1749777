import { queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Here } from '../../api/scope';

export const inspectorsQuery = ({ api, key, environment }: Here) => queryOptions({
  queryKey: [...key, 'inspectors'],
  enabled: environment === 'sandbox',
  queryFn: async ({ signal }) => (await take(api.GET('/v1/inspectors', { signal }))).data,
});

export const inspectedQuery = ({ api, key }: Here, id: string) => queryOptions({
  queryKey: [...key, 'inspectors', id, 'requests'],
  queryFn: async ({ signal }) => (await take(api.GET('/v1/inspectors/{id}/requests', { params: { path: { id } }, signal }))).data,
  // Somebody looks at it to see things come in.
  refetchInterval: 1500,
});
