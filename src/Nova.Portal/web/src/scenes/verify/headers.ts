/** Header lines as somebody pastes them: from a log, from curl -v (`< `, `> `), from a JSON object. Lines that are no header are told. */
export function readHeaders(text: string): { headers: Record<string, string>; odd: string[] } {
  const headers: Record<string, string> = {};
  const odd: string[] = [];
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    try {
      for (const [name, value] of Object.entries(JSON.parse(trimmed) as Record<string, unknown>)) headers[name] = Array.isArray(value) ? String(value[0]) : String(value);
      return { headers, odd };
    } catch { /* no JSON after all */ }
  }
  for (const line of trimmed.split(/\r?\n/)) {
    const bare = line.replace(/^[<>]\s?/, '').replace(/^-H\s+['"]?/, '').replace(/['"]\s*\\?\s*$/, '').trim();
    // What a request begins with is no header.
    if (bare === '' || /^(GET|POST|PUT|HTTP\/\d)/.test(bare)) continue;
    const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)$/.exec(bare);
    if (found) headers[found[1]!] = found[2]!;
    else odd.push(bare);
  }
  return { headers, odd };
}
