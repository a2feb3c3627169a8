import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identityOf, isRunning } from './process-identity.mjs';

/**
 * Takes the lock file at once, or tells who holds it. The file holds its owner's pid and start time, so the lock of
 * a process that died by kill -9 is taken over instead of blocking forever. A lock belongs to a process: taking it
 * twice from the same process is refused as well.
 * @param {string} [purpose] what it is held for, for those who find it held
 * @returns {{ release: () => void } | { heldBy: { pid: number, startTime: string, purpose?: string } }}
 */
export function tryLock(path, purpose) {
  mkdirSync(dirname(path), { recursive: true });
  const own = JSON.stringify({ ...identityOf(), purpose });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  // Written aside and linked into place: nobody ever sees a lock file without its owner's name in it.
  writeFileSync(draft, own, { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(draft, path);
        return { release: () => releaseOwn(path, own) };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder === null) continue;
      if (isRunning(holder)) return { heldBy: holder };
      removeStale(path, holder, draft);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Waits for the lock.
 * @param {{ onWait?: (holder: { pid: number, startTime: string }) => void, pollMs?: number, signal?: AbortSignal }} options
 *   onWait is called once, with the first holder that has to be waited for.
 */
export async function lock(path, { onWait, pollMs = 200, signal } = {}) {
  for (let waited = false; ; waited = true) {
    const result = tryLock(path);
    if ('release' in result) return result;
    if (!waited) onWait?.(result.heldBy);
    await delay(pollMs, undefined, { signal });
  }
}

/** Who holds the lock, or null when nobody alive does. */
export function lockHolder(path) {
  const holder = readHolder(path);
  return holder !== null && isRunning(holder) ? holder : null;
}

function readHolder(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // ENOTDIR: the path leads through a file, so there is no lock either
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  }
  try {
    const { pid, startTime, purpose } = JSON.parse(text);
    if (Number.isInteger(pid) && typeof startTime === 'string')
      return { pid, startTime, ...(typeof purpose === 'string' ? { purpose } : {}) };
  } catch {
    // Not one of ours or cut short by a full disk: nobody can hold it.
  }
  return { pid: 0, startTime: '' };
}

function removeStale(path, stale, draft) {
  const aside = `${draft}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  // Between reading and renaming another process may have replaced the stale file by its own: give that back.
  const taken = readHolder(aside);
  if (taken !== null && (taken.pid !== stale.pid || taken.startTime !== stale.startTime)) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}

function releaseOwn(path, own) {
  try {
    if (readFileSync(path, 'utf8') === own) rmSync(path, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
