import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../fleet/fleet-config.js';
import type { BackupManifest } from './backup-manifest.js';
import { ownerTitle } from './backup-owner.js';
import { sha256Of } from '../parts/part-cache.js';
import type { OnBytes } from './hashed-file.js';

/**
 * Reads every file of one owner's backup and holds it against the manifest.
 * @param folder the owner's folder in the backup
 * @throws UsageError that names the first file that is missing or damaged
 */
export async function verifyFiles(folder: string, manifest: BackupManifest, onBytes?: OnBytes): Promise<void> {
  const listed = new Set(manifest.files.map(({ path }) => path));
  const needed = [
    ...manifest.tables.map(({ file }) => file),
    ...(manifest.store === null ? [] : [manifest.store.file]),
  ];
  const unlisted = needed.find((path) => !listed.has(path));
  if (unlisted !== undefined)
    throw new UsageError(
      `${join(folder, 'manifest.json')} is damaged: it does not list ${unlisted}; use another backup`,
    );
  // Sizes first: the quickest way to see a copy that was cut short.
  for (const { path, bytes } of manifest.files) {
    const file = join(folder, path);
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined)
      throw new UsageError(`${file} is missing: the backup of ${ownerTitle(manifest.owner)} is not whole`);
    if (size !== bytes) throw damaged(file, manifest);
  }
  for (const { path, sha256 } of manifest.files) {
    const file = join(folder, path);
    if ((await sha256Of(file, onBytes)) !== sha256) throw damaged(file, manifest);
  }
}

export function totalBytes(manifest: BackupManifest): number {
  return manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function damaged(file: string, { owner }: BackupManifest): UsageError {
  return new UsageError(
    `${file} is damaged: it is not what the backup of ${ownerTitle(owner)} says; use another backup`,
  );
}
