/** The token of a one-time link. It is behind the #, so that no server and no referrer ever has it; once read it leaves the address bar. */
export function takeLinkToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
  if (token) history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}
