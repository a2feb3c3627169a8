import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from '../../bin/lib/process-identity.mjs';
import { UsageError } from '../fleet/fleet-config.js';
import { endLeftovers } from '../fleet/fleet.js';
import { folderHolder, folderInUse } from '../fleet/supervisor-lock.js';
import { signalProcess } from '../supervisor/end-processes.js';
import type { Terminal } from './terminal.js';

const STOP_DEADLINE_MS = 90_000;

/**
 * `hilum down`: stops what runs in the folder. Nothing running is no error.
 * @returns the exit code
 * @throws UsageError while a backup or restore is under way, which is not stopped
 */
export async function down(
  { dataDir, deleteData }: { dataDir: string; deleteData: boolean },
  terminal: Terminal,
): Promise<number> {
  const holder = folderHolder(dataDir);
  if (holder !== null && holder.work !== null) throw folderInUse(dataDir, holder);
  if (holder === null) {
    await endLeftovers(dataDir);
    terminal.out(`Nothing runs in ${dataDir}.\n`);
  } else {
    terminal.err('Stopping …\n');
    signalProcess(holder.pid, 'SIGTERM');
    const until = performance.now() + STOP_DEADLINE_MS;
    while (isRunning(holder) && performance.now() < until) await delay(100);
    if (isRunning(holder)) {
      // Its guardian ends the processes; what it misses is recorded in state.json.
      signalProcess(holder.pid, 'SIGKILL');
      await endLeftovers(dataDir);
      terminal.err(`The supervisor did not stop within ${STOP_DEADLINE_MS / 1000} s and was killed.\n`);
    }
    terminal.out('Stopped.\n');
  }
  if (deleteData) {
    if (existsSync(dataDir) && !existsSync(join(dataDir, 'config.json'))) {
      throw new UsageError(`${dataDir} is not a data folder of Hilum (it has no config.json): not deleted`);
    }
    rmSync(dataDir, { recursive: true, force: true });
    terminal.out(`Deleted ${dataDir}.\n`);
  }
  return 0;
}
