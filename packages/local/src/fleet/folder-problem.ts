import { accessSync, constants, statSync } from 'node:fs';
import { nearestExisting } from './disk-space.js';

/**
 * Why nothing could be kept in the folder, whether it exists or is still to be made; nothing is written to find out.
 * @param what how to call it, such as "the data folder"
 * @param how names what to do instead, such as "choose another --data"
 * @returns one line, or null when it can be used
 */
export function folderProblem(what: string, dir: string, how: string): string | null {
  try {
    const place = nearestExisting(dir);
    if (!statSync(place).isDirectory()) {
      const file = place === dir ? 'it is a file' : `${place} is a file`;
      return `${what} ${dir} cannot be used: ${file}; ${how}`;
    }
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return `${what} ${dir} cannot be used: ${reasonOf(error as NodeJS.ErrnoException)}; ${how}`;
  }
}

function reasonOf({ code, path, message }: NodeJS.ErrnoException): string {
  if (code === 'EROFS') return `${path ?? 'it'} is on a read-only file system`;
  if (code === 'EACCES') return `this user may not read and write ${path ?? 'it'}`;
  return message;
}
