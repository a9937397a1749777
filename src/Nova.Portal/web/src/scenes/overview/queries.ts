import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Here } from '../../api/scope';
import type { Period } from '../deliveries/search';

export const analyticsQuery = ({ api, key }: Here, period: Period) => queryOptions({
  queryKey: [...key, 'figures', 'analytics', period],
  queryFn: ({ signal }) => take(api.GET('/v1/analytics', { params: { query: { period } }, signal })),
  // The picture of one period stays until that of another is there.
  placeholderData: keepPreviousData,
  refetchInterval: 15_000,
});

export const failureGroupsQuery = ({ api, key }: Here, period: Period) => queryOptions({
  queryKey: [...key, 'figures', 'failure-groups', period],
  queryFn: async ({ signal }) => (await take(api.GET('/v1/failure-groups', { params: { query: { period } }, signal }))).data,
  placeholderData: keepPreviousData,
  refetchInterval: 15_000,
});

/** One of the environment's inspectors has got a request whose signature is right. Asked for only while it is not known. */
export const inspectedQuery = ({ api, key }: Here) => queryOptions({
  queryKey: [...key, 'inspectors', 'verified'],
  queryFn: async ({ signal }) => {
    const { data: inspectors } = await take(api.GET('/v1/inspectors', { signal }));
    const requests = await Promise.all(inspectors.map(({ id }) => take(api.GET('/v1/inspectors/{id}/requests', { params: { path: { id } }, signal }))));
    return requests.some(page => page.data.some(request => request.verified === true));
  },
  refetchInterval: query => query.state.data ? false : 3000,
});

/** What has really happened here so far, as far back as the history goes. */
export const beginningsQuery = ({ api, key }: Here) => queryOptions({
  queryKey: [...key, 'events', 'beginnings'],
  queryFn: async ({ signal }) => {
    const [events, delivered] = await Promise.all([
      take(api.GET('/v1/events', { params: { query: { period: '30d', limit: 100 } }, signal })),
      take(api.GET('/v1/deliveries', { params: { query: { status: ['delivered'], period: '30d', limit: 100 } as never }, signal })),
    ]);
    return {
      tested: events.data.some(event => event.test) || delivered.data.some(delivery => delivery.trigger === 'test'),
      published: events.data.some(event => !event.test),
      wanted: events.data.some(event => !event.test && event.delivery_count > 0),
      delivered: delivered.data.some(delivery => delivery.trigger !== 'test'),
    };
  },
  // While somebody sets it up, what he does is ticked off a moment later; afterwards it never changes back.
  refetchInterval: query => query.state.data?.delivered && query.state.data.published ? false : 3000,
});
