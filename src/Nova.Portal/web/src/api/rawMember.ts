/**
 * The text of a member of a JSON object exactly as it stands there. JSON.parse would round large numbers and lose the order of some keys;
 * what was sent to a receiver is shown as it was sent.
 */
export function rawMember(json: string, name: string): string | undefined {
  let at = skipSpace(json, 0);
  if (json[at] !== '{') return undefined;
  at = skipSpace(json, at + 1);
  while (at < json.length && json[at] !== '}') {
    const keyEnd = endOfString(json, at);
    const key = JSON.parse(json.slice(at, keyEnd)) as string;
    const from = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const to = endOfValue(json, from);
    if (key === name) return json.slice(from, to);
    at = skipSpace(json, to);
    if (json[at] === ',') at = skipSpace(json, at + 1);
  }
  return undefined;
}

function skipSpace(json: string, at: number): number {
  while (at < json.length && ' \t\n\r'.includes(json[at]!)) at++;
  return at;
}

function endOfString(json: string, at: number): number {
  for (at++; at < json.length && json[at] !== '"'; at++) if (json[at] === '\\') at++;
  return at + 1;
}

function endOfValue(json: string, at: number): number {
  const first = json[at];
  if (first === '"') return endOfString(json, at);
  if (first !== '{' && first !== '[') {
    while (at < json.length && !',]} \t\n\r'.includes(json[at]!)) at++;
    return at;
  }
  let depth = 0;
  while (at < json.length) {
    const character = json[at]!;
    if (character === '"') { at = endOfString(json, at); continue; }
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') if (--depth === 0) return at + 1;
    at++;
  }
  return at;
}
