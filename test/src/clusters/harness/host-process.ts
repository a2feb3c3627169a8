import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcesses, identityOf, isRunning, type ProcessIdentity } from '@hilum/local';
import { until } from '../../support/until.js';
import type { ProcessRecord } from './process-record.js';

const READY_WITHIN_MS = 120_000;
const LAST_LINES = 15;

/** Programs in Go collect garbage a third as often: two processors are shorter here than memory. */
const SPARING = { GOGC: '300' };

export interface HostProcessOptions {
  /** unique in the fleet, such as `st-agnes-etcd` */
  name: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
}

/** Starts programs for one fleet: each writes a log file of its own and is in the record before anybody relies on it. */
export class HostProcesses {
  readonly #folder: string;
  readonly #record: ProcessRecord;
  #isClosed = false;

  constructor(folder: string, record: ProcessRecord) {
    this.#folder = folder;
    this.#record = record;
    mkdirSync(this.logFolder, { recursive: true });
  }

  get logFolder(): string {
    return join(this.#folder, 'logs');
  }

  /** From now on nothing is started: what is under way when a start fails must not come after the end of all. */
  close(): void {
    this.#isClosed = true;
  }

  /** It leads a process group of its own, and outlives us: whoever ends it does so by the record. */
  start({ name, command, args, env = {} }: HostProcessOptions): HostProcess {
    if (this.#isClosed) throw new Error(`${name} is not started any more: the fleet ends`);
    const log = join(this.logFolder, `${name}.log`);
    const fd = openSync(log, 'a', 0o600);
    const child = spawn(command, args, {
      cwd: this.#folder,
      env: { ...withoutKubeconfig(process.env), ...SPARING, ...env },
      stdio: ['ignore', fd, fd],
      detached: true,
    });
    closeSync(fd);
    // what could not be started has no pid; its reason comes as an event that must not go unheard
    child.on('error', () => undefined);
    child.unref();
    const identity = child.pid === undefined ? null : identityOf(child.pid);
    if (identity === null) throw new Error(`${name} did not start (${command}):\n${lastLines(log)}`);
    this.#record.add({ name, ...identity });
    return new HostProcess(name, identity, log);
  }
}

/** A started program. */
export class HostProcess {
  readonly name: string;
  readonly log: string;
  readonly #identity: ProcessIdentity;

  constructor(name: string, identity: ProcessIdentity, log: string) {
    this.name = name;
    this.#identity = identity;
    this.log = log;
  }

  /**
   * Waits until it answers as it should.
   * @param isReady null, undefined, false or a failure: not yet
   * @throws Error with the end of its log when it ended or takes longer than two minutes
   */
  async ready<T>(isReady: () => Promise<T | null | undefined | false>): Promise<T> {
    const answer = await until<{ value: T } | 'ended'>(
      `${this.name} is ready`,
      async () => {
        if (!isRunning(this.#identity)) return 'ended';
        const value = await isReady();
        return value === null || value === undefined || value === false ? null : { value };
      },
      READY_WITHIN_MS,
    ).catch((error: unknown) => {
      throw new Error(`${this.name} did not become ready:\n${lastLines(this.log)}`, { cause: error });
    });
    if (answer === 'ended') throw new Error(`${this.name} ended while it started:\n${lastLines(this.log)}`);
    return answer.value;
  }

  /** Ends it and waits until it is gone. */
  async stop(): Promise<void> {
    await endProcesses([{ ...this.#identity, stopSignal: 'SIGTERM' }], 10_000);
  }
}

/** A program that finds the kubeconfig of whoever runs the tests must not work in that person's cluster. */
function withoutKubeconfig(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'KUBECONFIG'));
}

function lastLines(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n') : '';
}
