import { ActionIcon, Button, Code, Group, Menu, Stack, Text, TextInput } from '@mantine/core';
import { IconDots, IconKey, IconPlus, IconRestore, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { useHere, useRefresh } from '../../api/scope';
import type { Key } from '../../api/types';
import { apiBase } from '../../theme/place';
import { CodeBlock } from '../../widgets/CodeBlock';
import { Confirm } from '../../widgets/Confirm';
import { Modal } from '../../widgets/Dialog';
import { Loaded, NoneYet, Refused } from '../../widgets/Empty';
import { Page, Panel } from '../../widgets/Page';
import { ShownOnce } from '../../widgets/ShownOnce';
import { refused, told } from '../../widgets/tell';
import { When } from '../../widgets/When';

export default function ApiKeys() {
  const { product } = useHere();
  if (product.api.authentication === 'api_key') return <Keys />;
  return (
    <Page title="API Keys">
      <div className="nova-panel"><NoneYet icon={<IconKey size={22} />} title="No keys are needed">Your services call this API with tokens that the company issues, not with keys made here.</NoneYet></div>
    </Page>
  );
}

function Keys() {
  const { api, key, environment, may } = useHere();
  const refresh = useRefresh();
  const query = useQuery({ queryKey: [...key, 'keys'], queryFn: async ({ signal }) => (await take(api.GET('/v1/keys', { params: { query: { limit: 250 } }, signal }))).data });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Key>();
  const good = query.data?.filter(entry => !entry.revoked_at) ?? [];
  const revoked = query.data?.filter(entry => entry.revoked_at) ?? [];
  const create = <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>Create API Key</Button>;
  const restore = useMutation({
    mutationFn: (id: string) => take(api.POST('/v1/keys/{id}/restore', { params: { path: { id } } })),
    onSuccess: () => { told('Restored. It is good again.'); void refresh('keys'); }, onError: refused,
  });
  return (
    <Page title="API Keys" about={`Your services identify themselves with these in ${environment === 'production' ? 'production' : 'the sandbox'}. A key of one environment is worth nothing in the other.`} actions={may.manage && create}>
      <Stack>
        <div className="nova-panel">
          <Loaded query={query} rows={3}>{() => good.length === 0
            ? <NoneYet icon={<IconKey size={22} />} title="No keys yet" action={may.manage && create}>{may.manage ? 'Create one, and your services can use the API of this environment.' : 'An admin of this account can create one.'}</NoneYet>
            : (
              <div className="nova-scroll">
                <table className="nova-table">
                  <thead><tr><th scope="col">Name</th><th scope="col" className="nova-wide">Key</th><th scope="col" className="nova-wide">Created</th><th scope="col">Last Used</th>{may.manage && <td />}</tr></thead>
                  <tbody>
                    {good.map(entry => (
                      <tr key={entry.id}>
                        <th scope="row"><Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>{entry.name ?? <span className="nova-soft">unnamed</span>}</Text><div className="nova-narrow"><Code>{entry.masked}</Code></div></th>
                        <td className="nova-wide"><Code>{entry.masked}</Code></td>
                        <td className="nova-wide"><When at={entry.created_at} /></td>
                        <td><When at={entry.last_used_at} /></td>
                        {may.manage && (
                          <td style={{ textAlign: 'right', width: 1 }}>
                            <Menu position="bottom-end" shadow="md">
                              <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={`More about ${entry.name ?? entry.masked}`}><IconDots size={17} /></ActionIcon></Menu.Target>
                              <Menu.Dropdown><Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => setRevoking(entry)}>Revoke</Menu.Item></Menu.Dropdown>
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
        </div>
        {revoked.length > 0 && (
          <Panel title="Revoked Keys" about="Worth nothing. One that was revoked by mistake can be brought back." flush>
            <div className="nova-scroll">
              <table className="nova-table">
                <thead><tr><th scope="col">Name</th><th scope="col" className="nova-wide">Key</th><th scope="col">Revoked</th>{may.manage && <td />}</tr></thead>
                <tbody>
                  {revoked.map(entry => (
                    <tr key={entry.id}>
                      <th scope="row"><Text size="sm" style={{ overflowWrap: 'anywhere' }}>{entry.name ?? <span className="nova-soft">unnamed</span>}</Text><div className="nova-narrow"><Code>{entry.masked}</Code></div></th>
                      <td className="nova-wide"><Code>{entry.masked}</Code></td>
                      <td><When at={entry.revoked_at} /></td>
                      {may.manage && <td style={{ textAlign: 'right', width: 1 }}><Button size="xs" variant="default" leftSection={<IconRestore size={14} />} loading={restore.isPending && restore.variables === entry.id} onClick={() => restore.mutate(entry.id)} aria-label={`Restore ${entry.name ?? entry.masked}`}>Restore</Button></td>}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </Panel>
        )}
      </Stack>
      {creating && <Create onClose={() => setCreating(false)} />}
      {revoking && (
        <Confirm title={`Revoke ${revoking.name ?? revoking.masked}?`} verb="Revoke" onClose={() => setRevoking(undefined)} onConfirm={async () => { await take(api.DELETE('/v1/keys/{id}', { params: { path: { id: revoking.id } } })); await refresh('keys'); told('Revoked.'); }}>
          Whatever uses <Code>{revoking.masked}</Code> is answered with 401 Unauthorized within a second. You can restore it from the Revoked Keys.
        </Confirm>
      )}
    </Page>
  );
}

function Create({ onClose }: { onClose: () => void }) {
  const { api, product } = useHere();
  const refresh = useRefresh();
  const [name, setName] = useState('');
  const create = useMutation({ mutationFn: () => take(api.POST('/v1/keys', { body: { name: name.trim() || null } })), onSuccess: () => refresh('keys') });
  const made = create.data;
  const fields = create.error instanceof ApiProblem ? create.error.fields : {};
  if (made?.key) {
    return (
      // Not closed by a click beside it: what it shows is shown once.
      <Modal opened onClose={onClose} closeOnClickOutside={false} closeOnEscape={false} size="lg" title={<Text fw={600}>Your new API key</Text>}>
        <Stack>
          <ShownOnce value={made.key} label="API key" again={false} />
          <div>
            <Text size="sm" mb={4}>Try it:</Text>
            <CodeBlock label="curl command" wrap text={`curl ${location.origin}${apiBase}${product.api.base_path}/webhooks -H "Authorization: Bearer ${made.key}"`} />
          </div>
          <Group justify="flex-end"><Button onClick={onClose}>I have stored it</Button></Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>Create API Key</Text>}>
      <form onSubmit={event => { event.preventDefault(); create.mutate(); }}>
        <Stack>
          {!fields.name && <Refused error={create.error} />}
          <TextInput label="Name (optional)" placeholder="Production Server" description="Helps to tell it from the others." maxLength={100} value={name} error={fields.name} onChange={event => setName(event.currentTarget.value)} data-autofocus />
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={create.isPending}>Create API Key</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
