// The tokens with which customers of calls identify themselves. A company's own sign-in service makes them; here it is this function.

import { createHmac } from 'node:crypto';

const dayInSeconds = 24 * 60 * 60;

/** A JSON Web Token signed with HS256 (RFC 7518 section 3.2), good for a day: what is printed at the start can be pasted later. */
export function makeToken({ issuer, audience, signingKey }, account) {
  const now = Math.floor(Date.now() / 1000);
  const signed = [{ alg: 'HS256', typ: 'JWT' }, { iss: issuer, aud: audience, sub: account, iat: now, exp: now + dayInSeconds }]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', signingKey).update(signed).digest('base64url')}`;
}
