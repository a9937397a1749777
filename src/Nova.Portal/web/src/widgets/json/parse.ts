/** A JSON value that keeps its numbers as they were written: a 20-digit id must not be shown rounded. */
export type Node =
  | { kind: 'object'; members: [string, Node][] }
  | { kind: 'array'; items: Node[] }
  | { kind: 'string' | 'number' | 'word'; text: string };

export function parseJson(json: string): Node | undefined {
  let at = 0;
  const space = () => { while (at < json.length && ' \t\n\r'.includes(json[at]!)) at++; };
  const string = () => {
    const from = at++;
    while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
    return JSON.parse(json.slice(from, ++at)) as string;
  };
  const value = (): Node => {
    space();
    const first = json[at];
    if (first === '"') return { kind: 'string', text: string() };
    if (first === '{' || first === '[') {
      const close = first === '{' ? '}' : ']';
      const members: [string, Node][] = [];
      const items: Node[] = [];
      at++;
      space();
      while (json[at] !== close) {
        if (at >= json.length) throw new SyntaxError('unclosed');
        if (first === '{') {
          const name = string();
          space();
          at++;
          members.push([name, value()]);
        } else items.push(value());
        space();
        if (json[at] === ',') { at++; space(); }
      }
      at++;
      return first === '{' ? { kind: 'object', members } : { kind: 'array', items };
    }
    const from = at;
    while (at < json.length && !',]} \t\n\r'.includes(json[at]!)) at++;
    const text = json.slice(from, at);
    if (text === '') throw new SyntaxError('empty');
    return { kind: /^[-\d]/.test(text) ? 'number' : 'word', text };
  };
  try {
    const root = value();
    space();
    return at === json.length ? root : undefined;
  } catch {
    return undefined;
  }
}
