import type { Header } from '../../api/types';

/** What HTTP itself makes of a request: curl sets these as they must be. */
const own = new Set(['host', 'content-length', 'connection', 'transfer-encoding', 'traceparent', 'tracestate']);
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The request as a command: same headers, same signature, same bytes. Credentials are masked in what the API tells, and so they are here. */
export function curlOf(url: string, headers: Header[], body: string): string {
  return [
    `curl -X POST ${quote(url)}`,
    ...headers.filter(header => !own.has(header.name.toLowerCase())).map(header => `  -H ${quote(`${header.name}: ${header.value}`)}`),
    `  --data-binary ${quote(body)}`,
  ].join(' \\\n');
}
