import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useHereIfAny } from '../api/scope';

/** Two tabs of a browser are told apart by it: which screen, which environment where it is not the usual one, and whose portal. */
function useTitle(title: string): string {
  const here = useHereIfAny();
  return [title, ...(here?.environment === 'sandbox' ? ['Sandbox'] : []), here?.product.portal.title ?? 'Nova'].join(' · ');
}

/** A screen: its name, one sentence, what can be done, and the rest. */
export function Page({ title, about, actions, above, children, width = 1180 }: {
  title: string; about?: ReactNode; actions?: ReactNode; above?: ReactNode; children: ReactNode; width?: number;
}) {
  useDocumentTitle(useTitle(title));
  return (
    <Box maw={width} mx="auto" w="100%">
      {above}
      <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
        <Stack gap={3} style={{ minWidth: 0, flex: '1 1 300px' }}>
          <Title order={1} style={{ overflowWrap: 'anywhere' }}>{title}</Title>
          {about && <Text c="dimmed" size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>{about}</Text>}
        </Stack>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}

/** A part of a screen, with a name of its own. */
export function Panel({ title, about, actions, children, flush = false, id }: {
  title?: string; about?: ReactNode; actions?: ReactNode; children: ReactNode; flush?: boolean; id?: string;
}) {
  return (
    <section className="nova-panel" aria-label={title} id={id}>
      {title && (
        <Group justify="space-between" px="md" pt="sm" pb={flush ? 'sm' : 4} gap="xs" style={flush ? { borderBottom: '1px solid var(--nova-line)' } : undefined}>
          <div>
            <Title order={2} fz="0.9375rem">{title}</Title>
            {about && <Text c="dimmed" size="sm" component="div">{about}</Text>}
          </div>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
      )}
      <Box p={flush ? 0 : 'md'} pt={title && !flush ? 8 : undefined}>{children}</Box>
    </section>
  );
}

/** Names and values. */
export function Facts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  return (
    <dl style={{ display: 'grid', gridTemplateColumns: 'minmax(96px, max-content) minmax(0, 1fr)', gap: '7px 18px', margin: 0, fontSize: 'var(--mantine-font-size-sm)' }}>
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt className="nova-soft">{name}</dt>
          <dd style={{ margin: 0, minWidth: 0, overflowWrap: 'anywhere' }}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
