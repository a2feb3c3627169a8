import { readFileSync } from 'node:fs';
import { startFleet, type Fleet, type FleetOptions } from '../fleet/fleet.js';
import { processStates } from '../supervisor/process-spec.js';
import { tellingLines } from './telling-lines.js';

const LINES_LOOKED_AT = 50;
const LINES_SHOWN = 12;

/** A second signal within this time is the same Ctrl-C again: npm passes on to us what the terminal also sent us. */
const SAME_SIGNAL_MS = 1_000;

/** Told to add the sites that config.json has gained. (Not SIGHUP: a terminal that is closed sends that one.) */
export const RELOAD_SIGNAL = 'SIGUSR2';

export interface FleetEvents {
  onReady: (fleet: Fleet) => void;
  onStopping: () => void;
  /** @param reason several lines: what failed, and the last lines of its log */
  onFailed: (reason: string) => void;
}

/**
 * Runs a fleet in this process until a signal ends it.
 * @param abort ends it from inside, as a signal does
 * @returns the exit code: 0 after an orderly stop, 1 when it could not be started, 130 when a second Ctrl-C cut the stop short
 * @throws UsageError when nothing was started
 */
export async function serveFleet(options: FleetOptions, events: FleetEvents, abort: AbortSignal): Promise<number> {
  let requestStop: () => void = () => undefined;
  const stopRequested = new Promise<'stop'>((resolve) => {
    requestStop = () => resolve('stop');
  });
  let fleet: Fleet | null = null;
  let firstSignalAt: number | null = null;
  let reloads = Promise.resolve();
  let exitCode = 0;

  const onStop = (): void => {
    const now = performance.now();
    if (firstSignalAt === null) {
      firstSignalAt = now;
      requestStop();
    } else if (now - firstSignalAt > SAME_SIGNAL_MS && fleet !== null) {
      exitCode = 130;
      void fleet.kill();
    }
  };
  const onReload = (): void => {
    reloads = reloads.then(async () => fleet?.followConfiguration());
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onStop);
  process.on(RELOAD_SIGNAL, onReload);
  abort.addEventListener('abort', onStop, { once: true });

  try {
    fleet = await startFleet(options);
    try {
      const first = await Promise.race([fleet.whenReady(), stopRequested]);
      if (first !== 'stop') {
        events.onReady(fleet);
        await stopRequested;
      }
    } catch (error) {
      events.onFailed(failureText(fleet, error));
      exitCode = 1;
    }
    events.onStopping();
    await reloads;
    await fleet.stop();
    return exitCode;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onStop);
    process.off(RELOAD_SIGNAL, onReload);
    abort.removeEventListener('abort', onStop);
  }
}

function failureText(fleet: Fleet, error: unknown): string {
  const lines = [error instanceof Error ? error.message : String(error)];
  const failed = fleet.state().processes.find(({ state, givenUp }) => givenUp && state !== processStates.ready);
  if (failed !== undefined) {
    const told = tellingLines(lastLines(failed.log, LINES_LOOKED_AT), LINES_SHOWN);
    lines.push(...told.map((line) => `  ${failed.name} | ${line}`));
  }
  return lines.join('\n');
}

/** The last lines of a log; none when it cannot be read. */
export function lastLines(file: string, count: number): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}
