import { Menu, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronDown, IconFlask, IconWorld } from '@tabler/icons-react';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import type { Environment } from '../api/client';
import { useHere } from '../api/scope';
import classes from './EnvironmentSwitch.module.css';

const kinds = {
  production: { icon: IconWorld, name: 'Production', about: 'Live keys, live customers' },
  sandbox: { icon: IconFlask, name: 'Sandbox', about: 'For trying out: nothing crosses into production' },
} as const;

/** Which environment this is, and the way to the other. It stays on the same screen, without what belongs to one environment only. */
export function EnvironmentSwitch() {
  const { account, environment, session } = useHere();
  const navigate = useNavigate();
  const screen = useRouterState({ select: state => state.location.pathname.split(`/${environment}/`)[1]?.split('/')[0] ?? '' });
  const { icon: Icon, name } = kinds[environment];
  const fixed = session.kind === 'link' && session.environment;
  const label = <><Icon size={15} stroke={2} aria-hidden="true" /><span>{name}</span></>;
  if (fixed) return <span className={classes.switch} data-environment={environment}>{label}</span>;
  const go = (to: Environment) => navigate({ to: `/$account/$environment/${screen}` as '/$account/$environment', params: { account, environment: to } });
  return (
    <Menu position="bottom-start" width={264} shadow="md">
      <Menu.Target>
        <UnstyledButton className={classes.switch} data-environment={environment} aria-label={`Environment: ${name}`}>
          {label}<IconChevronDown size={14} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {(['production', 'sandbox'] as const).map(kind => {
          const { icon: Own, name: title, about } = kinds[kind];
          return (
            <Menu.Item
              key={kind} onClick={() => void go(kind)} aria-current={kind === environment || undefined} leftSection={<Own size={17} color={`var(--nova-${kind})`} />}
              rightSection={kind === environment && <IconCheck size={15} aria-hidden="true" />}
            >
              <Text size="sm" fw={550}>{title}</Text><Text size="xs" c="dimmed">{about}</Text>
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
