import { queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Here } from '../../api/scope';

export const guideQuery = ({ api, key }: Here) => queryOptions({
  queryKey: [...key, 'verification-guide'],
  // It changes with a restart of the server.
  staleTime: 10 * 60_000,
  queryFn: async ({ signal }) => (await take(api.GET('/v1/verification-guide', { signal }))).data,
});

/** What the product signs, and where the signature is. The debugger says it of any request, also of one that has nothing. */
export const schemeQuery = ({ api, key }: Here) => queryOptions({
  queryKey: [...key, 'signature-scheme'],
  staleTime: 10 * 60_000,
  queryFn: ({ signal }) => take(api.POST('/v1/signatures/debug', { body: { headers: {}, body: '', secret: 'none' }, signal })),
});
