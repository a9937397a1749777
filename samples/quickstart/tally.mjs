// Counts, and joins what Nova says of an attempt with what the receiver said of the same request.

const durationsKept = 10_000;
const verdictKeptMs = 60_000; // Longer than any attempt may take.

export class Tally {
  #published = 0;
  #deliveries = 0;
  #attempts = 0;
  #retries = 0;
  #delivered = 0;
  #failed = 0;
  #verified = 0;
  #refused = 0;
  #unchecked = 0;
  #waiting = new Set();
  #durations = [];
  #verdicts = [];
  #awaited = [];

  /** An event was accepted. */
  published() {
    this.#published++;
  }

  /** A receiver has judged a request. */
  seen(verdict) {
    if (verdict.verified === true) this.#verified++;
    if (verdict.verified === false) this.#refused++;
    if (verdict.verified === null) this.#unchecked++;
    this.#verdicts.push(verdict);
  }

  /** Nova has recorded an attempt. Answers with it, and the receiver's verdict where the request got there. */
  attempted(attempt) {
    this.#attempts++;
    if (attempt.number === 1) this.#deliveries++;
    else this.#retries++;
    if (attempt.state === 'delivered') this.#delivered++;
    if (attempt.state === 'failed') this.#failed++;
    if (attempt.state === 'pending') this.#waiting.add(attempt.delivery);
    else this.#waiting.delete(attempt.delivery);
    this.#durations.push(attempt.durationMs);
    if (this.#durations.length > durationsKept) this.#durations.shift();

    const { path, type, status } = attempt;
    const at = this.#verdicts.findIndex(verdict => verdict.path === path && verdict.type === type && verdict.status === status);
    const [verdict] = at < 0 ? [null] : this.#verdicts.splice(at, 1);
    // What is left over belongs to attempts whose answer came too late for Nova.
    const oldest = attempt.at - verdictKeptMs;
    while (this.#verdicts[0]?.at < oldest) this.#verdicts.shift();

    if (attempt.state === 'delivered') {
      for (const awaited of this.#awaited) if (awaited.product === attempt.product) awaited.resolve(attempt.delivery);
      this.#awaited = this.#awaited.filter(awaited => awaited.product !== attempt.product);
    }
    return { ...attempt, verdict };
  }

  /** The id of the next delivery of a product that arrives; null when there was none in time, or the program is being stopped. */
  deliveredOnce(product, stopped, patienceMs) {
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(null), patienceMs);
      const done = delivery => {
        clearTimeout(timer);
        resolve(delivery);
      };
      stopped.addEventListener('abort', () => done(null));
      this.#awaited.push({ product, resolve: done });
    });
  }

  figures() {
    const sorted = this.#durations.toSorted((a, b) => a - b);
    const percentile = share => sorted[Math.floor(sorted.length * share)] ?? null;
    return {
      published: this.#published, deliveries: this.#deliveries, delivered: this.#delivered, waiting: this.#waiting.size,
      failed: this.#failed, attempts: this.#attempts, retries: this.#retries, verified: this.#verified, refused: this.#refused,
      unchecked: this.#unchecked, p50: percentile(0.5), p95: percentile(0.95),
    };
  }
}
