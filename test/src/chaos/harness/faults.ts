import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessRecord } from '@hilum/local';
import type { Fleet } from '../../support/fleet.js';
import { withDescendants } from '../../support/process-tree.js';
import { until } from '../../support/until.js';

const LOOK_EVERY_MS = 50;
/** A broker that was killed takes its time, and the supervisor's delays grow to 15 s. */
const BACK_WITHIN_MS = 120_000;

/** What can happen to the processes of a fleet, by the names of state.json. */
export class Faults {
  readonly #fleet: Fleet;
  /** What ends the faults that are still on. */
  readonly #undo = new Set<() => void | Promise<void>>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** All that the fleet runs. */
  get names(): string[] {
    return this.#fleet.state.processes.map(({ name }) => name);
  }

  /** kill -9; which pid it was. @throws Error when the process does not run at this moment */
  kill(name: string): number {
    const pid = this.#pidOf(name);
    if (pid === null) throw new Error(`${name} does not run`);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** kill -9 as soon as it runs, then waits until the supervisor has it ready again. */
  async killAndAwaitReturn(name: string): Promise<void> {
    await until(`${name} runs`, () => this.#pidOf(name) !== null, BACK_WITHIN_MS);
    const killed = this.kill(name);
    await until(`${name} is back`, () => this.#isReady(name) && this.#pidOf(name) !== killed, BACK_WITHIN_MS);
  }

  /** SIGSTOP, the process and its children: it neither answers nor hangs up. Returns what lets it go on. */
  pause(name: string): () => void {
    const pid = this.#pidOf(name);
    if (pid === null) throw new Error(`${name} does not run`);
    const stopped = withDescendants(pid);
    signalAll(stopped, 'SIGSTOP');
    const goOn = (): void => {
      this.#undo.delete(goOn);
      signalAll(stopped, 'SIGCONT');
    };
    this.#undo.add(goOn);
    return goOn;
  }

  /** Kills it, and every successor that the supervisor starts, until the returned function is called. */
  holdDown(name: string): () => Promise<void> {
    const released = new AbortController();
    const killing = (async () => {
      while (!released.signal.aborted) {
        const pid = this.#find(name)?.pid ?? null;
        if (pid !== null) signalAll([pid], 'SIGKILL');
        await delay(LOOK_EVERY_MS);
      }
    })();
    const release = async (): Promise<void> => {
      this.#undo.delete(release);
      released.abort();
      await killing;
    };
    this.#undo.add(release);
    return release;
  }

  /** Ends what a scenario that failed left on: a paused process would not even hear that it is to stop. */
  async undoAll(): Promise<void> {
    for (const undo of this.#undo) await undo();
  }

  /** Away as a dead process is. */
  async goneFor(name: string, seconds: number): Promise<void> {
    const release = this.holdDown(name);
    try {
      await delay(seconds * 1000);
    } finally {
      await release();
    }
  }

  /** Away as a hung process is, which is worse: it takes connections and does not answer. */
  async muteFor(name: string, seconds: number): Promise<void> {
    const goOn = this.pause(name);
    try {
      await delay(seconds * 1000);
    } finally {
      goOn();
    }
  }

  /** Resolves when every process is ready. */
  async allReady(): Promise<void> {
    await until('every process is ready', () => this.names.every((name) => this.#isReady(name)), BACK_WITHIN_MS);
  }

  #isReady(name: string): boolean {
    return this.#find(name)?.state === 'ready';
  }

  #pidOf(name: string): number | null {
    const found = this.#find(name);
    if (found === undefined) throw new Error(`the fleet has no process ${name}`);
    return found.pid;
  }

  #find(name: string): ProcessRecord | undefined {
    return this.#fleet.state.processes.find((process) => process.name === name);
  }
}

/** Those that ended meanwhile need no signal any more. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
