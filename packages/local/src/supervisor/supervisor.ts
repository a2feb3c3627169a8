import { join } from 'node:path';
import type { Guardian } from './guardian.js';
import type { ProcessSnapshot, ProcessSpec } from './process-spec.js';
import { restartDelays, type RestartDelays } from './restart-delay-rule.js';
import { SupervisedProcess } from './supervised-process.js';

export interface SupervisorOptions {
  guardian: Guardian;
  logDir: string;
  /** Called, synchronously, after every change of any process. */
  onChange: (snapshots: ProcessSnapshot[]) => void;
  delays?: RestartDelays;
}

/**
 * Runs a graph of processes: each starts once those it depends on are ready, and stops once those that depend on it
 * are gone.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes = new Map<string, SupervisedProcess>();
  #stopped: Promise<void> | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Adds processes to those that run and starts them.
   * @throws Error when a name is taken or a dependency is neither known nor among the new ones (which also refuses
   *   circles, for a process may only depend on earlier ones).
   */
  add(specs: readonly ProcessSpec[]): void {
    if (this.#stopped !== null) throw new Error('the supervisor is stopping');
    const added = specs.map((spec) => {
      if (this.#processes.has(spec.name)) throw new Error(`process ${spec.name} is there already`);
      const unknown = spec.dependsOn.filter((name) => !this.#processes.has(name));
      if (unknown.length > 0)
        throw new Error(`${spec.name} depends on ${unknown.join(', ')}, added after it or not at all`);
      const process = new SupervisedProcess(spec, {
        guardian: this.#options.guardian,
        logFile: join(this.#options.logDir, `${spec.name}.log`),
        delays: this.#options.delays ?? restartDelays,
        dependenciesReady: async (signal) => {
          await Promise.all(this.#named(spec.dependsOn).map((process) => process.whenReadyAgain(signal)));
        },
        onChange: () => this.#options.onChange(this.snapshots()),
      });
      this.#processes.set(spec.name, process);
      return process;
    });
    for (const process of added) process.start();
  }

  /**
   * Resolves when all these processes (by default every one) are ready.
   * @throws ProcessFailedError as soon as the start of one of them is given up
   */
  async whenReady(names: readonly string[] = [...this.#processes.keys()]): Promise<void> {
    await Promise.all(this.#named(names).map((process) => process.whenReady()));
  }

  snapshots(): ProcessSnapshot[] {
    return [...this.#processes.values()].map((process) => process.snapshot());
  }

  /** Stops all, in the reverse order of dependence, side by side where that allows. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  /** Stops without grace. */
  async kill(): Promise<void> {
    for (const process of this.#processes.values()) process.kill();
    await this.stop();
  }

  #named(names: readonly string[]): SupervisedProcess[] {
    return names.map((name) => this.#processes.get(name)).filter((process) => process !== undefined);
  }

  async #stopInOrder(): Promise<void> {
    const stops = new Map<string, Promise<void>>();
    // Dependents were added later, so going backwards finds theirs begun.
    for (const [name, process] of [...this.#processes].reverse()) {
      const dependents = [...this.#processes.values()].filter(({ spec }) => spec.dependsOn.includes(name));
      const gone = Promise.all(dependents.map(({ spec }) => stops.get(spec.name) ?? Promise.resolve()));
      stops.set(
        name,
        gone.then(() => process.stop()),
      );
    }
    await Promise.all(stops.values());
  }
}
