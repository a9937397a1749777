// How to tell that a request comes from Nova: one function per product, exactly as the product's document says.
// Copy the function of your product, with hmac, compare and freshness where it uses them. Nothing else is needed.
//
// Each takes the request's headers (names in lower case), the raw body (a Buffer, before any parsing), the secret,
// and for the two products that sign a time, the receiver's clock and tolerance in seconds. The answer is null for
// a request to trust, and otherwise the name of what is wrong with it.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The HMAC of the raw body, in hex. The key is the secret as shown, whsec_ included. */
function embed({ headers, body, secret }) {
  return compare(headers['x-nova-signature'], hmac(secret, body).toString('hex'));
}

/** sha256= and the HMAC of the raw body, in hex. The key is the API key that you chose. */
function partner({ headers, body, secret }) {
  return compare(headers['x-signature-sha256'], 'sha256=' + hmac(secret, body).toString('hex'));
}

/** sha256= and the HMAC of the raw body, in hex. The key is the SHA-256 of the secret, as hex characters. */
function calls({ headers, body, secret }) {
  const key = createHash('sha256').update(secret).digest('hex');
  return compare(headers['x-nova-signature'], 'sha256=' + hmac(key, body).toString('hex'));
}

/** The HMAC of "<timestamp>:<raw body>", in hex. The key is the secret as shown. */
function kit({ headers, body, secret, now, tolerance }) {
  const timestamp = headers['x-novakit-timestamp'];
  return freshness(timestamp, now, tolerance)
    ?? compare(headers['x-novakit-signature'], hmac(secret, `${timestamp}:`, body).toString('hex'));
}

/** v1, and the HMAC of "<id>.<timestamp>.<raw body>", in base64. The key is what stands after whsec_, base64-decoded. */
function standard({ headers, body, secret, now, tolerance }) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id) return 'missing_id';
  const stale = freshness(timestamp, now, tolerance);
  if (stale) return stale;

  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = 'v1,' + hmac(key, `${id}.${timestamp}.`, body).toString('base64');

  // While a secret is being rotated the header holds several signatures, with spaces between; one that fits is enough.
  const reasons = (signatures ?? '').split(' ').map(signature => compare(signature, expected));
  return reasons.includes(null) ? null : reasons[0];
}

function hmac(key, ...parts) {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** In constant time, so that the time an answer takes tells nothing about the expected signature. */
function compare(signature, expected) {
  if (!signature) return 'missing_signature';
  const given = Buffer.from(signature);
  const wanted = Buffer.from(expected);
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? null : 'wrong_signature';
}

/** An old request that verifies may be a recording of one, sent again by somebody else. */
function freshness(timestamp, now, tolerance) {
  if (!timestamp) return 'missing_timestamp';
  if (!/^\d{1,12}$/.test(timestamp)) return 'malformed_timestamp';
  return Math.abs(now - Number(timestamp)) > tolerance ? 'stale_timestamp' : null;
}

// A delivery may arrive more than once. What to remember, so that each is handled once:
// given the headers and the parsed body, the text that is the same for a repeated delivery.
const identify = {
  embed: (_, event) => event.scoringJobId ?? event.batchId,
  partner: headers => headers['idempotency-key'],
  calls: (_, event) => event.data?.call_id && `${event.event} ${event.data.call_id}`,
  kit: headers => headers['x-novakit-event-id'],
  standard: headers => headers['webhook-id'],
};

/** Product → how to verify its requests, and how to recognise one that came before. */
export const recipes = Object.fromEntries(
  Object.entries({ embed, partner, calls, kit, standard })
    .map(([product, verify]) => [product, { verify, identify: identify[product] }]));
