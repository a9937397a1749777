// The customers' side: one small HTTP server, a path for each endpoint. It trusts what the documented recipe of the product
// verifies (../receivers/node/verify.mjs) and refuses the rest with 401, as a real receiver should.

import { createServer } from 'node:http';
import { recipes } from '../receivers/node/verify.mjs';

const toleranceSeconds = 300; // As the documents of kit and of the open standard say.
const maximumBody = 1024 * 1024;

/** So that retries are seen: calls has the schedule of seconds. Both count what was verified. */
const trouble = { calls: { failEvery: 4, slowEvery: 9, slowMs: 1_500 } };

/**
 * @param port the one of the last start; null at the first
 * @param otherwise to take where there is none yet; any free one where it is in use
 * @param seen is told of each request before it is answered
 */
export async function openReceivers({ host, port, otherwise, seen }) {
  const paths = new Map();
  const server = createServer((request, response) => receive(paths, request, response, seen));
  server.keepAliveTimeout = 60_000; // Longer than Nova keeps an idle connection, so that Nova is the one to close it.
  await listen(server, host, [port ?? otherwise, 0]);
  return {
    port: server.address().port,
    url: `http://${host}:${server.address().port}`,
    expect: (path, { product, secret }) => paths.set(path, { product, secret, verified: 0, ...trouble[product] }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server, host, ports) {
  for (const [index, port] of ports.entries()) {
    try {
      await new Promise((resolve, reject) => server.once('error', reject).listen(port, host, () => resolve(server.off('error', reject))));
      return;
    } catch (fault) {
      if (fault.code !== 'EADDRINUSE' || index === ports.length - 1) throw fault;
    }
  }
}

async function receive(paths, request, response, seen) {
  const path = request.url.split('?')[0];
  const body = await read(request).catch(() => null);
  if (body === null) return reply(response, 413, { error: 'body_too_large' });
  if (request.method !== 'POST') return reply(response, 405, { error: 'not_a_post' });

  const inbox = paths.get(path);
  const { status, delayMs, verified, reason } = inbox ? judge(inbox, request.headers, body) : anyone(path);
  seen({ path, type: typeOf(body), status, verified, reason, at: Date.now() });
  const answer = () => reply(response, status, reason ? { error: reason } : { received: status < 300 });
  if (delayMs) setTimeout(answer, delayMs);
  else answer();
}

/** What the product's document tells its receivers to do, and then the trouble that this one has. */
function judge(inbox, headers, body) {
  const now = Math.floor(Date.now() / 1000);
  const reason = recipes[inbox.product].verify({ headers, body, secret: inbox.secret, now, tolerance: toleranceSeconds });
  if (reason) return { status: 401, verified: false, reason };
  const turn = ++inbox.verified;
  const fails = inbox.failEvery && turn % inbox.failEvery === 0;
  const slow = inbox.slowEvery && turn % inbox.slowEvery === 0;
  return { status: fails ? 503 : 200, delayMs: slow ? inbox.slowMs : 0, verified: true, reason: null };
}

/** /inbox takes anything, for endpoints that are made by hand: nobody told this program their secrets, so nothing is verified. */
function anyone(path) {
  return path === '/inbox' ? { status: 200, verified: null, reason: null } : { status: 404, verified: null, reason: 'unknown_path' };
}

/** Only to show it: each product has its own name for the member. */
function typeOf(body) {
  try {
    const event = JSON.parse(body);
    return event.event ?? event.event_type ?? event.type ?? '';
  } catch {
    return '';
  }
}

/** The body as it came, byte for byte: the signature is over these bytes. */
async function read(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maximumBody) throw new RangeError('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reply(response, status, answer) {
  const body = JSON.stringify(answer);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
