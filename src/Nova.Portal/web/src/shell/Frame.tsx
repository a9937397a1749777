import { AppShell, Box, Burger, Group, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { useHere } from '../api/scope';
import { embedded } from '../theme/place';
import { LinkPlace } from '../widgets/links';
import { AccountMenu } from './AccountMenu';
import { CommandPalette } from './CommandPalette';
import { EnvironmentSwitch } from './EnvironmentSwitch';
import { PaletteButton } from './Palette';
import { placesFor } from './places';
import { SchemeSwitch } from './SchemeSwitch';
import { Mark } from './Mark';
import classes from './Frame.module.css';

/** What stands around the screens of an account: where one is, where one can go, and in which environment. */
export function Frame({ children }: { children: ReactNode }) {
  const here = useHere();
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: state => state.location.pathname });
  useEffect(close, [path, close]);
  const places = placesFor(here);
  const groups = [...new Set(places.map(place => place.group))];
  const { account, environment, product } = here;
  return (
    <AppShell
      header={{ height: 56 }} navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding={{ base: 'md', sm: 'xl' }}
      className={classes.shell} data-environment={environment}
    >
      <a href="#main" className="nova-skip">Skip to the content</a>
      <AppShell.Header className={classes.header}>
        <div className={classes.band} aria-hidden="true" />
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={opened ? 'Close the menu' : 'Open the menu'} aria-expanded={opened} />
            <Group gap={9} wrap="nowrap" miw={0} visibleFrom="xs"><Mark /><Text fw={650} fz="0.9375rem" className="nova-cut">{product.portal.title}</Text></Group>
            <EnvironmentSwitch />
          </Group>
          <Group gap={6} wrap="nowrap">
            <PaletteButton />
            <SchemeSwitch />
            <AccountMenu account={account} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar}>
        <ScrollArea style={{ flex: 1 }} type="never">
          <Box component="nav" aria-label="Main" p="sm">
            {groups.map(group => (
              <Box key={group} mb="md" role="group" aria-label={group}>
                <Text className={classes.group}>{group}</Text>
                {places.filter(place => place.group === group).map(({ path: to, label, icon: Icon }) => (
                  <LinkPlace
                    key={to} to={`/$account/$environment/${to}`} params={{ account, environment } as never} label={label(here)} leftSection={<Icon size={17} stroke={1.7} aria-hidden="true" />}
                    className={classes.place} activeProps={{ 'data-here': true, 'aria-current': 'page' } as never}
                  />
                ))}
              </Box>
            ))}
          </Box>
        </ScrollArea>
        {!embedded && <Box px="md" py="sm" className={classes.foot}><Text size="xs" c="dimmed" className="nova-cut">{product.account.name}</Text>{product.plan && <Text size="xs" c="dimmed">Plan {product.plan.title}</Text>}</Box>}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>{children}</AppShell.Main>
      <CommandPalette />
    </AppShell>
  );
}
