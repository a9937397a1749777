import { useState } from 'react';
import type { DeliverySearch } from './search';

/**
 * Views that somebody gave a name. A view is an address, which can be sent to a colleague; the names are bookmarks of this browser, and
 * nothing is lost with them.
 */
export interface View { name: string; search: DeliverySearch }

const key = (account: string) => `nova-views-${account}`;

function read(account: string): View[] {
  try { return JSON.parse(localStorage.getItem(key(account)) ?? '[]') as View[]; } catch { return []; }
}

export function useViews(account: string) {
  const [views, setViews] = useState(() => read(account));
  const write = (next: View[]) => {
    setViews(next);
    try { localStorage.setItem(key(account), JSON.stringify(next)); } catch { /* A frame without storage: they live as long as the page. */ }
  };
  return {
    views,
    add: (view: View) => write([...views.filter(each => each.name !== view.name), view]),
    remove: (name: string) => write(views.filter(each => each.name !== name)),
  };
}

/** What most come for. */
export const usualViews: View[] = [
  { name: 'Everything', search: {} },
  { name: 'Failed', search: { status: ['failed'] } },
  { name: 'Waiting for an attempt', search: { status: ['pending', 'processing'] } },
  { name: 'Failed in 7 days', search: { status: ['failed'], period: '7d' } },
];
