import { Button, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
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

/** A password to set by a link that an operator handed on. */
export default function SetPassword() {
  const [token] = useState(takeLinkToken);
  const router = useRouter();
  const { begin } = useSessionActions();
  const [password, setPassword] = useState('');
  const save = useMutation({
    mutationFn: async () => begin((await take(plainApi.POST('/v1/passwords', { body: { token: token!, password } }))) as never),
    onSuccess: session => router.navigate({ ...firstPlace(session), replace: true } as never),
  });
  if (!token) {
    return <Doorway title="This link is not complete" about="Open the whole link, with everything behind the #."><LinkButton to="/sign-in" variant="default">Go to the sign-in</LinkButton></Doorway>;
  }
  const fields = save.error instanceof ApiProblem ? save.error.fields : {};
  return (
    <Doorway title="Choose a password" about="Every browser in which you are signed in is signed out by it.">
      <form onSubmit={event => { event.preventDefault(); save.mutate(); }}>
        <Stack>
          {!fields.password && <Refused error={save.error} />}
          <NewPassword value={password} onChange={setPassword} error={fields.password} />
          <Button type="submit" loading={save.isPending} fullWidth>Set the password</Button>
        </Stack>
      </form>
    </Doorway>
  );
}
