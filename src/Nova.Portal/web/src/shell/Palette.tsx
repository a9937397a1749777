import { ActionIcon, Kbd, Tooltip, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { createSpotlight, Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconMoon, IconSearch } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import classes from './Frame.module.css';

const [store, spotlight] = createSpotlight();

/** The list of everything that can be gone to or done. Ctrl K opens it. */
export function Palette({ actions, onText, onOpen, nothing = 'Nothing of that name' }: {
  actions: SpotlightActionGroupData[]; onText: (text: string) => void; onOpen?: () => void; nothing?: string;
}) {
  // What the server finds comes after the text was written: the first of it is what Enter means.
  const first = actions[0]?.actions.at(0);
  const id = first && 'id' in first ? first.id : undefined;
  useEffect(() => {
    const { opened, query, listId } = store.getState();
    const list = document.getElementById(listId);
    if (!opened || query === '' || !list || list.querySelector('[data-selected]')) return;
    list.querySelector('[data-action]')?.setAttribute('data-selected', 'true');
    store.updateState(state => ({ ...state, selected: 0 }));
  }, [id]);
  return (
    <Spotlight
      store={store} actions={actions} shortcut={['mod + K']} nothingFound={nothing} highlightQuery limit={40} scrollable maxHeight={460} onQueryChange={onText} onSpotlightOpen={onOpen}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: 'Search or jump to…', 'aria-label': 'Search or jump to' }}
    />
  );
}

/** What opens the palette without the keyboard. */
export function PaletteButton() {
  return (
    <>
      <UnstyledButton className={classes.search} onClick={spotlight.open} visibleFrom="md" aria-label="Search or jump to… Ctrl K">
        <IconSearch size={15} aria-hidden="true" /><span>Search or jump to…</span><Kbd size="xs">Ctrl K</Kbd>
      </UnstyledButton>
      <Tooltip label="Search and commands"><ActionIcon variant="subtle" color="gray" hiddenFrom="md" onClick={spotlight.open} aria-label="Search and commands"><IconSearch size={17} /></ActionIcon></Tooltip>
    </>
  );
}

/** The other colours. */
export function useSchemeAction(): SpotlightActionData {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  return { id: 'scheme', label: scheme === 'dark' ? 'Light colours' : 'Dark colours', leftSection: <IconMoon size={17} />, onClick: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark') };
}

/** g, then a letter within a second. Not while somebody writes. */
export function useSequences(targets: Record<string, () => void>) {
  const latest = useRef(targets);
  useEffect(() => { latest.current = targets; });
  useEffect(() => {
    let armed = 0;
    const listen = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return;
      if (event.key === 'g') { armed = event.timeStamp; return; }
      if (event.timeStamp - armed < 1000) latest.current[event.key]?.();
      armed = 0;
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
