// Nova's server as a child process. Its log tells of every attempt; that is where the screen has them from.

import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './options.mjs';

const program = join(root, 'src/Nova.Server/bin/Release/net10.0/nova-server.dll');
const attemptedEvent = 1307; // delivery.attempted, in src/Nova/Telemetry/Log.cs.
const saidAnyway = [2201, 2202, 2301]; // egress.loosened, master_key.made and setup.needed: the heading says who signs in.
const readyWithinMs = 60_000;
const stopsWithinMs = 30_000; // Nova gives attempts in flight 15 s.

/**
 * Runs the server and waits for it; when standard input closes, asks it to stop. Closing happens by itself when this program ends in
 * whatever way, so that no server is ever left over.
 */
const keeper = `
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ cat <&3 >/dev/null; kill -TERM $server 2>/dev/null; } >/dev/null 2>&1 &
exec 3<&-
wait $server
`;

export class NovaServer {
  #child;
  #log;
  #stopping = false;
  #last = [];

  /** A promise of the fault that ended it; of null where it was asked to stop. */
  ended;

  /**
   * @param attempted is told of each attempt, once it is recorded
   * @param said is told of warnings and errors
   */
  static start({ host, port, data, operatorKey, jwt, attempted, said }) {
    const server = new NovaServer();
    server.url = `http://${host}:${port}`;
    server.#log = openSync(join(data, 'server.log'), 'w', 0o600);
    const settings = {
      ASPNETCORE_URLS: server.url,
      Nova__Store: `Data Source=${join(data, 'nova.db')}`, // The master key is made beside it.
      Nova__OperatorKey: operatorKey,
      // The receivers are on this machine and speak http. Not for a server that others can reach.
      Nova__Egress__AllowHttp: 'true',
      Nova__Egress__AllowedNetworks: '127.0.0.0/8',
      Nova__Products__calls__Jwt__Issuer: jwt.issuer,
      Nova__Products__calls__Jwt__Audience: jwt.audience,
      Nova__Products__calls__Jwt__SigningKey: jwt.signingKey,
      Logging__Console__FormatterName: 'json',
    };
    // A name with dots in it is none for every shell's environment.
    const command = ['dotnet', program, '--Logging:LogLevel:Nova.Delivering.OutcomeLog=Debug'];
    // In a process group of its own, where the terminal's Ctrl-C does not reach it: it is stopped when its turn has come.
    const surroundings = { env: { ...process.env, ...settings }, stdio: ['pipe', 'pipe', 'pipe'], detached: true };
    server.#child = spawn('sh', ['-c', keeper, 'nova', ...command], surroundings);
    server.#child.stdin.on('error', () => {});
    for (const stream of [server.#child.stdout, server.#child.stderr]) {
      createInterface({ input: stream }).on('line', line => server.#read(line, attempted, said));
    }
    server.ended = new Promise(resolve => {
      server.#child.on('error', fault => resolve(fault));
      server.#child.on('close', code => {
        server.#child.stdin.end();
        closeSync(server.#log);
        resolve(server.#stopping ? null : new Error(`Nova ended with code ${code}:\n${server.#last.join('\n')}`));
      });
    });
    return server;
  }

  /** Until it says that it takes requests. Throws when it ends before. */
  async ready(stopped) {
    const deadline = Date.now() + readyWithinMs;
    while (!stopped.aborted) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      if (Date.now() > deadline) throw new Error(`Nova is not ready after ${readyWithinMs / 1000} s:\n${this.#last.join('\n')}`);
      await Promise.race([new Promise(resolve => setTimeout(resolve, 100)), this.ended]);
    }
    throw stopped.reason;
  }

  /** Asks it to stop, and waits: attempts in flight end, and what they came to is recorded. */
  async stop() {
    this.#stopping = true;
    this.#child.stdin.end();
    const late = setTimeout(() => this.kill(), stopsWithinMs);
    await this.ended;
    clearTimeout(late);
  }

  /** At once. Nothing accepted is lost by it: the next start takes it up. */
  kill() {
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }

  #read(line, attempted, said) {
    const entry = parse(line);
    if (entry?.EventId === attemptedEvent) return attempted(attemptOf(entry.State));
    const text = entry ? `${entry.LogLevel}: ${entry.Category}: ${entry.Message}${entry.Exception ? `\n${entry.Exception}` : ''}` : line;
    writeSync(this.#log, `${new Date().toISOString()} ${text}\n`);
    this.#last = [...this.#last, text].slice(-10);
    if (['Warning', 'Error', 'Critical'].includes(entry?.LogLevel) && !saidAnyway.includes(entry.EventId)) said(entry.Message);
  }
}

function attemptOf(state) {
  return {
    product: state.Product, type: state.EventType, delivery: state.Delivery, number: Number(state.Attempt),
    outcome: state.Outcome, status: state.Status ?? null, state: String(state.State).toLowerCase(), error: state.Error ?? null,
    durationMs: Number(state.Duration), retryInSeconds: state.RetryIn ?? null,
    path: state.Url?.startsWith('http') ? new URL(state.Url).pathname : '', at: Date.now(),
  };
}

function parse(line) {
  try {
    const entry = JSON.parse(line);
    return typeof entry === 'object' ? entry : null;
  } catch {
    return null;
  }
}
