import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytes } from '../fleet/disk-space.js';
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
export function assertFreeSpace(folder: string, neededBytes: number, what: string): void {
  const free = freeBytes(folder);
  if (free < neededBytes)
    throw new UsageError(
      `${folder} has ${inUnits(free)} free, and ${what} needs about ${inUnits(neededBytes)}: free space or choose another folder`,
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
