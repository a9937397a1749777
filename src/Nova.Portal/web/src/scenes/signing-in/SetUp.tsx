import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { plainApi, useSessionActions } from '../../api/session';
import { firstPlace } from '../../shell/firstPlace';
import { Refused } from '../../widgets/Empty';
import { LinkButton } from '../../widgets/links';
import { Doorway } from './Doorway';
import { takeLinkToken } from './linkToken';
import { NewPassword } from './NewPassword';

/** The first person: the operator, by the link that the server printed when it first started. */
export default function SetUp() {
  const [token] = useState(takeLinkToken);
  const router = useRouter();
  const { begin } = useSessionActions();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const needed = useQuery({ queryKey: ['setup'], queryFn: ({ signal }) => take(plainApi.GET('/v1/setup', { signal })) });
  const make = useMutation({
    mutationFn: async () => begin(await take(plainApi.POST('/v1/setup', { body: { token: token!, name, email: email.trim(), password } }))),
    onSuccess: session => router.navigate({ ...firstPlace(session), replace: true } as never),
  });
  const fields = make.error instanceof ApiProblem ? make.error.fields : {};
  if (needed.data?.needed === false || !token) {
    return (
      <Doorway title={needed.data?.needed === false ? 'Nova is set up' : 'This link is not complete'}
        about={needed.data?.needed === false ? 'There is an operator already. Ask him or her for an invitation, or sign in.' : 'Open the whole link that the server printed when it started, with everything behind the #.'}
      >
        <LinkButton to="/sign-in" variant="default">Go to the sign-in</LinkButton>
      </Doorway>
    );
  }
  return (
    <Doorway title="Set up Nova" about="You become the operator of this Nova: you create accounts, and you see everything.">
      <form onSubmit={event => { event.preventDefault(); make.mutate(); }}>
        <Stack>
          <Refused error={make.error} />
          <TextInput label="Your name" name="name" autoComplete="name" required autoFocus value={name} error={fields.name} onChange={event => setName(event.currentTarget.value)} />
          <TextInput label="E-mail" type="email" name="email" autoComplete="username" required value={email} error={fields.email} onChange={event => setEmail(event.currentTarget.value)} />
          <NewPassword value={password} onChange={setPassword} error={fields.password} />
          <Button type="submit" loading={make.isPending} fullWidth>Create the operator</Button>
        </Stack>
      </form>
    </Doorway>
  );
}
