// The company's own services: they tell Nova what happened, at a steady rate, for as long as the program runs.

import { accountOf } from './accounts.mjs';
import { stories } from './stories.mjs';

const environment = 'production';

export class Generator {
  #api;
  #operatorKey;
  #rate;
  #published;
  #failed;
  #stopped = false;
  #running = Promise.resolve();
  #wake = () => {};

  /**
   * @param rate events per second
   * @param published is told of each event that was accepted
   * @param failed is told of each that was not
   */
  constructor({ api, state, rate, published, failed }) {
    this.#api = api;
    this.#operatorKey = state.operatorKey;
    this.#rate = rate;
    this.#published = published;
    this.#failed = failed;
  }

  /** Two events at the start: a score, to ask for later, and one for kit. */
  async first() {
    const { score } = stories.find(story => story().product === 'embed')().events[0];
    const scoringJobId = await this.#score(score);
    const kit = stories.find(story => story().product === 'kit')();
    await this.#publish(kit.product, kit.events[0]);
    return { scoringJobId };
  }

  start() {
    this.#running = this.#run();
  }

  /** Ends after the event that is being published. */
  async stop() {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  async #run() {
    let due = performance.now();
    for (const { product, event } of shuffled(() => this.#stopped)) {
      try {
        await this.#publish(product, event);
      } catch (fault) {
        if (!this.#stopped) this.#failed(fault);
      }
      due += 1000 / this.#rate;
      await this.#sleep(due - performance.now());
      if (this.#stopped) return;
    }
  }

  async #publish(product, { type, data, tenant, score }) {
    if (score) return this.#score(score);
    await this.#api.post('/v1/events', this.#operatorKey, { account: accountOf(product), product, environment, type, data, tenant });
    this.#published();
  }

  /** A scoring job as its service reports it. With the last step Nova publishes the event. */
  async #score({ created, ended }) {
    const account = accountOf('embed');
    const job = await this.#api.post('/v1/scores', this.#operatorKey, { account, product: 'embed', environment, ...created });
    const path = `/v1/scores/${job.scoring_job_id}`;
    await this.#api.put(path, this.#operatorKey, { status: 'processing' });
    await this.#api.put(path, this.#operatorKey, ended);
    this.#published();
    return job.scoring_job_id;
  }

  #sleep(milliseconds) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, Math.max(0, milliseconds));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** All stories, told at once: each in its order, the one between the other. When all have ended they begin anew. */
function* shuffled(stopped) {
  while (!stopped()) {
    let round = stories.map(story => story());
    while (round.length > 0) {
      const { product, events } = round[Math.floor(Math.random() * round.length)];
      yield { product, event: events.shift() };
      round = round.filter(story => story.events.length > 0);
    }
  }
}
