import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { createApi, take } from './client';
import { credentials } from './credentials';
import { embedded } from '../theme/place';
import { ApiProblem } from './problem';
import type { Session, SessionAnswer } from './types';

/** For calls that are about no account: the session's own, and the operator's. */
export const plainApi = createApi();

/** Who is signed in; null where nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 5 * 60_000,
  // Not cancelled with whoever looked at it: the address waits for it, too.
  queryFn: async (): Promise<Session | null> => {
    if (embedded && !credentials.bearer) return null;
    try {
      return keep(await take(plainApi.GET('/v1/session')));
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.status === 401) return null;
      throw problem;
    }
  },
});

/** Whether a session ended while its page was open: the sign-in says so. Forgotten with everything else when the next one begins. */
export const endedKey = ['session-ended'];

function keep(session: SessionAnswer): Session {
  credentials.csrf = session.csrf;
  return session as Session;
}

/** What begins and ends a session. Each leaves the cache as the new session must find it: without anything of another's. */
export function useSessionActions() {
  const client = useQueryClient();
  // The session's own entry stays, with another value: what looks at it, such as the colours, is told.
  const forget = () => { client.removeQueries({ predicate: query => query.queryKey[0] !== sessionQuery.queryKey[0] }); client.getMutationCache().clear(); };
  const begin = (answer: SessionAnswer) => {
    const session = keep(answer);
    forget();
    client.setQueryData(sessionQuery.queryKey, session);
    return session;
  };
  const end = () => {
    credentials.csrf = undefined;
    credentials.bearer = undefined;
    forget();
    client.setQueryData(sessionQuery.queryKey, null);
  };
  return {
    begin,
    signIn: async (email: string, password: string) => begin(await take(plainApi.POST('/v1/session', { body: { email, password } }))),
    signOut: async () => { await take(plainApi.DELETE('/v1/session')); end(); },
    signOutEverywhere: async () => { await take(plainApi.DELETE('/v1/sessions')); end(); },
    end,
  };
}
