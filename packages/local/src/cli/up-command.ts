import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../fleet/fleet-config.js';
import { readFleetState } from '../fleet/fleet-state.js';
import type { FleetOptions } from '../fleet/fleet.js';
import { preflight } from '../fleet/preflight.js';
import type { ProgressReport } from '../parts/progress.js';
import { ProgressDisplay } from './progress-display.js';
import { serveFleet } from './serve-fleet.js';
import { summary } from './summary.js';
import type { Terminal } from './terminal.js';

export type UpOptions = Required<Pick<FleetOptions, 'dataDir' | 'sites' | 'simulator' | 'services'>>;

/** What a supervisor in the background tells the command that started it. */
export type BackgroundMessage =
  { kind: 'progress'; report: ProgressReport } | { kind: 'ready' } | { kind: 'failed'; reason: string };

/** `hilum up`: runs the fleet here until Ctrl-C. @returns the exit code */
export async function upInForeground(options: UpOptions, terminal: Terminal): Promise<number> {
  const display = new ProgressDisplay({ write: terminal.err, ...terminal });
  display.start();
  try {
    return await serveFleet(
      { ...options, report: (report) => display.report(report) },
      {
        onReady: (fleet) => {
          display.stop();
          const seconds = display.seconds();
          terminal.out(`\n${summary(fleet.state(), { seconds, dataDir: options.dataDir, detached: false })}`);
        },
        onFailed: (reason) => {
          display.stop();
          terminal.err(`\nThe start failed: ${reason}\n`);
        },
        onStopping: () => {
          display.stop();
          terminal.err('Stopping …\n');
        },
      },
      new AbortController().signal,
    );
  } finally {
    display.stop();
  }
}

/** `hilum up --detach`: starts a supervisor in the background and waits until all is ready. @returns the exit code */
export async function upInBackground(options: UpOptions, terminal: Terminal): Promise<number> {
  await preflight(options);
  const display = new ProgressDisplay({ write: terminal.err, ...terminal });
  const log = openLog(options.dataDir);
  const child = spawn(process.execPath, [fileURLToPath(new URL('./background-process.js', import.meta.url))], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  display.start();
  // Ctrl-C while it starts: the channel closes with us, and the supervisor stops what it began.
  const outcome = await new Promise<Exclude<BackgroundMessage, { kind: 'progress' }>>((resolve) => {
    child.on('message', (message: BackgroundMessage) => {
      if (message.kind === 'progress') display.report(message.report);
      else resolve(message);
    });
    child.once('error', (error) => resolve({ kind: 'failed', reason: error.message }));
    child.once('exit', (code, signal) =>
      resolve({ kind: 'failed', reason: `the supervisor ended with ${signal ?? `exit code ${code}`}` }),
    );
    child.send(options);
  });
  display.stop();
  if (outcome.kind === 'failed') {
    terminal.err(`\nThe start failed: ${outcome.reason}\n`);
    // It stops what it had started before it ends.
    if (child.exitCode === null && child.signalCode === null) {
      await new Promise((resolve) => child.once('exit', resolve));
    }
    return 1;
  }
  child.disconnect();
  child.unref();
  const state = readFleetState(options.dataDir);
  if (state !== null) {
    terminal.out(`\n${summary(state, { seconds: display.seconds(), dataDir: options.dataDir, detached: true })}`);
  }
  return 0;
}

function openLog(dataDir: string): number {
  try {
    const folder = join(dataDir, 'logs');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(join(folder, 'supervisor.log'), 'a', 0o600);
  } catch (error) {
    throw new UsageError(`the data folder ${dataDir} cannot be used: ${(error as Error).message}`);
  }
}
