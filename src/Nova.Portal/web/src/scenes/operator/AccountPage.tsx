import { Button, Code, Group, NumberInput, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { IconEdit, IconExternalLink, IconFlask, IconLink, IconUserPlus, IconWorld } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { take, type Environment } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { plainApi } from '../../api/session';
import { CopyIcon } from '../../widgets/Copy';
import { Modal } from '../../widgets/Dialog';
import { Loaded, Refused } from '../../widgets/Empty';
import { LinkButton, LinkText } from '../../widgets/links';
import { Facts, Page, Panel } from '../../widgets/Page';
import { told } from '../../widgets/tell';
import { When } from '../../widgets/When';
import { MemberTable } from '../members/MemberTable';
import { membersOf } from '../members/source';
import { NewPortalLink } from './NewPortalLink';
import { accountQuery, choices, planOf, plansQuery, productsQuery, type Account } from './queries';

const route = getRouteApi('/operator/accounts/$id');

/** One account as the operator manages it: its plan, its people, its keys, and the way in. */
export default function AccountPage() {
  const { id } = route.useParams();
  const query = useQuery(accountQuery(id));
  return <Loaded query={query}>{account => <Shown account={account} />}</Loaded>;
}

function Shown({ account }: { account: Account }) {
  const products = useQuery(productsQuery);
  const plans = useQuery(plansQuery);
  const source = useMemo(() => membersOf(account.id), [account.id]);
  const [asking, setAsking] = useState<'edit' | 'link' | 'invite'>();
  const { overrides } = account;
  const limits = overrides ? [
    overrides.endpoints != null && `${overrides.endpoints} endpoints`, overrides.custom_headers != null && `${overrides.custom_headers} headers`,
    overrides.requests_per_second != null && `${overrides.requests_per_second} requests a second`,
  ].filter(Boolean).join(', ') : '';
  const open = (environment: Environment) => ({ to: '/$account/$environment', params: { account: account.id, environment } }) as const;
  return (
    <Page
      title={account.name} about={`An account of ${products.data?.find(one => one.name === account.product)?.title ?? account.product}.`} above={<LinkText to="/operator/accounts" size="sm" mb={6} display="inline-block">Accounts</LinkText>}
      actions={
        <>
          <Button variant="default" leftSection={<IconLink size={16} />} onClick={() => setAsking('link')}>Portal link</Button>
          <LinkButton variant="default" leftSection={<IconFlask size={16} />} {...open('sandbox')}>Open sandbox</LinkButton>
          <LinkButton leftSection={<IconWorld size={16} />} {...open('production')}>Open production</LinkButton>
        </>
      }
    >
      <Stack>
        <Panel title="Account" actions={<Button size="xs" variant="default" leftSection={<IconEdit size={14} />} onClick={() => setAsking('edit')}>Edit</Button>}>
          <Facts facts={[
            ['Id', <Group key="id" gap={4}><span className="nova-mono">{account.id}</span><CopyIcon text={account.id} label="Copy the id" /></Group>],
            ['Your id', account.external_id ? <Group key="external" gap={4}><span className="nova-mono">{account.external_id}</span><CopyIcon text={account.external_id} label="Copy your id" /></Group> : <span className="nova-soft">none</span>],
            ['Plan', <>{planOf(plans.data, account)?.title ?? account.plan ?? '–'}{!account.plan && <span className="nova-soft"> · the product’s default</span>}</>],
            ['Limits of its own', limits || <span className="nova-soft">none: as its plan says</span>],
            ['Created', <When key="created" at={account.created_at} />],
          ]} />
        </Panel>
        <Panel title="Members" flush about="Who signs in to this account." actions={<Button size="xs" variant="default" leftSection={<IconUserPlus size={14} />} onClick={() => setAsking('invite')}>Invite</Button>}>
          <MemberTable source={source} mayChange inviting={asking === 'invite'} onInvite={() => setAsking('invite')} onInvited={() => setAsking(undefined)} />
        </Panel>
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Keys account={account} environment="production" />
          <Keys account={account} environment="sandbox" />
        </SimpleGrid>
        <Group><LinkButton variant="subtle" size="xs" to="/operator/audit" search={{ account: account.id }} leftSection={<IconExternalLink size={14} />}>What was done in this account</LinkButton></Group>
      </Stack>
      {asking === 'edit' && <Edit account={account} onClose={() => setAsking(undefined)} />}
      {asking === 'link' && <NewPortalLink account={account} onClose={() => setAsking(undefined)} />}
    </Page>
  );
}

function Keys({ account, environment }: { account: Account; environment: Environment }) {
  const query = useQuery({
    queryKey: ['operator', 'account', account.id, 'keys', environment],
    queryFn: async ({ signal }) => (await take(plainApi.GET('/v1/accounts/{account}/environments/{environment}/keys', { params: { path: { account: account.id, environment }, query: { limit: 250 } }, signal }))).data.filter(key => !key.revoked_at),
  });
  const title = environment === 'production' ? 'Keys of production' : 'Keys of the sandbox';
  return (
    <Panel title={title} flush actions={<LinkButton size="xs" variant="default" to="/$account/$environment/keys" params={{ account: account.id, environment }} aria-label={`Manage the ${title.toLowerCase()}`}>Manage</LinkButton>}>
      <Loaded query={query} rows={2}>{keys => keys.length === 0 ? <Text size="sm" c="dimmed" p="md">None.</Text> : (
        <div className="nova-scroll">
          <table className="nova-table">
            <thead><tr><th scope="col">Name</th><th scope="col">Key</th><th scope="col">Last used</th></tr></thead>
            <tbody>{keys.map(key => <tr key={key.id}><th scope="row">{key.name ?? <span className="nova-soft">unnamed</span>}</th><td><Code>{key.masked}</Code></td><td><When at={key.last_used_at} /></td></tr>)}</tbody>
          </table>
        </div>
      )}</Loaded>
    </Panel>
  );
}

const number = (value: string | number) => value === '' ? null : Number(value);

function Edit({ account, onClose }: { account: Account; onClose: () => void }) {
  const client = useQueryClient();
  const plans = useQuery(plansQuery);
  const [name, setName] = useState(account.name);
  const [plan, setPlan] = useState(account.plan ?? null);
  const [endpoints, setEndpoints] = useState<string | number>(account.overrides?.endpoints ?? '');
  const [headers, setHeaders] = useState<string | number>(account.overrides?.custom_headers ?? '');
  const [rate, setRate] = useState<string | number>(account.overrides?.requests_per_second ?? '');
  const own = choices(plans.data, account.product);
  const save = useMutation({
    mutationFn: () => {
      const overrides = { endpoints: number(endpoints), custom_headers: number(headers), requests_per_second: number(rate) };
      return take(plainApi.PATCH('/v1/accounts/{account}', {
        params: { path: { account: account.id } },
        body: { name: name.trim(), plan, overrides: Object.values(overrides).every(value => value === null) ? null : overrides } as never,
      }));
    },
    onSuccess: async () => { await client.invalidateQueries({ queryKey: ['operator'] }); told('Saved.'); onClose(); },
  });
  const fields = save.error instanceof ApiProblem ? save.error.fields : {};
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>Edit {account.name}</Text>}>
      <form onSubmit={event => { event.preventDefault(); save.mutate(); }}>
        <Stack>
          <Refused error={save.error} />
          <TextInput label="Name" required maxLength={200} value={name} error={fields.name} onChange={event => setName(event.currentTarget.value)} data-autofocus />
          {own.length > 0 && <Select label="Plan" placeholder="The product's default" clearable value={plan} error={fields.plan} onChange={setPlan} data={own} />}
          <div>
            <Text size="sm" fw={500}>Limits of its own</Text>
            <Text size="xs" c="dimmed" mb={6}>Agreed with this account alone. Empty: as the plan says.</Text>
            <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="xs">
              <NumberInput label="Endpoints" size="xs" min={0} max={10000} allowDecimal={false} value={endpoints} onChange={setEndpoints} hideControls />
              <NumberInput label="Custom headers" size="xs" min={0} max={16} allowDecimal={false} value={headers} onChange={setHeaders} hideControls />
              <NumberInput label="Requests a second" size="xs" min={1} max={100000} allowDecimal={false} value={rate} onChange={setRate} hideControls />
            </SimpleGrid>
          </div>
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={save.isPending}>Save</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
