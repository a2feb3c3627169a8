import { Problem } from '@hilum/runtime/core';

/** Calls back every second until it is cancelled; returns what cancels it. */
export type EverySecond = (callback: () => void) => () => void;

const realEverySecond: EverySecond = (callback) => {
  const timer = setInterval(callback, 1000);
  return () => clearInterval(timer);
};

interface Waiter {
  /** seconds that are still to be seen to end */
  left: number;
  /**
   * Null once there is nothing to give up. A set that has grown leaves its smaller table behind, and V8 may keep that, and all that
   * its entries hold, until it collects everything: with this they would hold the images.
   */
  giveUp: (() => void) | null;
}

/**
 * Gives up waiting for work that does not come back. Libraries bound what they do by themselves; this is for the fault in
 * one of them, for a thread that hangs in native code can be neither stopped nor freed. Who waited is told, and so is the
 * process, which must be replaced: it has a thread less, and what the hanging one holds others may need.
 *
 * Time is counted in seconds that this process saw, so that none is counted while it or its machine is suspended. All work
 * shares one clock, which stops when a second ends without any: a timer for each image would cost more than all else here.
 */
export class WorkDeadline {
  readonly #seconds: number;
  readonly #onStuck: () => void;
  readonly #everySecond: EverySecond;
  readonly #waiting = new Set<Waiter>();
  #stopClock: (() => void) | null = null;

  /** @param options.onStuck called each time that something has not come back, within a second behind `seconds` */
  constructor(options: { seconds: number; onStuck: () => void; everySecond?: EverySecond }) {
    this.#seconds = options.seconds;
    this.#onStuck = options.onStuck;
    this.#everySecond = options.everySecond ?? realEverySecond;
  }

  /** @throws Problem 500 when the work does not come back: sent again too often, the image is given up by its sender */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      // before anybody waits: what throws at once is not waited for
      const done = work();
      // the second that it begins in is not a whole one
      const waiter: Waiter = { left: this.#seconds + 1, giveUp: () => reject(stuckProblem(this.#seconds)) };
      this.#waiting.add(waiter);
      this.#stopClock ??= this.#everySecond(() => this.#secondEnded());
      done.then(resolve, reject).finally(() => this.#leave(waiter));
    });
  }

  #leave(waiter: Waiter): void {
    waiter.giveUp = null;
    this.#waiting.delete(waiter);
  }

  #secondEnded(): void {
    if (this.#waiting.size === 0) {
      this.#stopClock?.();
      this.#stopClock = null;
    }
    for (const waiter of this.#waiting) {
      waiter.left -= 1;
      if (waiter.left > 0) continue;
      waiter.giveUp?.();
      this.#leave(waiter);
      this.#onStuck();
    }
  }
}

function stuckProblem(seconds: number): Problem {
  return new Problem(
    500,
    'HILUM_INFERENCE_STUCK',
    'Stuck',
    `an image was not done within ${seconds} seconds; this instance is replaced`,
  );
}
