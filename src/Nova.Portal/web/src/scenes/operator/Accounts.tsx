import { Button, CloseButton, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconBuilding, IconPlus, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { plainApi } from '../../api/session';
import { Modal } from '../../widgets/Dialog';
import { Failed, LoadingRows, NoneMatch, NoneYet, Refused } from '../../widgets/Empty';
import { LinkButton, LinkText } from '../../widgets/links';
import { Page } from '../../widgets/Page';
import { When } from '../../widgets/When';
import { choices, planOf, plansQuery, productsQuery } from './queries';
import type { AccountSearch } from './search';

const route = getRouteApi('/operator/accounts');

/** Every account of every product, and the way into each. */
export default function Accounts() {
  const { create: creating, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<AccountSearch>) => void navigate({ search: (now: AccountSearch) => ({ ...now, ...next }), replace: true } as never);
  const products = useQuery(productsQuery);
  const plans = useQuery(plansQuery);
  const setCreating = (on: boolean) => change({ create: on || undefined });
  const query = useInfiniteQuery({
    queryKey: ['operator', 'accounts', search], initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => take(plainApi.GET('/v1/accounts', { params: { query: { ...search, limit: 50, cursor: pageParam } as never }, signal })),
    getNextPageParam: page => page.next_cursor ?? undefined, placeholderData: before => before,
  });
  const accounts = query.data?.pages.flatMap(page => page.data) ?? [];
  const filtered = search.q !== undefined || search.product !== undefined;
  const create = <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>Create account</Button>;
  return (
    <Page title="Accounts" about="The customers of every product. Open one to see what they see." actions={create}>
      <Stack gap="sm">
        <Group gap="xs" role="search" aria-label="Filters">
          <Find value={search.q} onChange={q => change({ q })} />
          <Select aria-label="Product" placeholder="Product" size="xs" w={180} clearable value={search.product ?? null} onChange={value => change({ product: value ?? undefined })} data={(products.data ?? []).map(product => ({ value: product.name, label: product.title }))} />
          {filtered && <Button size="xs" variant="subtle" onClick={() => change({ q: undefined, product: undefined })}>Clear filters</Button>}
        </Group>
        <div className="nova-panel nova-scroll">
          {query.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : !query.data ? <LoadingRows /> : accounts.length === 0
            ? filtered ? <NoneMatch what="accounts" onClear={() => change({ q: undefined, product: undefined })} /> : <NoneYet icon={<IconBuilding size={22} />} title="No accounts yet" action={create}>Your services make them by the API as customers come, or you make one here.</NoneYet>
            : (
              <table className="nova-table">
                <thead><tr><th scope="col">Name</th><th scope="col">Product</th><th scope="col" className="nova-wide">Your id</th><th scope="col" className="nova-wide">Plan</th><th scope="col" className="nova-wide">Created</th><td className="nova-wide" /></tr></thead>
                <tbody>
                  {accounts.map(account => (
                    <tr key={account.id}>
                      <th scope="row"><LinkText to="/operator/accounts/$id" params={{ id: account.id }} size="sm" fw={550}>{account.name}</LinkText></th>
                      <td>{products.data?.find(one => one.name === account.product)?.title ?? account.product}</td>
                      <td className="nova-wide nova-mono" style={{ maxWidth: 260, overflowWrap: 'anywhere' }}>{account.external_id ?? '–'}</td>
                      <td className="nova-wide">{planOf(plans.data, account)?.title ?? account.plan ?? '–'}{!account.plan && <Text span size="sm" c="dimmed"> · default</Text>}</td>
                      <td className="nova-wide"><When at={account.created_at} /></td>
                      <td className="nova-wide" style={{ width: 1 }}>
                        <Group gap={6} wrap="nowrap">
                          <LinkButton size="xs" variant="default" to="/$account/$environment" params={{ account: account.id, environment: 'production' }} aria-label={`Production of ${account.name}`}>Production</LinkButton>
                          <LinkButton size="xs" variant="default" to="/$account/$environment" params={{ account: account.id, environment: 'sandbox' }} aria-label={`Sandbox of ${account.name}`}>Sandbox</LinkButton>
                        </Group>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
        </div>
        {query.hasNextPage && <Group justify="center"><Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>More</Button></Group>}
      </Stack>
      {creating && <Create product={search.product} onClose={() => setCreating(false)} />}
    </Page>
  );
}

function Find({ value, onChange }: { value?: string; onChange: (value: string | undefined) => void }) {
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const tell = useDebouncedCallback((next: string) => onChange(next.trim() || undefined), 250);
  return (
    <TextInput
      aria-label="Name or id" placeholder="Name or id" size="xs" flex="1 1 200px" maw={320} leftSection={<IconSearch size={14} />} value={text} onChange={event => { setText(event.currentTarget.value); tell(event.currentTarget.value); }}
      rightSection={text && <CloseButton size="xs" aria-label="Clear the name" onClick={() => { setText(''); onChange(undefined); }} />}
    />
  );
}

function Create({ product: first, onClose }: { product?: string; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const products = useQuery(productsQuery);
  const plans = useQuery(plansQuery);
  const [product, setProduct] = useState(first ?? '');
  const [name, setName] = useState('');
  const [externalId, setExternalId] = useState('');
  const [plan, setPlan] = useState<string | null>(null);
  const create = useMutation({
    mutationFn: () => take(plainApi.POST('/v1/accounts', { body: { product, name: name.trim(), external_id: externalId.trim() || null, plan } })),
    onSuccess: async account => { await client.invalidateQueries({ queryKey: ['operator', 'accounts'] }); await navigate({ to: '/operator/accounts/$id', params: { id: account.id } }); },
  });
  const fields = create.error instanceof ApiProblem ? create.error.fields : {};
  const own = choices(plans.data, product);
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>Create account</Text>}>
      <form onSubmit={event => { event.preventDefault(); create.mutate(); }}>
        <Stack>
          {Object.keys(fields).length === 0 && <Refused error={create.error} />}
          <TextInput label="Name" placeholder="Acme Inc" required maxLength={200} value={name} error={fields.name} onChange={event => setName(event.currentTarget.value)} data-autofocus />
          <Select label="Product" description={products.data?.find(one => one.name === product)?.description ?? 'It decides what its customers are sent, and how.'} required allowDeselect={false} value={product || null} error={fields.product} onChange={value => { setProduct(value ?? ''); setPlan(null); }} data={(products.data ?? []).map(one => ({ value: one.name, label: one.title }))} />
          <TextInput label="Your id (optional)" description="What your services call it. Unique in its product." maxLength={200} value={externalId} error={fields.external_id} onChange={event => setExternalId(event.currentTarget.value)} />
          {own.length > 0 && <Select label="Plan" placeholder="The product's default" clearable value={plan} error={fields.plan} onChange={setPlan} data={own} />}
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={create.isPending} disabled={!product}>Create account</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
