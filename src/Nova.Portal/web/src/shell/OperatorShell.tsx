import { AppShell, Box, Burger, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { LinkPlace } from '../widgets/links';
import { AccountMenu } from './AccountMenu';
import { Mark } from './Mark';
import { OperatorPalette } from './OperatorPalette';
import { operatorPlaces } from './operatorPlaces';
import { PaletteButton } from './Palette';
import { SchemeSwitch } from './SchemeSwitch';
import classes from './Frame.module.css';

/** What stands around the screens of whoever runs Nova: they are about all accounts, and about no environment. */
export default function OperatorShell() {
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: state => state.location.pathname });
  useEffect(close, [path, close]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding={{ base: 'md', sm: 'xl' }} className={classes.shell} data-environment="none">
      <a href="#main" className="nova-skip">Skip to the content</a>
      <AppShell.Header className={classes.header}>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={opened ? 'Close the menu' : 'Open the menu'} aria-expanded={opened} />
            <Mark /><Text fw={650} fz="0.9375rem" className="nova-cut">Nova · Operator</Text>
          </Group>
          <Group gap={6} wrap="nowrap"><PaletteButton /><SchemeSwitch /><AccountMenu /></Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar}>
        <Box component="nav" aria-label="Main" p="sm">
          {operatorPlaces.map(({ path: to, label, icon: Icon }) => (
            <LinkPlace key={to} to={`/operator/${to}`} label={label} leftSection={<Icon size={17} stroke={1.7} aria-hidden="true" />} className={classes.place} activeProps={{ 'data-here': true, 'aria-current': 'page' } as never} />
          ))}
        </Box>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}><Outlet /></AppShell.Main>
      <OperatorPalette />
    </AppShell>
  );
}
