import { Box, Center, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Mark } from '../../shell/Mark';
import { SchemeSwitch } from '../../shell/SchemeSwitch';

/** The page around a form that stands alone. */
export function Doorway({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  useDocumentTitle(`${title} · Nova`);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Box pos="absolute" top={12} right={12}><SchemeSwitch /></Box>
      <Stack w="100%" maw={380} gap="lg">
        <Stack gap="xs">
          <Mark size={36} />
          <Title order={1} mt="xs">{title}</Title>
          {about && <Text c="dimmed" size="sm" component="div">{about}</Text>}
        </Stack>
        {children}
      </Stack>
    </Center>
  );
}
