import { PRIORITIES, type Priority } from '@hilum/contracts';
import { Problem } from '@hilum/runtime/core';

/** Calls back after the time; returns what cancels it. */
export type After = (ms: number, callback: () => void) => () => void;

export interface WaitOptions {
  /** Shortens the longest wait of all. */
  maxWaitMs?: number | undefined;
  /** Asked once, and only of who has to wait; until it is told, and when it fails, the wait is a routine one. */
  priority?: () => Promise<Priority>;
}

interface Waiter {
  priority: Priority;
  admit: () => void;
  refuse: (problem: Problem) => void;
}

const realAfter: After = (ms, callback) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

/**
 * Counts who is at work and who waits; whoever finds both full is refused at once, since an unbounded queue would only
 * let requests grow old in memory. A place that comes free goes to the highest priority that waits, among equals to the
 * one that came first. Who has waited for too long is refused, so that the sender hears something before it gives up by
 * itself. States: open → closed (waiters refused, nobody admitted, work under way goes on).
 */
export class Permits {
  readonly #concurrency: number;
  readonly #maxWaiting: number;
  readonly #maxWaitMs: number;
  readonly #after: After;
  #working = 0;
  /** in the order in which they came */
  readonly #waiting = new Set<Waiter>();
  #isClosed = false;

  constructor(options: { concurrency: number; maxWaiting: number; maxWaitMs: number; after?: After }) {
    this.#concurrency = options.concurrency;
    this.#maxWaiting = options.maxWaiting;
    this.#maxWaitMs = options.maxWaitMs;
    this.#after = options.after ?? realAfter;
  }

  /** How many may be at work at once. */
  get concurrency(): number {
    return this.#concurrency;
  }

  get working(): number {
    return this.#working;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws Problem 503 when all places are taken, a wait was too long or the service is stopping */
  async run<Result>(work: () => Promise<Result>, options: WaitOptions = {}): Promise<Result> {
    await this.#admission(options);
    try {
      return await work();
    } finally {
      this.#working -= 1;
      this.#next()?.admit();
    }
  }

  /** Refuses everybody who waits or comes later. */
  close(): void {
    this.#isClosed = true;
    for (const { refuse } of [...this.#waiting]) refuse(stoppingProblem());
  }

  #admission({ maxWaitMs = this.#maxWaitMs, priority }: WaitOptions): Promise<void> {
    if (this.#isClosed) return Promise.reject(stoppingProblem());
    if (this.#working < this.#concurrency) {
      this.#working += 1;
      return Promise.resolve();
    }
    if (this.#waiting.size >= this.#maxWaiting) return Promise.reject(overloadedProblem());
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter);
        cancelDeadline();
      };
      const waiter: Waiter = {
        priority: 'routine',
        // the place is taken when it is given, not when the waiter gets round to it: nobody can slip in between
        admit: () => {
          leave();
          this.#working += 1;
          resolve();
        },
        refuse: (problem) => {
          leave();
          reject(problem);
        },
      };
      this.#waiting.add(waiter);
      const cancelDeadline = this.#after(Math.min(maxWaitMs, this.#maxWaitMs), () => waiter.refuse(waitedProblem()));
      // the place in the queue is taken before anything is asked: what waits stays bounded however long the answer takes
      priority?.().then(
        (told) => (waiter.priority = told),
        () => undefined,
      );
    });
  }

  #next(): Waiter | undefined {
    let next: Waiter | undefined;
    for (const waiter of this.#waiting) if (next === undefined || rankOf(waiter) > rankOf(next)) next = waiter;
    return next;
  }
}

/** The higher, the sooner. */
function rankOf({ priority }: Waiter): number {
  return PRIORITIES.indexOf(priority);
}

/** Who is refused since there is no place or no memory left. */
export function overloadedProblem(): Problem {
  return new Problem(503, 'HILUM_INFERENCE_OVERLOADED', 'Overloaded', 'all places are taken, come again', {
    retryAfterSeconds: 1,
  });
}

function waitedProblem(): Problem {
  return new Problem(503, 'HILUM_INFERENCE_WAITED_TOO_LONG', 'Overloaded', 'no place came free in time, come again', {
    retryAfterSeconds: 1,
  });
}

function stoppingProblem(): Problem {
  return new Problem(503, 'HILUM_INFERENCE_STOPPING', 'Stopping', 'this instance is stopping, another will answer', {
    retryAfterSeconds: 1,
  });
}
