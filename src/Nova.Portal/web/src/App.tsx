import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { answers } from './api/client';
import { ApiProblem } from './api/problem';
import { endedKey, sessionQuery } from './api/session';
import { makeRouter } from './routes';
import { ServerGone } from './shell/ServerGone';
import { Look } from './theme/Look';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal stays one; silence may pass.
      retry: (count, error) => count < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 500),
      retryDelay: count => 400 * 2 ** count,
    },
    mutations: { retry: false },
  },
});
const router = makeRouter(client);

/** A session that ended while the portal was open: the next answer says so, and the page goes to the sign-in. */
answers.onUnauthenticated = () => {
  if (!client.getQueryData(sessionQuery.queryKey)) return;
  client.setQueryData(sessionQuery.queryKey, null);
  client.setQueryData(endedKey, true);
  void router.invalidate();
};

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Look>
        <Notifications position="bottom-right" limit={4} />
        <RouterProvider router={router} />
        <ServerGone />
      </Look>
    </QueryClientProvider>
  );
}
