import { BACKUP_NOTICE, readManifest } from '../backup/backup-manifest.js';
import { ownerFolder, ownerName, ownerTitle, type BackupOwner } from '../backup/backup-owner.js';
import { byteProgress, reported } from '../backup/byte-progress.js';
import { createBackup, type CreateBackupOptions } from '../backup/create-backup.js';
import { chosenOwners, findBackup } from '../backup/find-backup.js';
import { inUnits } from '../backup/folder-size.js';
import { totalBytes, verifyFiles } from '../backup/verify-backup.js';
import { join } from 'node:path';
import { interruptible } from './interruptible.js';
import { withProgress } from './with-progress.js';
import type { Terminal } from './terminal.js';

/** `hilum backup`: copies the data of the hub and of sites. @returns the exit code */
export async function backup(
  options: Pick<CreateBackupOptions, 'dataDir' | 'to' | 'owners' | 'images'>,
  terminal: Terminal,
): Promise<number> {
  const folder = await interruptible('the backup', (signal) =>
    withProgress(terminal, (report) => createBackup({ ...options, report, signal, env: process.env })),
  );
  const { owners } = findBackup(folder);
  terminal.out(`Backed up to ${folder}:\n`);
  for (const owner of owners) terminal.out(line(folder, owner));
  terminal.out(`${BACKUP_NOTICE}\n`);
  return 0;
}

/** `hilum backup --verify`: reads a whole backup and holds it against its checksums. @returns the exit code */
export async function verify(
  { from, owners }: { from: string; owners: readonly BackupOwner[] },
  terminal: Terminal,
): Promise<number> {
  const { folder, owners: there } = findBackup(from);
  const chosen = chosenOwners(there, owners, folder);
  await withProgress(terminal, async (report) => {
    for (const owner of chosen) {
      const manifest = readManifest(folder, owner);
      const subject = `${ownerName(owner)} checksums`;
      const onBytes = byteProgress(report, subject, subject, totalBytes(manifest));
      await reported(report, subject, subject, () => verifyFiles(join(folder, ownerFolder(owner)), manifest, onBytes));
    }
  });
  terminal.out(`${folder} is whole:\n`);
  for (const owner of chosen) terminal.out(line(folder, owner));
  return 0;
}

function line(folder: string, owner: BackupOwner): string {
  const manifest = readManifest(folder, owner);
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const what = owner.kind === 'hub' ? 'the anchors of its audit' : 'images';
  const store = manifest.store === null ? `without ${what}` : `with ${what}`;
  return `  ${ownerTitle(owner)}: as of ${manifest.databaseAt}, ${rows} rows, ${store}, ${inUnits(totalBytes(manifest))}\n`;
}
