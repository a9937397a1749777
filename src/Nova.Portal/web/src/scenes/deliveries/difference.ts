import type { Attempt, Header } from '../../api/types';
import { millis } from '../../widgets/When';

export interface Difference { name: string; left?: string; right?: string }
export interface Part { title: string; differences: Difference[]; same: number }
export interface Line { kind: 'same' | 'left' | 'right'; text: string }

/** What is not the same in two attempts of one delivery. The body that is sent never differs: it is stored once. */
export function differencesOf(left: Attempt, right: Attempt): Part[] {
  const facts = (attempt: Attempt): Header[] => [
    { name: 'Status', value: attempt.status_code ? String(attempt.status_code) : attempt.outcome.replaceAll('_', ' ') },
    { name: 'Error', value: attempt.error_message ?? 'none' },
    { name: 'Duration', value: millis(attempt.duration_ms) },
    { name: 'Connection', value: attempt.timings.connect_ms === null || attempt.timings.connect_ms === undefined ? 'reused' : 'new' },
  ];
  return [
    part('Outcome', facts(left), facts(right)),
    part('Request headers', left.request_headers, right.request_headers),
    part('Response headers', left.response_headers, right.response_headers),
  ];
}

function part(title: string, left: Header[], right: Header[]): Part {
  const names = [...new Map([...left, ...right].map(({ name }) => [name.toLowerCase(), name])).values()];
  const of = (headers: Header[], name: string) => headers.filter(header => header.name.toLowerCase() === name.toLowerCase()).map(header => header.value).join('\n') || undefined;
  const all = names.map(name => ({ name, left: of(left, name), right: of(right, name) }));
  const differences = all.filter(each => each.left !== each.right);
  return { title, differences, same: all.length - differences.length };
}

/** Beyond this many lines on a side a comparison takes longer than a look. */
const mostLines = 500;

/** Lines of two texts: those of both, and those of one; undefined where they are too many to compare. */
export function linesOf(left: string, right: string): Line[] | undefined {
  const [a, b] = [left.split('\n'), right.split('\n')];
  if (a.length > mostLines || b.length > mostLines) return undefined;
  // Length of the longest common subsequence from each pair of places on.
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) table[i]![j] = a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { lines.push({ kind: 'same', text: a[i]! }); i++; j++; }
    else if (j >= b.length || (i < a.length && table[i + 1]![j]! >= table[i]![j + 1]!)) lines.push({ kind: 'left', text: a[i++]! });
    else lines.push({ kind: 'right', text: b[j++]! });
  }
  return lines;
}
