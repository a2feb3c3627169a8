import { join } from 'node:path';
import { lockHolder, tryLock, type HeldLock, type LockHolder } from '../../bin/lib/file-lock.mjs';
import type { ProcessIdentity } from '../../bin/lib/process-identity.mjs';
import { commandLine } from '../parts/command-line.js';
import { UsageError } from './fleet-config.js';

/** What is done in a data folder while no fleet may run in it; it ends by itself and is waited for. */
const WORKS = ['backup', 'restore'] as const;
export type FolderWork = (typeof WORKS)[number];

/** Who has a data folder to itself. */
export interface FolderHolder extends ProcessIdentity {
  /** null: the supervisor of a fleet */
  work: FolderWork | null;
}

/** The lock that whoever has a data folder to itself holds: the supervisor of its fleet, or a backup or restore. */
export function supervisorLock(dataDir: string): string {
  return join(dataDir, 'supervisor.lock');
}

/** Who has the data folder to itself; null when nobody has. */
export function folderHolder(dataDir: string): FolderHolder | null {
  const holder = lockHolder(supervisorLock(dataDir));
  return holder === null ? null : holderOf(holder);
}

/**
 * Takes the data folder.
 * @param work what for; null for a fleet
 * @throws UsageError that says who has it and what to do
 */
export function holdFolder(dataDir: string, work: FolderWork | null): HeldLock {
  const lock = tryLock(supervisorLock(dataDir), work ?? undefined);
  if ('release' in lock) return lock;
  throw folderInUse(dataDir, holderOf(lock.heldBy));
}

/** Why nobody else can have the folder now. */
export function folderInUse(dataDir: string, { pid, work }: FolderHolder): UsageError {
  return new UsageError(
    work === null
      ? `${dataDir} is already running under supervisor ${pid}; stop it with: ${commandLine({ dataDir }, 'down')}`
      : `${workUnderWay(dataDir, { pid, work })}: wait for it, then try again`,
  );
}

export function workUnderWay(dataDir: string, { pid, work }: { pid: number; work: FolderWork }): string {
  return `a ${work} (pid ${pid}) is under way in ${dataDir}`;
}

function holderOf({ pid, startTime, purpose }: LockHolder): FolderHolder {
  return { pid, startTime, work: WORKS.find((work) => work === purpose) ?? null };
}
