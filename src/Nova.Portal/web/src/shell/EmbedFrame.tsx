import { Box, Group, ScrollArea } from '@mantine/core';
import { useRef, type ReactNode } from 'react';
import { useHere } from '../api/scope';
import { LinkPlace } from '../widgets/links';
import { CommandPalette } from './CommandPalette';
import { EnvironmentSwitch } from './EnvironmentSwitch';
import { useHeightForHost } from './host';
import { Mark } from './Mark';
import { placesFor } from './places';
import classes from './EmbedFrame.module.css';

/** What stands around the screens in another site's page: that page has a frame, a name and a way out of its own, so here are the places only. */
export function EmbedFrame({ children }: { children: ReactNode }) {
  const here = useHere();
  const { account, environment, session } = here;
  const content = useRef<HTMLDivElement>(null);
  useHeightForHost(content);
  const logo = session.theme?.logo;
  return (
    <div ref={content} className={classes.view} data-environment={environment}>
      <a href="#main" className="nova-skip">Skip to the content</a>
      <header className={classes.header}>
        {logo && <Box className={classes.logo}><Mark logo={logo} /></Box>}
        <ScrollArea type="never" className={classes.places}>
          <Box component="nav" aria-label="Main">
            <Group gap={2} wrap="nowrap">
              {placesFor(here).map(({ path: to, label, icon: Icon }) => (
                <LinkPlace
                  key={to} to={`/$account/$environment/${to}`} params={{ account, environment } as never} label={label(here)} leftSection={<Icon size={16} stroke={1.7} aria-hidden="true" />}
                  className={classes.place} activeProps={{ 'data-here': true, 'aria-current': 'page' } as never}
                />
              ))}
            </Group>
          </Box>
        </ScrollArea>
        <EnvironmentSwitch />
      </header>
      <main id="main" tabIndex={-1} className={classes.main}>{children}</main>
      <CommandPalette />
    </div>
  );
}
