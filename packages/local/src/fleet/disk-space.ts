import { statSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The least free space, in bytes, with which a fleet is started: logs, brokers and databases fill less only to break. */
export const LEAST_FREE_BYTES = 500 * 1024 * 1024;

/**
 * Free bytes, for us and not for root alone, on the file system that holds the folder or, while it does not exist, will
 * hold it.
 * @throws the system's error when not even a parent can be looked at
 */
export function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(nearestExisting(dir));
  return bavail * bsize;
}

/** The path itself, or the closest one above it that exists (a file or a folder). */
export function nearestExisting(path: string): string {
  let candidate = resolve(path);
  for (;;) {
    try {
      statSync(candidate);
      return candidate;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const parent = dirname(candidate);
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || parent === candidate) throw error;
      candidate = parent;
    }
  }
}
