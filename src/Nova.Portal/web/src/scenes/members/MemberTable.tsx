import { ActionIcon, Badge, Button, Group, Menu, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconDots, IconLink, IconTrash, IconUserCog, IconUserPlus, IconUsers } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem } from '../../api/problem';
import type { Role } from '../../api/types';
import { Confirm } from '../../widgets/Confirm';
import { Modal } from '../../widgets/Dialog';
import { Loaded, NoneYet, Refused } from '../../widgets/Empty';
import { LinkShownOnce } from '../../widgets/LinkShownOnce';
import { refused, told } from '../../widgets/tell';
import { When } from '../../widgets/When';
import type { Member, MemberSource } from './source';

const called = (member: Member) => member.name ?? member.email;

/** Who belongs to an account. `inviting` is held by the page, which has the button. */
export function MemberTable({ source, mayChange, me, inviting, onInvite, onInvited }: {
  source: MemberSource; mayChange: boolean; me?: string; inviting: boolean; onInvite: () => void; onInvited: () => void;
}) {
  const client = useQueryClient();
  const query = useQuery({ queryKey: source.key, queryFn: ({ signal }) => source.list(signal) });
  const again = () => client.invalidateQueries({ queryKey: source.key });
  const [removing, setRemoving] = useState<Member>();
  const [made, setMade] = useState<Member>();
  const change = useMutation({ mutationFn: ({ member, role }: { member: Member; role: Role }) => source.change(member.id, role), onSuccess: (_, { member, role }) => { told(`${called(member)} is ${role === 'admin' ? 'an admin' : 'a member'} now.`); void again(); }, onError: refused });
  const renew = useMutation({ mutationFn: (member: Member) => source.renew(member.id), onSuccess: setMade, onError: refused });
  return (
    <>
      <Loaded query={query} rows={3}>{members => members.length === 0
        ? <NoneYet icon={<IconUsers size={22} />} title="Nobody yet" action={mayChange && <Button leftSection={<IconUserPlus size={16} />} onClick={onInvite}>Invite</Button>}>Whoever is invited signs in to this portal and sees this account.</NoneYet>
        : (
          <div className="nova-scroll">
            <table className="nova-table">
              <thead><tr><th scope="col">Who</th><th scope="col">Role</th><th scope="col" className="nova-wide">Last seen</th><th scope="col" className="nova-wide">Invited</th>{mayChange && <td />}</tr></thead>
              <tbody>
                {members.map(member => (
                  <tr key={member.id}>
                    <th scope="row" style={{ maxWidth: 380 }}>
                      <Text size="sm" fw={500} className="nova-cut">{called(member)}{member.email === me && <Text span size="sm" c="dimmed" fw={400}> · you</Text>}</Text>
                      {member.name && <Text size="xs" c="dimmed" className="nova-cut">{member.email}</Text>}
                    </th>
                    <td><Group gap={6} wrap="nowrap"><span>{member.role === 'admin' ? 'Admin' : 'Member'}</span>{member.state === 'invited' && <Badge variant="default" size="sm" tt="none" fw={500}>Invited</Badge>}</Group></td>
                    <td className="nova-wide"><When at={member.last_seen_at} none={member.state === 'invited' ? 'not yet' : 'never'} /></td>
                    <td className="nova-wide"><When at={member.created_at} /></td>
                    {mayChange && (
                      <td style={{ textAlign: 'right', width: 1 }}>
                        <Menu position="bottom-end" shadow="md">
                          <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={`More about ${called(member)}`}><IconDots size={17} /></ActionIcon></Menu.Target>
                          <Menu.Dropdown>
                            <Menu.Item leftSection={<IconUserCog size={15} />} onClick={() => change.mutate({ member, role: member.role === 'admin' ? 'member' : 'admin' })}>{member.role === 'admin' ? 'Make a member' : 'Make an admin'}</Menu.Item>
                            {member.state === 'invited' && <Menu.Item leftSection={<IconLink size={15} />} onClick={() => renew.mutate(member)}>New invitation link</Menu.Item>}
                            <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => setRemoving(member)}>{member.state === 'invited' ? 'Take the invitation back' : 'Remove'}</Menu.Item>
                          </Menu.Dropdown>
                        </Menu>
                      </td>
                    )}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
      {inviting && <Invite source={source} onClose={onInvited} onDone={member => { onInvited(); setMade(member); void again(); }} />}
      {made?.invitation_url && (
        <LinkShownOnce title={`${called(made)} is invited`} url={made.invitation_url} expiresAt={made.invitation_expires_at} onClose={() => setMade(undefined)}>
          No mail is sent: hand this on to {made.email}, who chooses a password by it.
        </LinkShownOnce>
      )}
      {removing && (
        <Confirm title={`Remove ${called(removing)}?`} verb="Remove" onClose={() => setRemoving(undefined)} onConfirm={async () => { await source.remove(removing.id); await again(); told('Removed.'); }}>
          {removing.state === 'invited' ? 'The invitation link is good for nothing from then on.' : 'He or she is out at once, in every browser. What was done stays in the audit log.'}
        </Confirm>
      )}
    </>
  );
}

function Invite({ source, onClose, onDone }: { source: MemberSource; onClose: () => void; onDone: (member: Member) => void }) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('member');
  const invite = useMutation({ mutationFn: () => source.invite(email.trim(), role), onSuccess: onDone });
  const fields = invite.error instanceof ApiProblem ? invite.error.fields : {};
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>Invite somebody</Text>}>
      <form onSubmit={event => { event.preventDefault(); invite.mutate(); }}>
        <Stack>
          {!fields.email && <Refused error={invite.error} />}
          <TextInput label="E-mail" type="email" required autoComplete="off" value={email} error={fields.email} onChange={event => setEmail(event.currentTarget.value)} data-autofocus />
          <Radio.Group label="Role" value={role} onChange={value => setRole(value as Role)}>
            <Stack gap="xs" mt={6}>
              <Radio value="member" label="Member" description="Sees everything but secrets, and changes nothing." />
              <Radio value="admin" label="Admin" description="Sees everything and changes it, members too." />
            </Stack>
          </Radio.Group>
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={invite.isPending}>Invite</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
