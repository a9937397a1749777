// What the terminal shows. Colour only where somebody looks at it, and not where NO_COLOR is set (https://no-color.org).

import { catalog } from './catalog.mjs';

const colours = { embed: 36, partner: 35, calls: 33, kit: 34, standard: 32 };
const [red, dim, bold] = [31, 2, 1];
const productWidth = Math.max(...Object.keys(catalog).map(product => product.length));
const typeWidth = Math.max(...Object.values(catalog).flatMap(({ examples }) => Object.keys(examples)).map(type => type.length));

export class Screen {
  #out;
  #coloured;

  constructor(out) {
    this.#out = out;
    this.#coloured = out.isTTY && !process.env.NO_COLOR;
  }

  /** One line for each attempt: when, what, which attempt, the answer, how long, whether it verified, and what follows. */
  attempt({ product, type, number, status, durationMs, outcome, state, retryInSeconds, error, verdict }) {
    const answer = status ?? outcome;
    const good = status >= 200 && status < 300;
    this.#say([
      clock(),
      this.#paint(colours[product], product.padEnd(productWidth)),
      type.padEnd(typeWidth),
      `attempt ${number} of ${catalog[product]?.attempts ?? '?'}`.padEnd(15),
      '→',
      good ? String(answer) : this.#paint(red, String(answer)),
      milliseconds(durationMs).padStart(8),
      this.#verdict(verdict).padEnd(10),
      state === 'pending' ? `next retry in ${seconds(retryInSeconds)}` : '',
      state === 'failed' ? this.#paint(red, `failed for good: ${error ?? outcome}`) : '',
    ].join('  ').trimEnd());
  }

  summary({ published, deliveries, attempts, retries, delivered, failed, waiting, verified, refused, unchecked, p50, p95 }) {
    this.#say(this.#paint(bold, '── ' + [
      `${count(published, 'event')} published, ${count(deliveries, 'delivery', 'deliveries')} begun`,
      `${delivered} delivered, ${waiting} waiting for a retry, ${failed} failed`,
      `${count(attempts, 'attempt')}, ${retries} of them retries`,
      `${verified} verified, ${unchecked ? `${unchecked} unchecked, ` : ''}${refused} refused`,
      `p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}`,
    ].join(' · ')));
  }

  heading(title, facts) {
    const width = Math.max(...facts.map(([name]) => name.length));
    this.#say(`\n${this.#paint(bold, title)}\n\n${facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')}\n`);
  }

  commands(title, commands) {
    const lines = commands.map(({ what, command }) => `  ${this.#paint(dim, `# ${what}`)}\n  ${command}`);
    this.#say(`\n${this.#paint(bold, title)}\n\n${lines.join('\n')}\n`);
  }

  note(text) {
    this.#say(this.#paint(dim, text));
  }

  /** A warning or an error of the server's. */
  server(text) {
    this.#say(`${clock()}  ${this.#paint(red, 'nova')}  ${text}`);
  }

  fault(fault) {
    this.#say(this.#paint(red, fault instanceof Error ? fault.message : String(fault)));
  }

  #verdict(verdict) {
    if (verdict === null) return '–';
    if (verdict.verified === null) return 'unchecked';
    return verdict.verified ? 'verified ✓' : this.#paint(red, `refused: ${verdict.reason}`);
  }

  #paint(colour, text) {
    return this.#coloured && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text;
  }

  #say(text) {
    this.#out.write(text + '\n');
  }
}

function clock() {
  return new Date().toTimeString().slice(0, 8);
}

function milliseconds(value) {
  return value === null ? '–' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function seconds(value) {
  return value < 90 ? `${Math.round(value)} s` : `${Math.round(value / 60)} min`;
}

function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}
