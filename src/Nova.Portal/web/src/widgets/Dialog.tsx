import { Drawer as BareDrawer, Modal as BareModal, type DrawerProps, type ModalProps } from '@mantine/core';
import { useEffect, useRef } from 'react';

/** Dialogs are there while they are open, and taken away when they are closed: whoever closes one by the keyboard is then where he opened it. */
export function Modal(props: ModalProps) {
  useReturn(props.opened);
  return <BareModal {...props} />;
}

/** @param from what it is about, on the page: where one is afterwards. Without it, where it was opened. */
export function Drawer({ from, ...props }: DrawerProps & { from?: () => HTMLElement | null }) {
  useReturn(props.opened, from);
  return <BareDrawer {...props} />;
}

function useReturn(opened: boolean, from?: () => HTMLElement | null) {
  const latest = useRef(from);
  useEffect(() => { latest.current = from; });
  useEffect(() => {
    if (!opened) return;
    const at = document.activeElement;
    // An entry of a menu is gone by then; the button of the menu is not.
    const menu = at?.closest('[role=menu]')?.getAttribute('aria-labelledby');
    const opener = menu ? document.getElementById(menu) : at;
    return () => {
      setTimeout(() => {
        const lost = document.activeElement === null || document.activeElement === document.body;
        const back = latest.current?.() ?? (opener instanceof HTMLElement && opener !== document.body && opener.isConnected ? opener : document.getElementById('main'));
        if (lost) back?.focus({ preventScroll: true });
      });
    };
  }, [opened]);
}
