import { UsageError } from '../fleet/fleet-config.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work that cleans up after itself when a signal interrupts it, and that may finish what must not be cut short.
 * @param what it is, such as "the backup"
 * @throws UsageError that says so when it was interrupted
 */
export async function interruptible<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new UsageError(`${what} was interrupted; nothing of it stays`));
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work(interrupted.signal);
  } catch (error) {
    // a terminal's Ctrl-C also ends the tools that it runs, and their complaint would come first
    if (interrupted.signal.aborted && !(error instanceof UsageError)) throw interrupted.signal.reason;
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
