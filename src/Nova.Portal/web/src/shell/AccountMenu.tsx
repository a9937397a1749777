import { Menu, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconLogout, IconLogout2, IconShieldCog, IconUser, IconUserCircle } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sessionQuery, useSessionActions } from '../api/session';
import { Confirm } from '../widgets/Confirm';
import { refused } from '../widgets/tell';
import classes from './AccountMenu.module.css';

/** Who is signed in, his other accounts, and the way out. */
export function AccountMenu({ account }: { account?: string }) {
  const { data: session } = useQuery(sessionQuery);
  const { signOut, signOutEverywhere } = useSessionActions();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  if (!session?.user || session.kind === 'link') return null;
  const { user, accounts } = session;
  const leave = () => void navigate({ to: '/sign-in' });
  return (
    <>
      <Menu position="bottom-end" width={252} shadow="md">
        <Menu.Target>
          <UnstyledButton aria-label="Account menu" className={classes.button}><IconUser size={17} aria-hidden="true" /></UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label><Text size="sm" fw={550} c="var(--mantine-color-text)">{user.name}</Text>{user.email}</Menu.Label>
          {accounts.length > 1 && (
            <>
              <Menu.Divider /><Menu.Label>Accounts</Menu.Label>
              {accounts.map(entry => (
                <Menu.Item key={entry.id} rightSection={entry.id === account && <IconCheck size={15} />} onClick={() => void navigate({ to: '/$account/$environment', params: { account: entry.id, environment: 'production' } })}>
                  <Text size="sm">{entry.name}</Text><Text size="xs" c="dimmed">{entry.product} · {entry.role}</Text>
                </Menu.Item>
              ))}
            </>
          )}
          {user.operator && <><Menu.Divider /><Menu.Item leftSection={<IconShieldCog size={16} />} onClick={() => void navigate({ to: '/operator' })}>Operator</Menu.Item></>}
          <Menu.Divider />
          <Menu.Item leftSection={<IconUserCircle size={16} />} onClick={() => void navigate({ to: '/profile' })}>Your profile</Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut().then(leave, refused)}>Sign out</Menu.Item>
          <Menu.Item leftSection={<IconLogout2 size={16} />} onClick={() => setAsking(true)}>Sign out everywhere</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking && (
        <Confirm title="Sign out everywhere" verb="Sign out everywhere" onClose={() => setAsking(false)} onConfirm={() => signOutEverywhere().then(leave)}>
          Every browser in which you are signed in is signed out at once, this one too.
        </Confirm>
      )}
    </>
  );
}
