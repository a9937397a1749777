import { Alert, Button, Center, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCloudOff, IconFilterOff, IconMapOff, IconRefresh } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api/problem';

interface Props { icon?: ReactNode; title: string; children?: ReactNode; action?: ReactNode }

function Plain({ icon, title, children, action }: Props) {
  return (
    <Center py={56} px="md">
      <Stack align="center" gap="xs" maw={560} w="100%" ta="center">
        {icon && <ThemeIcon variant="light" size={46} radius="xl" color="gray" mb={4}>{icon}</ThemeIcon>}
        <Title order={2}>{title}</Title>
        {children && <Text c="dimmed" size="sm" component="div" maw="100%" style={{ overflowWrap: 'anywhere' }}>{children}</Text>}
        {action && <Group mt="sm" justify="center">{action}</Group>}
      </Stack>
    </Center>
  );
}

/** Nothing is there yet: says what would be here, and what makes it so. */
export const NoneYet = Plain;

/** Something is there, and the filters let none of it through. */
export function NoneMatch({ what, onClear }: { what: string; onClear: () => void }) {
  return (
    <Plain icon={<IconFilterOff size={22} />} title={`No ${what} match`} action={<Button variant="default" onClick={onClear}>Clear filters</Button>}>
      None in this environment fit all of the filters.
    </Plain>
  );
}

/** It could not be had. What is not there, or not for this person, is not when it is asked for again: then there is a way elsewhere, if any. */
export function Failed({ error, onRetry, elsewhere }: { error: unknown; onRetry?: () => void; elsewhere?: ReactNode }) {
  const problem = ApiProblem.of(error);
  if (problem.status === 404) {
    return (
      <div role="alert">
        <Plain icon={<IconMapOff size={22} />} title={problem.title} action={elsewhere}>
          {/* The rest of what the API says is about credentials of programs. */}
          {problem.message.split('. ')[0]}. It may have been deleted, be older than what is kept, or be in the other environment.
        </Plain>
      </div>
    );
  }
  return (
    <div role="alert">
      <Plain
        icon={<IconCloudOff size={22} />} title={problem.title}
        action={problem.status === 403 ? elsewhere : onRetry && <Button variant="default" leftSection={<IconRefresh size={15} />} onClick={onRetry}>Try again</Button>}
      >
        {problem.message}
        {problem.traceId && <Text size="xs" mt={4} className="nova-mono">trace {problem.traceId}</Text>}
      </Plain>
    </div>
  );
}

/** A refusal inside of a form. */
export function Refused({ error }: { error: unknown }) {
  if (!error) return null;
  const problem = ApiProblem.of(error);
  return <Alert color="red" variant="light" title={problem.title} role="alert">{problem.message}</Alert>;
}

/** Where rows will be. */
export function LoadingRows({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap={0} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <Group key={index} px="md" h={45} gap="lg" wrap="nowrap" style={{ borderBottom: '1px solid var(--nova-line)' }}>
          <Skeleton h={9} w={72} /><Skeleton h={9} w={`${24 + (index * 37) % 30}%`} /><Skeleton h={9} w="12%" ml="auto" />
        </Group>
      ))}
    </Stack>
  );
}

/** What a query is up to, and its data when they are there. Data that are there stay while they are asked for again. */
export function Loaded<T>({ query, rows, children }: { query: UseQueryResult<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failed error={query.error} onRetry={() => void query.refetch()} />;
  return <LoadingRows rows={rows} />;
}
