import { ownerTitle } from '../backup/backup-owner.js';
import { restoreBackup, type RestoreOptions } from '../backup/restore-backup.js';
import { commandLine } from '../parts/command-line.js';
import { interruptible } from './interruptible.js';
import { withProgress } from './with-progress.js';
import type { Terminal } from './terminal.js';

/** `hilum restore`: brings back the hub and sites from a backup. @returns the exit code */
export async function restore(
  options: Pick<RestoreOptions, 'dataDir' | 'from' | 'owners' | 'replace'>,
  terminal: Terminal,
): Promise<number> {
  const restored = await interruptible('the restore', (signal) =>
    withProgress(terminal, (report) => restoreBackup({ ...options, report, signal, env: process.env })),
  );
  terminal.out(`Restored from ${restored.folder}:\n`);
  for (const { owner, databaseAt, hasImages } of restored.owners)
    terminal.out(`  ${ownerTitle(owner)}: as of ${databaseAt}${hasImages ? '' : ', without images'}\n`);
  for (const place of restored.movedAside) terminal.out(`What was there is now ${place}\n`);
  for (const remark of restored.remarks) terminal.out(`${remark}\n`);
  terminal.out(`Start with: ${commandLine(options, 'up')}\n`);
  return 0;
}
