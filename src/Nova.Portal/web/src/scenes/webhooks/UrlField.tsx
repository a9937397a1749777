import { TextInput } from '@mantine/core';
import { useHere } from '../../api/scope';
import type { Product } from '../../api/types';

/** What is wrong with an address as far as it can be told here; undefined where only the server can say. */
export function urlFault(url: string, allowsHttp: boolean): string | undefined {
  if (url.trim() === '') return undefined;
  let parsed: URL;
  try { parsed = new URL(url.trim()); } catch {
    return /^https?:\/\//i.test(url) ? 'This is no complete address yet.' : `Begin with https://${allowsHttp ? ' or http://' : ''}`;
  }
  if (parsed.protocol !== 'https:' && !(allowsHttp && parsed.protocol === 'http:')) return 'It must begin with https://: payloads and signatures are not sent in the clear.';
  if (parsed.username || parsed.password) return 'It may hold no user name and no password. Use a custom header, or the signature.';
  if (!allowsHttp) {
    const host = parsed.hostname.replace(/^\[|\]$/g, '').toLowerCase();
    const [a = -1, b = -1] = host.split('.').map(Number);
    const isV4 = /^\d+\.\d+\.\d+\.\d+$/.test(host);
    if (host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.internal') || host.endsWith('.local') || (!host.includes('.') && !host.includes(':'))) return 'It must be an address on the public internet; this name is a local one.';
    if (isV4 && (a === 10 || a === 127 || a === 0 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254) || (a === 100 && b >= 64 && b < 128))) return 'It must be an address on the public internet; this one is private.';
    if (host === '::1' || host === '::' || /^f[cd]/.test(host) && host.includes(':') || host.startsWith('fe80:')) return 'It must be an address on the public internet; this one is private.';
  }
  return undefined;
}

/** What an address may be, as this server is set up. */
function taken({ allows_http: http, allowed_networks: networks }: Product['egress']): string {
  if (!http && networks.length === 0) return 'HTTPS, on the public internet, with a valid certificate.';
  return `HTTPS, on the public internet. This server takes ${http ? 'http://' : ''}${http && networks.length > 0 ? ' and ' : ''}${networks.length > 0 ? `addresses in ${networks.join(', ')}` : ''} as well.`;
}

/** The address of a receiver, judged while it is typed; the server judges it again, with what the name leads to. */
export function UrlField({ value, onChange, error, label = 'URL', autoFocus }: { value: string; onChange: (url: string) => void; error?: string; label?: string; autoFocus?: boolean }) {
  const { product } = useHere();
  const fault = urlFault(value, product.egress.allows_http);
  return (
    <TextInput
      label={label} required type="text" inputMode="url" autoComplete="off" placeholder="https://hooks.example.com/nova" description={taken(product.egress)}
      value={value} onChange={event => onChange(event.currentTarget.value)} error={error ?? fault} autoFocus={autoFocus} classNames={{ input: 'nova-mono' }} data-autofocus={autoFocus || undefined}
    />
  );
}
