import { ActionIcon, Badge, Button, Group, Menu, Stack, Text, TextInput } from '@mantine/core';
import { IconDots, IconKey, IconPlus, IconShieldOff } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import type { components } from '../../api/schema';
import { plainApi, sessionQuery } from '../../api/session';
import { Confirm } from '../../widgets/Confirm';
import { Modal } from '../../widgets/Dialog';
import { Failed, LoadingRows, Refused } from '../../widgets/Empty';
import { LinkShownOnce } from '../../widgets/LinkShownOnce';
import { Page } from '../../widgets/Page';
import { refused, told } from '../../widgets/tell';
import { When } from '../../widgets/When';

type User = components['schemas']['User'];

/** Everybody who can sign in: operators, and members of whatever account. */
export default function Users() {
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const query = useInfiniteQuery({
    queryKey: ['operator', 'users'], initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => take(plainApi.GET('/v1/users', { params: { query: { limit: 100, cursor: pageParam } }, signal })),
    getNextPageParam: page => page.next_cursor ?? undefined,
  });
  const again = () => client.invalidateQueries({ queryKey: ['operator', 'users'] });
  const [creating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<User>();
  const [made, setMade] = useState<{ user: User; url: string; expiresAt?: string }>();
  const link = useMutation({
    mutationFn: (user: User) => take(plainApi.POST('/v1/users/{id}/password-link', { params: { path: { id: user.id } } })),
    onSuccess: (answer, user) => setMade({ user, url: answer.url, expiresAt: answer.expires_at }), onError: refused,
  });
  const users = query.data?.pages.flatMap(page => page.data) ?? [];
  return (
    <Page title="People" about="Everybody who can sign in: operators, and members of whatever account." actions={<Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>Add operator</Button>}>
      <Stack gap="sm">
        <div className="nova-panel nova-scroll">
          {query.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : !query.data ? <LoadingRows /> : (
            <table className="nova-table">
              <thead><tr><th scope="col">Who</th><th scope="col">Rights</th><th scope="col" className="nova-wide">Last seen</th><th scope="col" className="nova-wide">Since</th><td /></tr></thead>
              <tbody>
                {users.map(user => (
                  <tr key={user.id}>
                    <th scope="row"><Text size="sm" fw={500}>{user.name}{user.id === session?.user?.id && <Text span size="sm" c="dimmed" fw={400}> · you</Text>}</Text><Text size="xs" c="dimmed">{user.email}</Text></th>
                    <td>{user.operator ? <Badge variant="default" tt="none" fw={550}>Operator</Badge> : <span className="nova-soft">in accounts</span>}</td>
                    <td className="nova-wide"><When at={user.last_seen_at} /></td>
                    <td className="nova-wide"><When at={user.created_at} /></td>
                    <td style={{ textAlign: 'right', width: 1 }}>
                      <Menu position="bottom-end" shadow="md">
                        <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={`More about ${user.name}`}><IconDots size={17} /></ActionIcon></Menu.Target>
                        <Menu.Dropdown>
                          <Menu.Item leftSection={<IconKey size={15} />} onClick={() => link.mutate(user)}>Link to set a password</Menu.Item>
                          {user.operator && user.id !== session?.user?.id && <Menu.Item color="red" leftSection={<IconShieldOff size={15} />} onClick={() => setRemoving(user)}>Take the operator's rights away</Menu.Item>}
                        </Menu.Dropdown>
                      </Menu>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </div>
        {query.hasNextPage && <Group justify="center"><Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>More</Button></Group>}
      </Stack>
      {creating && <Create onClose={() => setCreating(false)} onDone={user => { setCreating(false); void again(); if (user.password_url) setMade({ user, url: user.password_url }); else told(`${user.name} is an operator now.`); }} />}
      {made && <LinkShownOnce title={`${made.user.name} sets a password`} url={made.url} expiresAt={made.expiresAt} onClose={() => setMade(undefined)}>Nova sends no mail: hand this on to {made.user.email}.</LinkShownOnce>}
      {removing && (
        <Confirm title={`Take ${removing.name}'s rights away?`} verb="Take them away" onClose={() => setRemoving(undefined)} onConfirm={async () => { await take(plainApi.DELETE('/v1/users/{id}', { params: { path: { id: removing.id } } })); await again(); told('Done.'); }}>
          He or she is signed out everywhere at once and is no operator any more. Where he or she is a member of an account, that stays.
        </Confirm>
      )}
    </Page>
  );
}

function Create({ onClose, onDone }: { onClose: () => void; onDone: (user: User) => void }) {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const create = useMutation({ mutationFn: () => take(plainApi.POST('/v1/users', { body: { email: email.trim(), name: name.trim() } })), onSuccess: onDone });
  const fields = create.error instanceof ApiProblem ? create.error.fields : {};
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>Add operator</Text>}>
      <form onSubmit={event => { event.preventDefault(); create.mutate(); }}>
        <Stack>
          {Object.keys(fields).length === 0 && <Refused error={create.error} />}
          <Text size="sm" c="dimmed">Operators do everything, in every account.</Text>
          <TextInput label="Name" required maxLength={200} value={name} error={fields.name} onChange={event => setName(event.currentTarget.value)} data-autofocus />
          <TextInput label="E-mail" type="email" required value={email} error={fields.email} onChange={event => setEmail(event.currentTarget.value)} />
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={create.isPending}>Add operator</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
