import type { Delivery } from '../../api/types';
import { looksIntoPayloads, type DeliverySearch } from './search';

export type Pages = { data: Delivery[]; next_cursor?: string | null }[];

/**
 * Pages with what has changed since. A row that is there changes in its place; a new one goes where its time puts it, if the filters
 * let it through and `insert` says so. A row that no longer fits the filters stays until the list is loaded anew: it does not vanish
 * under somebody's pointer. `judged`: the server has let them through the filters already.
 */
export function merge(pages: Pages, changes: Delivery[], search: DeliverySearch, insert: boolean, judged = false): Pages {
  const changed = new Map(changes.map(change => [change.id, change]));
  let touched = false;
  const next = pages.map(page => {
    if (!page.data.some(row => changed.has(row.id))) return page;
    touched = true;
    return { ...page, data: page.data.map(row => {
      const change = changed.get(row.id);
      if (!change) return row;
      changed.delete(row.id);
      return { ...row, ...defined(change) };
    }) };
  });
  const fresh = insert ? [...changed.values()].filter(change => judged || fits(change, search)) : [];
  const first = next[0];
  if (!first || fresh.length === 0) return touched ? next : pages;
  // By id, as the server has them: ids begin with their time. Times as texts have no order: 12:00:00.9Z is before 12:00:00.95Z.
  const newestFirst = [...fresh, ...first.data].sort((a, b) => (a.id < b.id ? 1 : -1));
  // One that is older than the page's end is of a page that is not loaded, or of a later one.
  const oldest = first.data.at(-1);
  const within = first.next_cursor && oldest ? newestFirst.filter(row => row.id >= oldest.id) : newestFirst;
  return [{ ...first, data: within }, ...next.slice(1)];
}

/** A change may tell less than a row has. */
function defined(change: Delivery): Partial<Delivery> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** Whether the filters let a row through. What is in payloads is for the server to look for. */
export function fits(row: Delivery, search: DeliverySearch): boolean {
  const { status, event, endpoint, tenant, error } = search;
  return !looksIntoPayloads(search)
    && (!status || status.includes(row.status as never))
    && (!event || event.some(wanted => (wanted.endsWith('*') ? row.event.startsWith(wanted.slice(0, -1)) : row.event === wanted)))
    && (!endpoint || row.endpoint_id === endpoint)
    && (!tenant || row.tenant === tenant)
    && (!error || row.error === error);
}
