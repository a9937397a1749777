import { headersFor } from '../../api/client';
import { nameToProduct } from '../../api/naming';
import { ApiProblem } from '../../api/problem';
import { naming, type Here } from '../../api/scope';
import { apiBase } from '../../theme/place';
import { filtersOf } from './queries';
import type { DeliverySearch } from './search';

export type ExportFormat = 'csv' | 'ndjson';

/** All that the filters find, as a file. By fetch and not by a link, because headers say whose deliveries they are. */
export async function download(here: Here, search: DeliverySearch, format: ExportFormat) {
  const names = naming.of(here.product);
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(filtersOf(search))) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) query.append(nameToProduct(name, names), one);
  }
  const response = await fetch(`${apiBase}/v1/deliveries/export?${query}`, { headers: headersFor(here), credentials: 'same-origin' }).catch(() => { throw ApiProblem.unreachable(); });
  if (!response.ok) throw new ApiProblem(response.status, await response.json().catch(() => ({})) as object, names);
  const file = await response.blob();
  // Excel takes UTF-8 for what it is only where a byte order mark says so. Programs that ask the API get none.
  save(format === 'csv' ? new Blob(['\uFEFF', file], { type: file.type }) : file, `deliveries-${here.environment}-${new Date().toISOString().slice(0, 16).replaceAll(':', '')}.${format}`);
}

/** Hands a file to whoever looks at the page. */
export function save(blob: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // After the browser has taken it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
