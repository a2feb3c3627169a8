import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLogger, migrate } from '@hilum/runtime';
import { UsageError } from '../fleet/fleet-config.js';
import type { AppliedMigration } from './backup-manifest.js';
import { sha256Of } from '../parts/part-cache.js';

/** The migrations of a folder by name, with the SHA-256 of each file. */
export async function migrationHashes(folder: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const file of (await readdir(folder)).sort()) {
    if (file.endsWith('.sql')) hashes.set(file.slice(0, -'.sql'.length), await sha256Of(join(folder, file)));
  }
  return hashes;
}

/**
 * The migrations that a database names, with what they were.
 * @throws UsageError when this version of Hilum does not have one of them
 */
export function appliedMigrations(names: readonly string[], known: ReadonlyMap<string, string>): AppliedMigration[] {
  return names.map((name) => {
    const sha256 = known.get(name);
    if (sha256 === undefined)
      throw new UsageError(
        `the database has the migration ${name}, which this version of Hilum does not: take the backup with the version that runs`,
      );
    return { name, sha256 };
  });
}

/** Why a backup with these migrations cannot be restored by a version that knows those; null when it can. */
export function migrationProblem(
  applied: readonly AppliedMigration[],
  known: ReadonlyMap<string, string>,
): string | null {
  const unknown = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (unknown.length > 0)
    return `it is of a newer version of Hilum, with migrations that this one does not have (${unknown.join(', ')}): restore it with that version`;
  const changed = applied.filter(({ name, sha256 }) => known.get(name) !== sha256).map(({ name }) => name);
  if (changed.length > 0)
    return `this version of Hilum has other migrations under the same names (${changed.join(', ')}): restore it with the version that made it`;
  return null;
}

/** Makes the schema that a backup was taken of; newer migrations are left to the service's next start. */
export async function applyMigrations(
  databaseUrl: string,
  folder: string,
  applied: readonly AppliedMigration[],
): Promise<void> {
  const chosen = await mkdtemp(join(tmpdir(), 'hilum-migrations-'));
  try {
    for (const { name } of applied) await copyFile(join(folder, `${name}.sql`), join(chosen, `${name}.sql`));
    const log = createLogger({ process: 'hilum', level: 'silent' });
    await migrate({ databaseUrl, folder: pathToFileURL(`${chosen}/`), log });
  } finally {
    await rm(chosen, { recursive: true, force: true });
  }
}
