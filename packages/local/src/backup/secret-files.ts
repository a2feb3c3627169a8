import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BackupFile } from './backup-manifest.js';
import { writeHashed } from './hashed-file.js';

const FOLDER = 'secrets';

/** Copies an owner's secrets into `secrets/` of its backup. */
export async function saveSecrets(secretsDir: string, folder: string): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  for (const entry of await readdir(secretsDir, { recursive: true, withFileTypes: true })) {
    // what is half-written is about to replace a file of the list
    if (!entry.isFile() || entry.name.endsWith('.draft')) continue;
    const source = join(entry.parentPath, entry.name);
    const path = join(FOLDER, source.slice(secretsDir.length + 1));
    files.push(await writeHashed(createReadStream(source), folder, path));
  }
  return files;
}

/** Puts them back into a new folder, readable by their owner alone. */
export async function restoreSecrets(folder: string, files: readonly BackupFile[], secretsDir: string): Promise<void> {
  await mkdir(secretsDir, { recursive: true, mode: 0o700 });
  for (const { path } of files) {
    if (!path.startsWith(`${FOLDER}/`)) continue;
    const target = join(secretsDir, path.slice(FOLDER.length + 1));
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(join(folder, path), target);
    await chmod(target, 0o600);
  }
}
