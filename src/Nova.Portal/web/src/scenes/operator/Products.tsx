import { Badge, Group, Stack, Text } from '@mantine/core';
import { IconPackages } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { components } from '../../api/schema';
import { Loaded, NoneYet } from '../../widgets/Empty';
import { LinkText } from '../../widgets/links';
import { Facts, Page, Panel } from '../../widgets/Page';
import { span } from '../../widgets/When';
import { plansQuery, productsQuery, type Plan } from './queries';

type Product = components['schemas']['Product'];

/** The definitions in force, as the server read them when it started. */
export default function Products() {
  const products = useQuery(productsQuery);
  const plans = useQuery(plansQuery);
  return (
    <Page title="Products and plans" about="As the server read them from its product files when it started. docs/products.md says what is in them.">
      <Loaded query={products}>{all => all.length === 0
        ? <NoneYet icon={<IconPackages size={22} />} title="No products">Put definitions into the folder of products, and start the server again.</NoneYet>
        : <Stack>{all.map(product => <One key={product.name} product={product} plans={(plans.data ?? []).filter(plan => plan.product === product.name)} />)}</Stack>}
      </Loaded>
    </Page>
  );
}

function One({ product, plans }: { product: Product; plans: Plan[] }) {
  return (
    <Panel id={product.name} title={product.title} about={product.description} actions={<LinkText to="/operator/accounts" search={{ product: product.name }} size="sm">Its accounts</LinkText>}>
      <Stack gap="md">
        <Facts facts={[
          ['Name', <span key="name" className="nova-mono">{product.name}</span>],
          ['Customers use', `${product.authentication === 'jwt' ? 'their own tokens (JWT)' : 'API keys'}, at ${product.base_path}, members in ${product.naming}`],
          ['Attempts', `${product.retry_delays_seconds.length}: ${product.retry_delays_seconds.map(delay => delay === 0 ? 'at once' : `after ${span(delay * 1000)}`).join(', ')}; ${product.timeout_seconds} s each`],
          ['Headers', <Names key="headers" names={product.headers} />],
          [`Event types (${product.event_types.length})`, <Names key="types" names={product.event_types} />],
        ]} />
        {plans.length > 0 && (
          <div className="nova-scroll" style={{ margin: '0 -14px' }} tabIndex={0} role="region" aria-label={`Plans of ${product.title}`}>
            <table className="nova-table">
              <thead><tr><th scope="col">Plan</th>{Limits.map(([name]) => <th key={name} scope="col" className="nova-wide">{name}</th>)}</tr></thead>
              <tbody>
                {plans.map(plan => (
                  <tr key={plan.name}>
                    <th scope="row">
                      <Group gap={6}><Text size="sm" fw={550}>{plan.title}</Text><span className="nova-mono nova-soft">{plan.name}</span>{plan.default && <Badge size="sm" variant="default" tt="none" fw={500}>default</Badge>}</Group>
                      <div className="nova-narrow">{Limits.map(([name, of]) => <Text key={name} size="sm"><span className="nova-soft">{name}: </span>{of(plan)}</Text>)}</div>
                    </th>
                    {Limits.map(([name, of]) => <td key={name} className="nova-wide nova-num">{of(plan)}</td>)}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Stack>
    </Panel>
  );
}

const Names = ({ names }: { names: string[] }) => <Group gap="4px 10px">{names.map(name => <span key={name} className="nova-mono">{name}</span>)}</Group>;

/** What a plan limits: a column each, and on a phone a line. */
const Limits: [string, (plan: Plan) => string | number][] = [
  ['Endpoints', plan => plan.endpoints ?? 'any'],
  ['Custom headers', plan => plan.custom_headers],
  ['Requests a second', plan => plan.requests_per_second ?? 'as the server is set'],
  ['Payload', plan => plan.payload_bytes ? `${Math.round(plan.payload_bytes / 1024)} KiB` : 'any'],
  ['Event types', plan => plan.event_types?.join(', ') ?? 'all'],
];
