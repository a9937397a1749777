import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { plainApi, useSessionActions } from '../../api/session';
import { firstPlace } from '../../shell/firstPlace';
import { Failed, Refused } from '../../widgets/Empty';
import { LinkButton } from '../../widgets/links';
import { Doorway } from './Doorway';
import { takeLinkToken } from './linkToken';
import { NewPassword } from './NewPassword';

/** Somebody who was invited into an account chooses a name and a password, and is in. */
export default function Invitation() {
  const [token] = useState(takeLinkToken);
  const router = useRouter();
  const { begin } = useSessionActions();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const invitation = useQuery({
    queryKey: ['invitation', token], enabled: token !== undefined, retry: false,
    queryFn: ({ signal }) => take(plainApi.POST('/v1/invitations/view', { body: { token: token! }, signal })),
  });
  const accept = useMutation({
    mutationFn: async () => begin(await take(plainApi.POST('/v1/invitations/accept', { body: { token: token!, password, ...(!invitation.data?.has_password && { name }) } }))),
    onSuccess: session => router.navigate({ ...firstPlace(session), replace: true } as never),
  });
  if (!token || invitation.isError) {
    return (
      <Doorway title="This invitation is not good" about="It was used already, it is too old, or the link is not complete. Ask for a new one.">
        {invitation.error && ApiProblem.of(invitation.error).status !== 410 && <Failed error={invitation.error} />}
        <LinkButton to="/sign-in" variant="default">Go to the sign-in</LinkButton>
      </Doorway>
    );
  }
  const fields = accept.error instanceof ApiProblem ? accept.error.fields : {};
  const { email = '', account, role, has_password: known } = invitation.data ?? {};
  return (
    <Doorway title={account ? `Join ${account.name}` : 'Invitation'} about={role === 'admin' ? 'As an admin you see everything of the account, and change it.' : role ? 'As a member you see everything of the account. Admins change it.' : undefined}>
      <form onSubmit={event => { event.preventDefault(); accept.mutate(); }}>
        <Stack>
          <Refused error={accept.error} />
          <TextInput label="E-mail" value={email} readOnly autoComplete="username" variant="filled" />
          {known
            // Whoever invites cannot take over whom he invites: somebody who has a password proves himself by it.
            ? <PasswordInput label="Your password" description="You have one here already." name="password" autoComplete="current-password" required autoFocus value={password} error={fields.password} onChange={event => setPassword(event.currentTarget.value)} />
            : (
              <>
                <TextInput label="Your name" name="name" autoComplete="name" required autoFocus value={name} error={fields.name} onChange={event => setName(event.currentTarget.value)} />
                <NewPassword value={password} onChange={setPassword} error={fields.password} />
              </>
            )}
          <Button type="submit" loading={accept.isPending} disabled={!invitation.data} fullWidth>Join</Button>
        </Stack>
      </form>
    </Doorway>
  );
}
