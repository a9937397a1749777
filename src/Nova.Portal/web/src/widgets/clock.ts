import { useSyncExternalStore } from 'react';

/** One clock for everything that says how long ago something was: it ticks once a second while anybody looks. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => { now = Date.now(); for (const each of listeners) each(); }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) { clearInterval(timer); timer = undefined; }
  };
}

/** The time now, in steps: a row that says "3 h ago" is drawn again once a minute, not once a second. */
export function useNow(stepMs = 1000): number {
  return useSyncExternalStore(subscribe, () => Math.floor((listeners.size === 0 ? Date.now() : Math.max(now, Date.now() - 1000)) / stepMs) * stepMs);
}
