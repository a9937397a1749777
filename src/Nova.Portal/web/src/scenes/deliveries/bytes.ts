/** The bytes of a text, and the other way round as far as they are one. */
export const bytesOf = (text: string) => new TextEncoder().encode(text);

export function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Sixteen a line: where they are, what they are, and what they look like. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = [...bytes.subarray(at, at + 16)];
    const hex = line.map(byte => byte.toString(16).padStart(2, '0'));
    const shown = line.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}  ${shown}`);
  }
  return lines.join('\n');
}

export const size = (count: number) => (count < 1024 ? `${count} bytes` : `${(count / 1024).toFixed(1)} KiB`);
