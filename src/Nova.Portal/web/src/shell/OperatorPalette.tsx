import { useDebouncedValue } from '@mantine/hooks';
import type { SpotlightActionData, SpotlightActionGroupData } from '@mantine/spotlight';
import { IconAlertTriangle, IconBolt, IconBuilding, IconFlask, IconHistory, IconPackage, IconPlus, IconServer2, IconStack2, IconWebhook, IconWorld } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { accountsNamed, failingQuery, foundQuery, isId, nodesQuery, plansQuery, productsQuery, type Found } from '../scenes/operator/queries';
import { operatorPlaces } from './operatorPlaces';
import { Palette, useSchemeAction, useSequences } from './Palette';

/** Everything that an operator goes to: screens, accounts, products, plans, nodes, failing endpoints, and whatever has an id. */
export function OperatorPalette() {
  const navigate = useNavigate();
  const scheme = useSchemeAction();
  const [opened, setOpened] = useState(false);
  const [text, setText] = useState('');
  const [sought] = useDebouncedValue(text.trim(), 150);
  const byId = isId(sought);
  const accounts = useQuery({ ...accountsNamed(sought), enabled: opened && !byId });
  const found = useQuery({ ...foundQuery(sought), enabled: opened && byId });
  const products = useQuery({ ...productsQuery, enabled: opened });
  const plans = useQuery({ ...plansQuery, enabled: opened });
  const nodes = useQuery({ ...nodesQuery, enabled: opened });
  const failing = useQuery({ ...failingQuery, enabled: opened });

  const goTo = (path: typeof operatorPlaces[number]['path'], hash?: string) => void navigate({ to: `/operator/${path}`, hash });
  useSequences(Object.fromEntries(operatorPlaces.map(place => [place.key, () => goTo(place.path)])));
  const system = (hash: string) => () => goTo('system', hash);
  // What the server found fits, whatever of it is shown: the list would look for the text in the label.
  const keywords = [text.trim()];
  const titles = new Map(products.data?.map(product => [product.name, product.title]));
  const few = (accounts.data?.length ?? 0) <= 2;

  const actions: SpotlightActionGroupData[] = [
    { group: 'By its id', actions: byId && found.data ? [ofFound(found.data, keywords, navigate)] : [] },
    { group: 'Accounts', actions: byId || sought === '' ? [] : (accounts.data ?? []).flatMap((account): SpotlightActionData[] => [
      { id: account.id, label: account.name, description: [titles.get(account.product) ?? account.product, account.external_id].filter(Boolean).join(' · '), keywords, leftSection: <IconBuilding size={17} />,
        onClick: () => void navigate({ to: '/operator/accounts/$id', params: { id: account.id } }) },
      ...(few ? (['production', 'sandbox'] as const).map((environment): SpotlightActionData => ({
        id: `${account.id} ${environment}`, label: `${environment === 'production' ? 'Production' : 'Sandbox'} of ${account.name}`, description: 'What its people see', keywords,
        leftSection: environment === 'production' ? <IconWorld size={17} /> : <IconFlask size={17} />, onClick: () => void navigate({ to: '/$account/$environment', params: { account: account.id, environment } }),
      })) : []),
    ]) },
    { group: 'Go to', actions: [
      ...operatorPlaces.map(({ path, label, icon: Icon, key }): SpotlightActionData => ({ id: path, label, description: `g ${key}`, leftSection: <Icon size={17} />, onClick: () => goTo(path) })),
      { id: 'queue', label: 'Queue', description: 'What waits, and since when', leftSection: <IconStack2 size={17} />, onClick: system('queue') },
      { id: 'nodes', label: 'Nodes', description: 'Drain and resume', leftSection: <IconServer2 size={17} />, onClick: system('nodes') },
      { id: 'failing', label: 'Failing endpoints', leftSection: <IconAlertTriangle size={17} />, onClick: system('failing') },
    ] },
    { group: 'Do', actions: [
      { id: 'create-account', label: 'Create account', leftSection: <IconPlus size={17} />, onClick: () => void navigate({ to: '/operator/accounts', search: { create: true } }) },
      scheme,
    ] },
    { group: 'Failing endpoints', actions: (failing.data ?? []).filter(one => one.account && one.environment).slice(0, sought ? 100 : 5).map((one): SpotlightActionData => ({
      id: `failing ${one.id}`, label: one.url ?? one.id, description: `fails at ${one.account_name}, ${one.environment}`, leftSection: <IconAlertTriangle size={17} />,
      onClick: () => void navigate({ to: '/$account/$environment/webhooks/$endpoint', params: { account: one.account!, environment: one.environment!, endpoint: one.id } }) })) },
    { group: 'Nodes', actions: (nodes.data ?? []).map((node): SpotlightActionData => ({ id: `node ${node.id}`, label: node.name, description: `node, ${node.state}`, leftSection: <IconServer2 size={17} />, onClick: system('nodes') })) },
    { group: 'Products and plans', actions: [
      ...(products.data ?? []).map((product): SpotlightActionData => ({ id: `product ${product.name}`, label: product.title, description: `product ${product.name}`, leftSection: <IconPackage size={17} />, onClick: () => goTo('products', product.name) })),
      ...(plans.data ?? []).map((plan): SpotlightActionData => ({
        id: `plan ${plan.product} ${plan.name}`, label: `Plan ${plan.title}`, description: `of ${titles.get(plan.product) ?? plan.product}`, leftSection: <IconPackage size={17} />, onClick: () => goTo('products', plan.product) })),
    ] },
  ];
  const looking = text.trim() !== sought || accounts.isFetching || found.isFetching;
  return <Palette actions={actions.filter(group => group.actions.length > 0)} onText={setText} onOpen={() => setOpened(true)} nothing={looking ? 'Looking…' : byId ? 'Nothing has this id' : 'Nothing of that name'} />;
}

/** Where a thing is that was found by its id. */
function ofFound({ kind, id, account, account_name: name, product, environment }: Found, keywords: string[], navigate: ReturnType<typeof useNavigate>): SpotlightActionData {
  const there = { account, environment: environment ?? 'production' };
  const [noun, Icon, onClick] = kind === 'delivery' ? ['Delivery', IconHistory, () => void navigate({ to: '/$account/$environment/deliveries/$delivery', params: { ...there, delivery: id } })] as const
    : kind === 'event' ? ['Event', IconBolt, () => void navigate({ to: '/$account/$environment/events/$event', params: { ...there, event: id } })] as const
    : kind === 'webhook' ? ['Endpoint', IconWebhook, () => void navigate({ to: '/$account/$environment/webhooks/$endpoint', params: { ...there, endpoint: id } })] as const
    : ['Account', IconBuilding, () => void navigate({ to: '/operator/accounts/$id', params: { id } })] as const;
  return { id, label: kind === 'account' ? name : `${noun} of ${name}`, description: [product, environment, id].filter(Boolean).join(' · '), keywords, leftSection: <Icon size={17} />, onClick };
}
