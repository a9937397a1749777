import { embedded } from '../theme/place';

/**
 * What goes with each request beside the cookie. The CSRF value comes with the session; the bearer token is that of an embedded view,
 * which has no cookie because browsers give none to frames of other sites. It outlives a reload of the frame, and nothing more.
 */
const key = 'nova-portal-session';
let csrf: string | undefined;
let bearer: string | undefined = embedded ? read() : undefined;

export const credentials = {
  get csrf() { return csrf; },
  set csrf(value: string | undefined) { csrf = value; },
  get bearer() { return bearer; },
  set bearer(value: string | undefined) {
    bearer = value;
    try {
      if (value) sessionStorage.setItem(key, value);
      else sessionStorage.removeItem(key);
    } catch { /* A frame without storage: the token lives as long as the page. */ }
  },
};

function read(): string | undefined {
  try { return sessionStorage.getItem(key) ?? undefined; } catch { return undefined; }
}
