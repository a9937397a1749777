import {
  Alert, createTheme, Drawer, Modal, PasswordInput, SegmentedControl, Select, TextInput, Tooltip, type CSSVariablesResolver, type MantineColorsTuple,
} from '@mantine/core';

const iris: MantineColorsTuple = ['#eff0ff', '#dfe1fd', '#bdc1f7', '#9aa0f1', '#7b83ec', '#666fe9', '#5460e3', '#4651ce', '#3b45b5', '#31399a'];
/** Cooler than the library's greys, and with a step between page and panel. */
const night: MantineColorsTuple = ['#d9dce3', '#b6bbc6', '#989fad', '#6c7382', '#474e5c', '#353b47', '#282d37', '#171a21', '#111419', '#0c0e12'];

export const theme = createTheme({
  primaryColor: 'iris',
  colors: { iris, dark: night },
  // White on both passes 4.5:1.
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '620',
    sizes: { h1: { fontSize: '1.375rem', lineHeight: '1.3' }, h2: { fontSize: '1.0625rem', lineHeight: '1.4' }, h3: { fontSize: '0.9375rem', lineHeight: '1.4' } },
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    // What the library leaves without a name for those who hear the page.
    CloseButton: { defaultProps: { 'aria-label': 'Close' } },
    // Calm: a tint of the state's colour, and text that is read on it.
    Alert: Alert.extend({
      vars: (_, props) => {
        const tone = { red: 'bad', orange: 'wait', teal: 'ok' }[String(props.color)];
        return { root: tone ? { '--alert-bg': `var(--nova-${tone}-soft)`, '--alert-color': `var(--nova-${tone})`, '--alert-bd': `1px solid color-mix(in srgb, var(--nova-${tone}) 25%, transparent)` } : {} };
      },
    }),
    Drawer: Drawer.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, centered: true } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { visibilityToggleButtonProps: { 'aria-label': 'Show or hide the password', tabIndex: 0 } } }),
    Select: Select.extend({ defaultProps: { clearButtonProps: { 'aria-label': 'Clear' }, comboboxProps: { shadow: 'md' } } }),
    TextInput: TextInput.extend({ defaultProps: { spellCheck: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: 'xs' } }),
  },
});

/** Colours that the library does not have, and those of its own that are too faint to read at 4.5:1. */
export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b626c',
    '--mantine-color-placeholder': '#646b75',
    '--mantine-color-error': '#c02632',
    '--mantine-color-body': '#ffffff',
    '--nova-page': '#f8f9fb',
    '--nova-panel': '#ffffff',
    '--nova-line': '#e4e7ec',
    '--nova-hover': '#f3f4f8',
    '--nova-chosen': '#eceefe',
    '--nova-ok': '#18794e',
    '--nova-bad': '#c02632',
    '--nova-wait': '#8f5600',
    '--nova-busy': '#2257c4',
    '--nova-ok-soft': '#e6f6ed',
    '--nova-bad-soft': '#fdecec',
    '--nova-wait-soft': '#fff3dc',
    '--nova-sandbox': '#b25000',
    '--nova-production': '#18794e',
    '--nova-chart-main': '#5460e3',
    '--nova-chart-ok': '#2c9a6a',
    '--nova-chart-bad': '#dc3d43',
    '--nova-chart-second': '#b0549c',
    '--nova-chart-third': '#c26a00',
    '--nova-json-key': '#31399a',
    '--nova-json-string': '#166b45',
    '--nova-json-number': '#a04300',
    '--nova-json-word': '#8a2a86',
  },
  dark: {
    '--mantine-color-dimmed': '#a3aab6',
    '--mantine-color-placeholder': '#949ba8',
    '--mantine-color-error': '#ff8f8f',
    '--mantine-color-body': '#171a21',
    '--mantine-color-anchor': '#aab0ff',
    '--nova-page': '#111419',
    '--nova-panel': '#171a21',
    '--nova-line': '#2a2f3a',
    '--nova-hover': '#1f232c',
    '--nova-chosen': '#262b4d',
    '--nova-ok': '#57d39a',
    '--nova-bad': '#ff8f8f',
    '--nova-wait': '#f5bd58',
    '--nova-busy': '#86b2ff',
    '--nova-ok-soft': '#12301f',
    '--nova-bad-soft': '#3a1a1d',
    '--nova-wait-soft': '#33270f',
    '--nova-sandbox': '#f5a458',
    '--nova-production': '#57d39a',
    '--nova-chart-main': '#7b83ec',
    '--nova-chart-ok': '#3fb482',
    '--nova-chart-bad': '#f2646a',
    '--nova-chart-second': '#d887c6',
    '--nova-chart-third': '#f0a54a',
    '--nova-json-key': '#aab0ff',
    '--nova-json-string': '#7fd6a4',
    '--nova-json-number': '#f5b07a',
    '--nova-json-word': '#e29ade',
  },
});
