import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { endedKey, plainApi, useSessionActions } from '../../api/session';
import { firstPlace } from '../../shell/firstPlace';
import { routerBase } from '../../theme/place';
import { Refused } from '../../widgets/Empty';
import { Doorway } from './Doorway';

const route = getRouteApi('/sign-in');

export default function SignIn() {
  const { next } = route.useSearch();
  const router = useRouter();
  const { signIn } = useSessionActions();
  const client = useQueryClient();
  const [ended] = useState(() => client.getQueryData(endedKey) === true);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const setup = useQuery({ queryKey: ['setup'], queryFn: ({ signal }) => take(plainApi.GET('/v1/setup', { signal })) });
  const enter = useMutation({
    mutationFn: () => signIn(email.trim(), password),
    // Only to a place of the portal itself: a link must not be able to send people elsewhere.
    onSuccess: session => next?.startsWith('/') && !next.startsWith('//')
      ? router.navigate({ href: next.startsWith(routerBase) ? next : routerBase + next, replace: true })
      : router.navigate({ ...firstPlace(session), replace: true } as never),
  });
  if (setup.data?.needed) {
    return (
      <Doorway title="Nobody can sign in yet" about="Open the link with /portal/setup that the server wrote into its log when it started: with it the first operator chooses a password.">
        <Button variant="default" loading={setup.isFetching} onClick={() => void setup.refetch()}>Look again</Button>
      </Doorway>
    );
  }
  return (
    <Doorway title="Sign in" about={ended ? 'Your session has ended. Sign in again to go on where you were.' : 'To see your webhooks, their deliveries, and what went wrong.'}>
      <form onSubmit={event => { event.preventDefault(); enter.mutate(); }}>
        <Stack>
          <Refused error={enter.error} />
          <TextInput label="E-mail" type="email" name="email" autoComplete="username" required data-autofocus autoFocus value={email} onChange={event => setEmail(event.currentTarget.value)} />
          <PasswordInput label="Password" name="password" autoComplete="current-password" required value={password} onChange={event => setPassword(event.currentTarget.value)} />
          <Button type="submit" loading={enter.isPending} fullWidth>Sign in</Button>
          <Text size="xs" c="dimmed" ta="center">No password any more? Whoever runs this service gives you a link to set one.</Text>
        </Stack>
      </form>
    </Doorway>
  );
}
