import { Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconBook2, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useHere } from '../../api/scope';
import type { EventType } from '../../api/types';
import { CopyButton, CopyIcon } from '../../widgets/Copy';
import { Loaded, NoneYet } from '../../widgets/Empty';
import { JsonTree } from '../../widgets/json/JsonTree';
import { LinkButton } from '../../widgets/links';
import { Page } from '../../widgets/Page';
import { eventTypesQuery, webhooksQuery } from '../webhooks/queries';
import { SchemaTree } from './SchemaTree';
import classes from './Catalog.module.css';

const route = getRouteApi('/$account/$environment/catalog');

/** Every event type: what it means, what is in it, and how one looks. */
export default function Catalog() {
  const query = useQuery(eventTypesQuery(useHere()));
  return (
    <Page title="Event catalog" about="What can happen, and what is told about it." width={1320}>
      <Loaded query={query} rows={10}>{types => types.length === 0
        ? <div className="nova-panel"><NoneYet icon={<IconBook2 size={22} />} title="No event types">This product has none.</NoneYet></div>
        : <Types types={types} />}
      </Loaded>
    </Page>
  );
}

function Types({ types }: { types: EventType[] }) {
  const { account, environment, product } = useHere();
  const titled = product.portal.event_titles;
  const { type: wanted } = route.useSearch();
  const [text, setText] = useState('');
  const chosen = types.find(type => type.name === wanted) ?? types[0]!;
  const groups = useMemo(() => {
    const found = types.filter(type => `${type.name} ${type.title} ${type.description}`.toLowerCase().includes(text.trim().toLowerCase()));
    return [...new Set(found.map(type => type.group ?? ''))].map(group => [group, found.filter(type => (type.group ?? '') === group)] as const);
  }, [types, text]);
  return (
    <div className={classes.columns}>
      <nav className={`nova-panel ${classes.list}`} aria-label="Event types">
        {types.length > 6 && <TextInput aria-label="Filter event types" placeholder="Filter" size="xs" leftSection={<IconSearch size={14} />} value={text} onChange={event => setText(event.currentTarget.value)} />}
        {groups.map(([group, members]) => (
          <div key={group}>
            {group && <p className={classes.head}>{group}</p>}
            <ul className={classes.items}>
              {members.map(type => (
                <li key={type.name}>
                  <Link to="/$account/$environment/catalog" params={{ account, environment }} search={{ type: type.name }} className={classes.item} data-here={type === chosen || undefined} aria-current={type === chosen ? 'true' : undefined} resetScroll={false}>{titled && <span className={classes.title}>{type.title}</span>}{type.name}</Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
        {groups.length === 0 && <Text size="sm" c="dimmed" p="xs">No event of that name.</Text>}
      </nav>
      <Detail key={chosen.name} type={chosen} />
    </div>
  );
}

function Detail({ type }: { type: EventType }) {
  const here = useHere();
  const { account, environment, words, may, product } = here;
  const titled = product.portal.event_titles;
  const webhooks = useQuery(webhooksQuery(here));
  const takers = webhooks.data?.filter(webhook => webhook.enabled && (webhook.events.includes('*') || webhook.events.includes(type.name))).length;
  const example = JSON.stringify(type.example, null, 2);
  return (
    <section className="nova-panel" aria-label={type.name} style={{ padding: '18px 20px 20px' }}>
      <Stack gap="lg">
        <Group justify="space-between" align="flex-start" gap="sm">
          <div style={{ minWidth: 0, flex: '1 1 260px' }}>
            <Group gap={6} wrap="nowrap"><Title order={2} className={titled ? undefined : 'nova-mono'} fz="1.0625rem" style={{ overflowWrap: 'anywhere' }}>{titled ? <>{type.title} <Text span className="nova-mono" c="dimmed">{type.name}</Text></> : type.name}</Title><CopyIcon text={type.name} label="Copy the name" /></Group>
            <Text size="sm" mt={2}>{type.description}</Text>
            {takers !== undefined && <Text size="xs" c="dimmed" mt={4}>{takers === 0 ? 'Nobody here wants it: it is recorded, and not sent.' : `${takers} of your ${words.endpoints.toLowerCase()} ${takers === 1 ? 'wants' : 'want'} it.`}</Text>}
          </div>
          <Group gap="xs">
            <LinkButton size="xs" variant="default" to="/$account/$environment/events" params={{ account, environment }} search={{ type: type.name }}>Published events</LinkButton>
            {may.manage && product.endpoints.model === 'many_event_types' && <LinkButton size="xs" variant="default" to="/$account/$environment/webhooks/new" params={{ account, environment }} search={{ event: type.name }}>Subscribe to it</LinkButton>}
          </Group>
        </Group>
        <div className={classes.detail}>
          <div>
            <Text size="sm" fw={600} component="h3" mb={2}>Data</Text>
            <SchemaTree schema={(type.schema ?? {}) as object} />
          </div>
          <div>
            <Group justify="space-between" mb={6}><Text size="sm" fw={600} component="h3">Example</Text><CopyButton text={example}>Copy</CopyButton></Group>
            <JsonTree text={example} label={`Example of ${type.name}`} openDepth={5} />
          </div>
        </div>
      </Stack>
    </section>
  );
}
