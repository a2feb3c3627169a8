import { Problem } from '@hilum/runtime/core';

/** Calls back every second until it is cancelled; returns what cancels it. */
export type EverySecond = (callback: () => void) => () => void;

const realEverySecond: EverySecond = (callback) => {
  const timer = setInterval(callback, 1000);
  return () => clearInterval(timer);
};

/**
 * Gives up waiting for work that does not come back. Libraries bound what they do by themselves; this is for the fault in
 * one of them, for a thread that hangs in native code can be neither stopped nor freed. Who waited is told, and so is the
 * process, which must be replaced: it has a thread less, and what the hanging one holds others may need.
 *
 * Time is counted in seconds that this process saw, so that none is counted while it or its machine is suspended.
 */
export class WorkDeadline {
  readonly #seconds: number;
  readonly #onStuck: () => void;
  readonly #everySecond: EverySecond;

  /** @param options.onStuck called each time that something has not come back */
  constructor(options: { seconds: number; onStuck: () => void; everySecond?: EverySecond }) {
    this.#seconds = options.seconds;
    this.#onStuck = options.onStuck;
    this.#everySecond = options.everySecond ?? realEverySecond;
  }

  /** @throws Problem 500 when the work does not come back: sent again too often, the image is given up by its sender */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      let left = this.#seconds;
      const cancel = this.#everySecond(() => {
        left -= 1;
        if (left > 0) return;
        cancel();
        reject(
          new Problem(
            500,
            'HILUM_INFERENCE_STUCK',
            'Stuck',
            `an image was not done within ${this.#seconds} seconds; this instance is replaced`,
          ),
        );
        this.#onStuck();
      });
      work().then(resolve, reject).finally(cancel);
    });
  }
}
