import { useSyncExternalStore } from 'react';
import { apiBase } from '../theme/place';

/** Whether the server answers at all. Every call tells; while none is answered it is asked in short steps whether it is back. */
const askEveryMs = 2000;
const listeners = new Set<() => void>();
let answers = true;
let timer: ReturnType<typeof setTimeout> | undefined;

function set(now: boolean) {
  if (answers === now) return;
  answers = now;
  for (const listener of listeners) listener();
  if (!now) later();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    fetch(`${apiBase}/readyz`, { cache: 'no-store' }).then(response => reach.answered(response.status), () => {}).finally(() => { if (!answers) later(); });
  }, askEveryMs);
}

export const reach = {
  /** What a proxy says for a server that is not there is no answer of it. */
  answered: (status: number) => set(status !== 502 && status !== 503 && status !== 504),
  silent: () => set(false),
};

export const useReach = () => useSyncExternalStore(listener => { listeners.add(listener); return () => listeners.delete(listener); }, () => answers);
