import { ConfigError } from '../config/read-config.js';
import { createLogger, type Logger } from '../log/logger.js';
import { createRegistry, type Registry } from '../metrics/metrics.js';
import { ShutdownSequence } from './shutdown-sequence.js';

/** BSD sysexits EX_CONFIG: a supervisor need not try again until the configuration has changed. */
const EXIT_CONFIG = 78;

/** A graceful stop must end within this time, which is below the 10 s or more that supervisors and Kubernetes grant. */
export const GRACEFUL_STOP_MS = 8_000;

export interface ProcessContext {
  log: Logger;
  registry: Registry;
  /** Whether the process should be sent work. Not whether it lives: a process that waits for its broker is alive. */
  readiness: Readiness;
  /** Aborted when the stop begins: loops and waits end on it. */
  stopping: AbortSignal;
  /** Registers what to undo, run in reverse order of registration. */
  onStop: (name: string, stop: () => Promise<void> | void) => void;
}

/** Named conditions that must all hold. */
export class Readiness {
  readonly #conditions = new Map<string, boolean>();

  set(condition: string, holds: boolean): void {
    this.#conditions.set(condition, holds);
  }

  get isReady(): boolean {
    return this.missing.length === 0;
  }

  get missing(): string[] {
    return [...this.#conditions].filter(([, holds]) => !holds).map(([name]) => name);
  }
}

/**
 * The frame of every entry file: configuration, then start, then run until a signal. A ConfigError from either of the
 * first two: exit with status 78. First SIGTERM or SIGINT: a graceful stop with a deadline; the second, or the deadline:
 * exit at once with status 1.
 */
export async function runProcess<Config extends { logLevel: string; siteName?: string }>(options: {
  name: string;
  readConfig: () => Config;
  start: (config: Config, context: ProcessContext) => Promise<void>;
}): Promise<void> {
  const tell = (error: ConfigError): void => void process.stderr.write(`${options.name}: ${error.message}\n`);
  let config: Config;
  try {
    config = options.readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell(error);
    process.exitCode = EXIT_CONFIG;
    return;
  }

  const log = createLogger({ process: options.name, level: config.logLevel, site: config.siteName });
  const shutdown = new ShutdownSequence(GRACEFUL_STOP_MS);
  const readiness = new Readiness();
  readiness.set('started', false);

  const stop = (signal: NodeJS.Signals): void => {
    if (shutdown.stopping.aborted) {
      log.warn({ signal }, 'second signal, exiting at once');
      process.exit(1);
    }
    log.info({ signal }, 'stopping');
    readiness.set('started', false);
    void shutdown.run().then(({ problems, inTime }) => {
      for (const problem of problems) log.warn({ step: problem.step, err: problem.error }, 'a step of the stop failed');
      if (!inTime) log.error('the stop did not finish in time');
      process.exit(inTime && problems.length === 0 ? 0 : 1);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A promise nobody waits for has failed: the process is in a state nobody thought of, so a supervisor starts afresh.
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection');
    process.exit(1);
  });

  try {
    await options.start(config, {
      log,
      registry: createRegistry(),
      readiness,
      stopping: shutdown.stopping,
      onStop: (name, step) => shutdown.add(name, step),
    });
    readiness.set('started', true);
    log.info('started');
  } catch (error) {
    if (shutdown.stopping.aborted) return;
    // wrong all the same when only a server could tell: a password, a key
    const isConfiguration = error instanceof ConfigError;
    if (isConfiguration) tell(error);
    else log.error({ err: error }, 'could not start');
    await shutdown.run();
    process.exit(isConfiguration ? EXIT_CONFIG : 1);
  }
}
