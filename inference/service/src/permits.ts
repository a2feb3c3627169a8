import { Problem } from '@hilum/runtime';

/**
 * Counts who is at work and who waits; whoever finds both full is refused at once, since an unbounded queue would only
 * let requests grow old in memory. States: open → closed (waiters refused, nobody admitted, work under way goes on).
 */
export class Permits {
  readonly #concurrency: number;
  readonly #maxWaiting: number;
  #working = 0;
  readonly #waiting: { admit: () => void; refuse: (problem: Problem) => void }[] = [];
  #isClosed = false;

  constructor(options: { concurrency: number; maxWaiting: number }) {
    this.#concurrency = options.concurrency;
    this.#maxWaiting = options.maxWaiting;
  }

  get working(): number {
    return this.#working;
  }

  /** @throws Problem 503 when all places are taken or the service is stopping */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#admission();
    try {
      return await work();
    } finally {
      this.#working -= 1;
      this.#waiting.shift()?.admit();
    }
  }

  /** Refuses everybody who waits or comes later. */
  close(): void {
    this.#isClosed = true;
    for (const { refuse } of this.#waiting.splice(0)) refuse(stoppingProblem());
  }

  #admission(): Promise<void> {
    if (this.#isClosed) return Promise.reject(stoppingProblem());
    if (this.#working < this.#concurrency) {
      this.#working += 1;
      return Promise.resolve();
    }
    if (this.#waiting.length >= this.#maxWaiting) return Promise.reject(overloadedProblem());
    return new Promise((resolve, reject) => {
      // the place is taken when it is given, not when the waiter gets round to it: nobody can slip in between
      const admit = (): void => {
        this.#working += 1;
        resolve();
      };
      this.#waiting.push({ admit, refuse: reject });
    });
  }
}

function overloadedProblem(): Problem {
  return new Problem(503, 'HILUM_INFERENCE_OVERLOADED', 'Overloaded', 'all places are taken, come again', {
    retryAfterSeconds: 1,
  });
}

function stoppingProblem(): Problem {
  return new Problem(503, 'HILUM_INFERENCE_STOPPING', 'Stopping', 'this instance is stopping, another will answer', {
    retryAfterSeconds: 1,
  });
}
