// Starts Nova with an account of each product, receivers that verify what they get, and a stream of events; ./run starts it.
// Reads from top to bottom: options, start, set up, run, stop. Node's own library is all it needs.

import { createServer } from 'node:net';
import { expectKnown, setUpAccounts } from './accounts.mjs';
import { Api } from './api.mjs';
import { tryByHand } from './commands.mjs';
import { Generator } from './generator.mjs';
import { readOptions } from './options.mjs';
import { openReceivers } from './receivers.mjs';
import { Screen } from './screen.mjs';
import { NovaServer } from './server.mjs';
import { setUpPeople } from './people.mjs';
import { openState } from './state.mjs';
import { Tally } from './tally.mjs';

const host = '127.0.0.1';
const summaryEverySeconds = 10;
const patienceMs = 15_000; // For the first deliveries; only ever reached when something is broken.

const options = readOptions(process.argv.slice(2));
const screen = new Screen(process.stdout);
const tally = new Tally();
const { state, save, isNew } = openState(options, reason => {
  screen.fault(reason);
  process.exit(1);
});
const { signal: stopped, stop } = stopSignal();

let receivers, server, generator, summary;
let code = 0;
try {
  await mustBeFree(options.port);
  receivers = await openReceivers({ host, port: state.receiversPort, otherwise: options.port + 1, seen: verdict => tally.seen(verdict) });
  state.receiversPort = receivers.port;
  save();
  expectKnown(state, receivers);

  screen.note('starting Nova');
  server = NovaServer.start({
    host, port: options.port, data: options.data, operatorKey: state.operatorKey, jwt: state.jwt,
    attempted: attempt => screen.attempt(tally.attempted(attempt)),
    said: line => screen.server(line),
  });
  server.ended.then(fault => fault && stop(fault));
  await server.ready(stopped);

  const api = new Api(server.url);
  const accounts = await setUpAccounts({ api, state, save, receivers });
  const people = await setUpPeople({ api, state, save });
  generator = new Generator({ api, state, rate: options.rate, published: () => tally.published(), failed: fault => screen.fault(fault) });

  screen.heading(isNew ? 'Nova is running' : 'Nova is running again: same accounts, keys and endpoints; what was waiting goes on', [
    ['portal', `${server.url}/portal/`],
    ['password', `${people.password}   for each of these:`],
    ...people.shown.map(([who, email]) => ['', `${email.padEnd(26)} ${who}`]),
    ['API', `${server.url}, described at ${server.url}/docs`],
    ['data', `${options.data}: nova.db, master.key, state.json, server.log; --reset forgets them`],
    ['receivers', `${receivers.url}/<product>, verifying as the products' documents say; that of calls fails now and then`],
    ['egress', 'http and this machine are allowed as destinations here; a server refuses both unless it is told otherwise'],
    ['operator key', state.operatorKey],
    ...accounts.map(account => [account.product, `${account.name}, ${account.id}, ${account.credentialName} ${account.credential}`]),
  ]);

  const arrives = tally.deliveredOnce('kit', stopped, patienceMs);
  const { scoringJobId } = await generator.first();
  const delivery = await arrives;
  const inbox = `${receivers.url}/inbox`;
  screen.commands('To try in another terminal', tryByHand({ url: server.url, inbox, state, score: scoringJobId, delivery }));

  if (!stopped.aborted) {
    generator.start();
    summary = setInterval(() => screen.summary(tally.figures()), summaryEverySeconds * 1000);
    if (options.seconds) setTimeout(() => stop(), options.seconds * 1000).unref();
    await new Promise(resolve => stopped.aborted ? resolve() : stopped.addEventListener('abort', resolve));
  }
  if (stopped.reason instanceof Error) throw stopped.reason;
} catch (fault) {
  // Whatever fails because somebody asked to stop is none.
  const cause = stopped.aborted ? stopped.reason : fault;
  if (cause instanceof Error) {
    screen.fault(cause);
    code = 1;
  }
} finally {
  clearInterval(summary);
  if (server) {
    if (generator) screen.note('stopping: first the events, then Nova, which lets attempts in flight end, then the receivers');
    await generator?.stop();
    await server.stop();
  }
  receivers?.close();
  if (generator) screen.summary(tally.figures());
  process.exit(code);
}

/** Ends with the first Ctrl-C, SIGTERM, or fault. A second Ctrl-C does not wait. */
function stopSignal() {
  const controller = new AbortController();
  const stop = reason => controller.abort(reason ?? 'asked');
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => {
      if (controller.signal.aborted && name === 'SIGINT') {
        server?.kill();
        process.exit(130);
      }
      stop();
    });
  }
  // Somebody who reads along, as in ./run | head, has seen enough.
  process.stdout.on('error', () => stop());
  return { signal: controller.signal, stop };
}

/** Said before anything is started, in words; the server would say it too, in a page of them. */
function mustBeFree(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', fault => reject(new Error(fault.code === 'EADDRINUSE'
      ? `Port ${port} is in use. Choose another with --port, or stop what listens there.`
      : `Nothing can listen at port ${port} (${fault.code}). Choose another with --port.`)));
    probe.listen(port, host, () => probe.close(resolve));
  });
}
