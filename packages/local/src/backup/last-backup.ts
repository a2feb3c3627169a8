import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../fleet/atomic-file.js';
import { ownerFolder, type BackupOwner } from './backup-owner.js';

const schema = z.object({
  /** the moment that the tables show; ISO 8601 UTC */
  databaseAt: z.iso.datetime(),
  /** where the backup is */
  folder: z.string(),
});

export type LastBackup = z.infer<typeof schema>;

/** Notes in the data folder that an owner was backed up, for those who watch over that. */
export function noteBackup(dataDir: string, owner: BackupOwner, backup: LastBackup): void {
  writeFileAtomically(file(dataDir, owner), `${JSON.stringify(backup)}\n`);
}

/** The last one that was made of this data folder; null when none was, or the note of it is damaged. */
export function lastBackup(dataDir: string, owner: BackupOwner): LastBackup | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file(dataDir, owner), 'utf8')));
  } catch {
    return null;
  }
}

function file(dataDir: string, owner: BackupOwner): string {
  return join(dataDir, ownerFolder(owner), 'last-backup.json');
}
