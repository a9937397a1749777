import { useEffect, type RefObject } from 'react';
import { embedded } from '../theme/place';

/** What an embedded view and its host tell each other. public/embed.js is the other side. */
type Told = { type: 'ready' } | { type: 'ended' } | { type: 'height'; height: number };

/** Whoever frames us may hear it: the policy for frames has let him, and there is nothing in it. */
export function tellHost(told: Told) {
  if (embedded && window.parent !== window) window.parent.postMessage({ source: 'nova', ...told }, '*');
}

/** Tells the host how high the view is, so that the page scrolls and the frame does not. */
export function useHeightForHost(content: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const element = content.current;
    if (!element || window.parent === window) return;
    let last = 0;
    const observer = new ResizeObserver(() => {
      const height = Math.ceil(element.getBoundingClientRect().height);
      if (height !== last) tellHost({ type: 'height', height: last = height });
    });
    observer.observe(element);
    tellHost({ type: 'ready' });
    return () => observer.disconnect();
  }, [content]);
}

/** Dialogs open in the part of the view that is on the screen; nova.css puts them there. */
export function hearHost() {
  addEventListener('message', event => {
    if (event.source !== window.parent || window.parent === window) return;
    const { source, type, top, height } = (event.data ?? {}) as Record<string, unknown>;
    if (source !== 'nova-host' || type !== 'visible' || !Number.isFinite(top) || !Number.isFinite(height) || Number(height) < 200) return;
    const { style } = document.documentElement;
    style.setProperty('--nova-visible-top', `${Math.round(Number(top))}px`);
    style.setProperty('--nova-visible-height', `${Math.round(Number(height))}px`);
  });
  // The host has another link for a view that has ended: only what is behind the # differs, so the page is not loaded by itself.
  addEventListener('hashchange', () => { if (location.hash.startsWith('#token=')) location.reload(); });
}
