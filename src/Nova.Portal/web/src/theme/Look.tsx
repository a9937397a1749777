import { localStorageColorSchemeManager, MantineProvider, mergeThemeOverrides, type CSSVariablesResolver } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { sessionQuery } from '../api/session';
import { evenLuminance, hostColours } from './host';
import { embedded, styleNonce } from './place';
import { resolver, theme } from './theme';

const schemes = localStorageColorSchemeManager({ key: 'nova-scheme' });
const asked = embedded ? new URLSearchParams(location.search).get('scheme') : null;

/** Colours and letters: ours, or in an embedded view those that its host asked for. */
export function Look({ children }: { children: ReactNode }) {
  // Not asked for here: only looked at once it is there.
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const host = session?.kind === 'link' ? session.theme : undefined;
  const colours = useMemo(() => host?.primary ? hostColours(host.primary) : undefined, [host?.primary]);
  const look = useMemo(() => colours ? mergeThemeOverrides(theme, { colors: { iris: colours.shades }, luminanceThreshold: evenLuminance }) : theme, [colours]);
  const variables = useMemo((): CSSVariablesResolver => !colours ? resolver : given => {
    const usual = resolver(given);
    return { variables: usual.variables, light: { ...usual.light, ...colours.light }, dark: { ...usual.dark, ...colours.dark } };
  }, [colours]);
  const scheme = host?.scheme ?? asked;
  return (
    <MantineProvider
      theme={look} cssVariablesResolver={variables} getStyleNonce={() => styleNonce} colorSchemeManager={schemes} defaultColorScheme="auto"
      forceColorScheme={scheme === 'dark' || scheme === 'light' ? scheme : undefined}
    >
      {children}
    </MantineProvider>
  );
}
