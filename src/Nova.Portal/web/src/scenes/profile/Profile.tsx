import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { IconArrowLeft, IconLogout2 } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { credentials } from '../../api/credentials';
import { ApiProblem } from '../../api/problem';
import { plainApi, sessionQuery, useSessionActions } from '../../api/session';
import type { Session } from '../../api/types';
import { AccountMenu } from '../../shell/AccountMenu';
import { Mark } from '../../shell/Mark';
import { SchemeSwitch } from '../../shell/SchemeSwitch';
import { Confirm } from '../../widgets/Confirm';
import { Refused } from '../../widgets/Empty';
import { LinkButton } from '../../widgets/links';
import { Page, Panel } from '../../widgets/Page';
import { told } from '../../widgets/tell';
import { NewPassword } from '../signing-in/NewPassword';
import classes from './Profile.module.css';

/** What somebody changes about himself. It is about no account. */
export default function Profile() {
  const { data: session } = useQuery(sessionQuery);
  const { signOutEverywhere } = useSessionActions();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  if (!session?.user) return null;
  return (
    <>
      <a href="#main" className="nova-skip">Skip to the content</a>
      <header className={classes.header}>
        <Group gap={9} wrap="nowrap"><Mark /><Text fw={650} fz="0.9375rem">Nova</Text></Group>
        <Group gap={6} wrap="nowrap"><SchemeSwitch /><AccountMenu /></Group>
      </header>
      <main id="main" tabIndex={-1} className={classes.main}>
        <Page title="Your profile" about={session.user.email} width={640} above={<LinkButton to="/" variant="subtle" size="compact-sm" mb="sm" ml={-8} leftSection={<IconArrowLeft size={15} />}>Back</LinkButton>}>
          <Stack>
            <Name name={session.user.name} />
            <Password email={session.user.email} />
            <Panel title="Sign out everywhere" about="In every browser in which you are signed in, this one too." actions={<Button variant="default" leftSection={<IconLogout2 size={16} />} onClick={() => setAsking(true)}>Sign out everywhere</Button>}>{null}</Panel>
          </Stack>
        </Page>
      </main>
      {asking && (
        <Confirm title="Sign out everywhere" verb="Sign out everywhere" onClose={() => setAsking(false)} onConfirm={() => signOutEverywhere().then(() => navigate({ to: '/sign-in' }))}>
          Every browser in which you are signed in is signed out at once, this one too.
        </Confirm>
      )}
    </>
  );
}

/** The answer is the session anew: after a new password with a new CSRF value. */
function useChange(said: string, onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name?: string; password?: string; current_password?: string }) => take(plainApi.PATCH('/v1/session/user', { body })),
    onSuccess: session => { credentials.csrf = session.csrf; client.setQueryData(sessionQuery.queryKey, session as Session); told(said); onDone?.(); },
  });
}

function Name({ name: now }: { name: string }) {
  const [name, setName] = useState(now);
  const save = useChange('Saved.');
  const fields = save.error instanceof ApiProblem ? save.error.fields : {};
  return (
    <Panel title="Name" about="As your colleagues and the audit log show you.">
      <form onSubmit={event => { event.preventDefault(); save.mutate({ name: name.trim() }); }}>
        <Stack gap="sm">
          {!fields.name && <Refused error={save.error} />}
          <Group align="flex-end" gap="xs">
            <TextInput label="Your name" name="name" autoComplete="name" required maxLength={200} flex={1} miw={200} value={name} error={fields.name} onChange={event => setName(event.currentTarget.value)} />
            <Button type="submit" loading={save.isPending} disabled={name.trim() === now || name.trim() === ''}>Save</Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function Password({ email }: { email: string }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const save = useChange('The password is changed. All other browsers are signed out.', () => { setCurrent(''); setPassword(''); });
  const fields = save.error instanceof ApiProblem ? save.error.fields : {};
  return (
    <Panel title="Password" about="A new one signs you out in every other browser.">
      <form onSubmit={event => { event.preventDefault(); save.mutate({ password, current_password: current }); }}>
        <Stack gap="sm">
          {!fields.password && !fields.current_password && <Refused error={save.error} />}
          {/* For password managers: whose password it is. */}
          <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
          <PasswordInput label="Current password" name="current" autoComplete="current-password" required value={current} error={fields.current_password} onChange={event => setCurrent(event.currentTarget.value)} />
          <NewPassword label="New password" value={password} onChange={setPassword} error={fields.password} />
          <Group justify="flex-end"><Button type="submit" loading={save.isPending}>Change the password</Button></Group>
        </Stack>
      </form>
    </Panel>
  );
}
