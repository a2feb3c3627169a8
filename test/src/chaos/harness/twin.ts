import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Fleet } from '../../support/fleet.js';
import { until } from '../../support/until.js';

/** A second one of a service, with all its settings but the port: as a second pod of it would be. */
export class Twin {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly port: number;

  private constructor(child: ChildProcess, name: string, port: number) {
    this.#child = child;
    this.#name = name;
    this.port = port;
  }

  /**
   * Starts it and waits until it says that it is ready.
   * @param portVariable the variable of the service that holds its port
   * @param settings that it has otherwise, its port among them
   */
  static async start(
    fleet: Fleet,
    name: string,
    portVariable: string,
    settings: Record<string, string>,
  ): Promise<Twin> {
    const pid = fleet.state.processes.find((process) => process.name === name)?.pid;
    if (pid === undefined || pid === null) throw new Error(`${name} does not run`);
    const [file = '', ...args] = zeroEnded(`/proc/${pid}/cmdline`);
    const environment = Object.fromEntries(
      zeroEnded(`/proc/${pid}/environ`).map((entry) => {
        const at = entry.indexOf('=');
        return [entry.slice(0, at), entry.slice(at + 1)];
      }),
    );
    if (!(portVariable in environment)) throw new Error(`${name} has no ${portVariable}`);
    const env = { ...environment, ...settings };
    const child = spawn(file, args, { env, stdio: 'ignore' });
    const twin = new Twin(child, name, Number(settings[portVariable]));
    try {
      await Promise.race([until(`a second ${name} is ready`, () => twin.#isReady(), 60_000), twin.#earlyEnd()]);
    } catch (error) {
      await twin.end('SIGKILL');
      throw error;
    }
    return twin;
  }

  /** Ends it and waits until it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }

  async #earlyEnd(): Promise<never> {
    const [code, signal] = (await once(this.#child, 'exit')) as [number | null, NodeJS.Signals | null];
    throw new Error(`the second ${this.#name} ended with ${signal ?? `exit code ${code}`}`);
  }

  async #isReady(): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${this.port}/readyz`);
    await response.body?.cancel();
    return response.ok;
  }
}

function zeroEnded(file: string): string[] {
  return readFileSync(file, 'utf8').split('\0').filter(Boolean);
}
