import { join } from 'node:path';
import { UsageError } from './fleet-config.js';

/** The lock that the supervisor of a data folder holds while it runs. */
export function supervisorLock(dataDir: string): string {
  return join(dataDir, 'supervisor.lock');
}

export function alreadyRunning(dataDir: string, supervisorPid: number): UsageError {
  return new UsageError(
    `${dataDir} is already running under supervisor ${supervisorPid}; stop it with: hilum down --data ${dataDir}`,
  );
}
