import { queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Here } from '../../api/scope';

export const replaysQuery = ({ api, key }: Here) => queryOptions({
  queryKey: [...key, 'replays'],
  queryFn: async ({ signal }) => (await take(api.GET('/v1/replays', { params: { query: { limit: 50 } }, signal }))).data,
  // While one runs, its bar moves.
  refetchInterval: query => query.state.data?.some(replay => replay.state === 'running') ? 1000 : 10_000,
});
