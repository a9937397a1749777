/** The parts of a JSON text, each as it was written: numbers and escapes stay as they are. */
const parts = (json: string) => json.match(/"(?:\\.|[^"\\])*"|[^\s"]/g) ?? [];

/** JSON on lines of its own, to be edited. */
export function pretty(json: string): string {
  let depth = 0;
  let text = '';
  const line = () => { text += '\n' + '  '.repeat(depth); };
  for (const part of parts(json)) {
    const last = text.at(-1);
    if (part === '}' || part === ']') {
      depth--;
      if (last !== '{' && last !== '[') line();
    } else if (last === '{' || last === '[' || last === ',') line();
    text += part === ':' ? ': ' : part;
    if (part === '{' || part === '[') depth++;
  }
  return text;
}

/** The same without the space that is only there to be read. */
export const compact = (json: string) => parts(json).join('');
