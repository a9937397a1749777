// The HTTP server around the recipes: takes a request's raw body, has it verified, answers, counts and records.

import { openSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const usage = `Receives webhooks and verifies them.

  --product NAME         %products%
  --secret TEXT          its signing secret or API key; default: the environment variable NOVA_WEBHOOK_SECRET
  --port NUMBER          0 takes any free port (default 9001)
  --host ADDRESS         where to listen (default 127.0.0.1)
  --config FILE          several paths in one process: {"port": 9001, "paths": {"/embed": {"product": "embed", "secret": "…"}}}
  --record FILE          one JSON line per request
  --print                one line per request on standard output
  --tolerance SECONDS    how far a signed timestamp may be off (default 300)
  --status NUMBER        answer verified requests with this status
  --script 500,500,200   answer them with these in turn; the last one stays
  --fail-every NUMBER    answer every so many-th of them with 503
  --delay-ms NUMBER      wait before each answer
  --until-stdin-closes   stop when standard input ends: with the program that started this one

A path in the configuration file takes product, secret, tolerance, status, script, fail_every and delay_ms. So does
POST /_control with a path, at run time, from this machine. GET /_control answers with what was counted.`;

const maximumBody = 1024 * 1024;

/** One URL path: what it expects, how it answers, what it has seen. */
class Inbox {
  received = 0;
  verified = 0;
  refused = {};
  duplicates = 0;
  #accepted = new Set();
  #settings = { tolerance: 300, script: [200], fail_every: 0, delay_ms: 0 };
  #answered = 0;

  constructor(recipes) {
    this.recipes = recipes;
  }

  /** Takes over what is given and leaves the rest. A new script, or status, begins at its beginning. */
  configure({ path, ...settings }) {
    for (const name of Object.keys(settings)) {
      if (!['product', 'secret', 'tolerance', 'script', 'status', 'fail_every', 'delay_ms'].includes(name)) throw new Error(`${name} is not a setting`);
    }
    const merged = { ...this.#settings, ...settings };
    if (settings.status !== undefined) merged.script = [settings.status];
    if (!Object.hasOwn(this.recipes, merged.product ?? '')) throw new Error(`product must be one of ${Object.keys(this.recipes).join(', ')}`);
    if (!merged.secret) throw new Error('a secret is needed');
    if (settings.script || settings.status !== undefined) this.#answered = 0;
    this.#settings = merged;
  }

  /** Verifies a request and says how to answer it. */
  take(headers, body) {
    const { product, secret, tolerance, script, fail_every: failEvery, delay_ms: delay } = this.#settings;
    const recipe = this.recipes[product];
    this.received++;

    const reason = recipe.verify({ headers, body, secret, now: Math.floor(Date.now() / 1000), tolerance });
    if (reason) {
      this.refused[reason] = (this.refused[reason] ?? 0) + 1;
      return { status: 401, answer: { error: reason }, verified: false, reason, id: null, delay };
    }

    this.verified++;
    const id = recipe.identify(headers, parse(body)) ?? null;
    const turn = this.#answered++;
    const status = failEvery > 0 && (turn + 1) % failEvery === 0 ? 503 : script[Math.min(turn, script.length - 1)];
    if (status < 200 || status > 299) return { status, answer: { error: `answers ${status}, as told` }, verified: true, reason: null, id, delay };

    const repeated = id !== null && this.#accepted.has(id);
    if (repeated) this.duplicates++;
    else if (id !== null) this.#accepted.add(id);
    return { status, answer: repeated ? { received: true, duplicate: true } : { received: true }, verified: true, reason: null, id, delay };
  }

  counts() {
    const { received, verified, refused, duplicates } = this;
    return { product: this.#settings.product, received, verified, refused, distinct: this.#accepted.size, duplicates };
  }
}

/** Only ever called with a body that was verified: nothing is parsed before. */
function parse(body) {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}

export function serve(recipes, args) {
  const inboxes = new Map();
  const options = readOptions(recipes, args, inboxes);
  const record = options.record ? openSync(options.record, 'a') : null;

  const server = createServer(async (request, response) => {
    const receivedAt = new Date().toISOString();
    const path = request.url.split('?')[0];
    const body = await read(request).catch(() => null);
    if (body === null) return reply(response, 413, { error: 'body_too_large' });
    if (path === '/_control') return control(request, response, body, recipes, inboxes);

    const inbox = inboxes.get(path) ?? inboxes.get('*');
    const result = !inbox ? refusal(404, 'unknown_path')
      : request.method !== 'POST' ? refusal(405, 'not_a_post')
      : inbox.take(request.headers, body);

    if (record !== null) {
      writeSync(record, JSON.stringify({
        received_at: receivedAt, method: request.method, path, headers: pairs(request.rawHeaders), body_base64: body.toString('base64'),
        verified: result.verified, reason: result.reason, answered: result.status, id: result.id,
      }) + '\n');
    }
    if (options.print) console.log(`${receivedAt}  ${path}  ${result.verified ? 'verified' : `refused: ${result.reason}`}  → ${result.status}  ${result.id ?? ''}`);
    if (result.delay) setTimeout(() => reply(response, result.status, result.answer), result.delay);
    else reply(response, result.status, result.answer);
  });

  const stop = () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (options['until-stdin-closes']) process.stdin.on('end', stop).resume();

  server.keepAliveTimeout = 60_000; // Longer than senders keep an idle connection, so that they are the ones to close it.
  server.on('error', error => fail(error.message));
  server.listen(options.port, options.host, () => console.log(`listening on ${server.address().port}`));
}

function readOptions(recipes, args, inboxes) {
  const products = Object.keys(recipes).join(', ');
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  try {
    const { values: options } = parseArgs({ args, options: {
      product: text, secret: text, port: text, host: text, config: text, record: text, print: flag, tolerance: text, status: text,
      script: text, 'fail-every': text, 'delay-ms': text, 'until-stdin-closes': flag, help: flag,
    } });
    if (options.help) {
      console.log(usage.replace('%products%', products));
      process.exit(0);
    }

    const config = options.config ? JSON.parse(readFileSync(options.config, 'utf8')) : { paths: {} };
    for (const [path, settings] of Object.entries(config.paths)) open(inboxes, recipes, { path, ...settings });
    if (options.product || !options.config) {
      open(inboxes, recipes, {
        path: '*', product: options.product, secret: options.secret ?? process.env.NOVA_WEBHOOK_SECRET,
        ...options.tolerance && { tolerance: number('tolerance', options.tolerance) },
        ...options.script && { script: options.script.split(',').map(status => number('script', status)) },
        ...options.status && { status: number('status', options.status) },
        ...options['fail-every'] && { fail_every: number('fail-every', options['fail-every']) },
        ...options['delay-ms'] && { delay_ms: number('delay-ms', options['delay-ms']) },
      });
    }
    return { ...options, port: options.port ? number('port', options.port) : config.port ?? 9001, host: options.host ?? '127.0.0.1' };
  } catch (error) {
    return fail(error.message);
  }
}

function number(name, text) {
  if (!/^\d+$/.test(text)) throw new Error(`${name} must be a number`);
  return Number(text);
}

function fail(message) {
  console.error(`${message}. --help lists the options.`);
  process.exit(2);
}

/** Changes a path's settings, or makes a path; answers with the counts. For tests and demonstrations, from this machine only. */
function control(request, response, body, recipes, inboxes) {
  if (!['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(request.socket.remoteAddress)) return reply(response, 403, { error: 'loopback_only' });
  try {
    if (request.method === 'POST') open(inboxes, recipes, JSON.parse(body));
  } catch (error) {
    return reply(response, 400, { error: error.message });
  }
  return reply(response, 200, { paths: Object.fromEntries([...inboxes].map(([path, inbox]) => [path, inbox.counts()])) });
}

function open(inboxes, recipes, settings) {
  const path = settings.path ?? '*';
  const inbox = inboxes.get(path) ?? new Inbox(recipes);
  inbox.configure(settings);
  inboxes.set(path, inbox);
}

/** The body as it came, byte for byte: the signature is over these bytes, not over what a JSON parser makes of them. */
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

function refusal(status, reason) {
  return { status, answer: { error: reason }, verified: false, reason, id: null };
}

function reply(response, status, answer) {
  const body = status === 204 || status === 304 ? '' : JSON.stringify(answer);
  response.writeHead(status, { 'Content-Type': 'application/json', ...body && { 'Content-Length': Buffer.byteLength(body) }, ...status === 413 && { Connection: 'close' } });
  response.end(body);
}

/** [name, value, name, value, …] → [[name, value], …], in the order they were sent. */
function pairs(flat) {
  return flat.flatMap((name, i) => i % 2 === 0 ? [[name, flat[i + 1]]] : []);
}
