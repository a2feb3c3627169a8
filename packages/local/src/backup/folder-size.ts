import { lstat, opendir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../fleet/fleet-config.js';

export interface FolderSize {
  files: number;
  bytes: number;
}

/** Counts a folder's files while others may change it; an absent folder is empty. */
export async function folderSize(folder: string): Promise<FolderSize> {
  const size: FolderSize = { files: 0, bytes: 0 };
  const visit = async (path: string): Promise<void> => {
    try {
      for await (const entry of await opendir(path)) {
        const child = join(path, entry.name);
        if (entry.isDirectory()) await visit(child);
        else {
          size.bytes += (await lstat(child)).size;
          size.files += 1;
        }
      }
    } catch (error) {
      // gone since it was listed
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  };
  await visit(folder);
  return size;
}

/** @throws UsageError that says how much is free and how much is needed; the folder need not exist yet */
export async function assertFreeSpace(folder: string, neededBytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(await existingParent(folder));
  const freeBytes = bavail * bsize;
  if (freeBytes < neededBytes)
    throw new UsageError(
      `${folder} has ${inUnits(freeBytes)} free, and ${what} needs about ${inUnits(neededBytes)}: free space or choose another folder`,
    );
}

/** Such as `1.5 GiB`. */
export function inUnits(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}

async function existingParent(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      await lstat(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    }
  }
}
