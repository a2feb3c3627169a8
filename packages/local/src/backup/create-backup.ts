import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UsageError, readFleetConfig } from '../fleet/fleet-config.js';
import { readFleetState } from '../fleet/fleet-state.js';
import { endLeftovers } from '../fleet/fleet.js';
import { keptDatabaseProblems } from '../fleet/kept-data.js';
import { folderHolder, folderInUse, holdFolder } from '../fleet/supervisor-lock.js';
import { appVersion } from '../parts/app-version.js';
import { commandLine } from '../parts/command-line.js';
import type { ReportProgress } from '../parts/progress.js';
import { writeManifest, type BackupFile } from './backup-manifest.js';
import {
  hubOwner,
  migrationsFolder,
  ownerFolder,
  ownerName,
  ownerTitle,
  siteOwner,
  type BackupOwner,
} from './backup-owner.js';
import { byteProgress, interruptibly, reported } from './byte-progress.js';
import { serverTrouble } from './database-client.js';
import { dumpDatabase } from './dump-database.js';
import { PARTIAL_SUFFIX, backupName, chosenOwners } from './find-backup.js';
import { assertFreeSpace, folderSize, type FolderSize } from './folder-size.js';
import { syncFolder } from './hashed-file.js';
import { appliedMigrations, migrationHashes } from './migration-files.js';
import { hasDatabase, withOwnerDatabase } from './owner-database.js';
import { saveSecrets } from './secret-files.js';
import { noteBackup } from './last-backup.js';
import { assertTar, packStore, syncFileSystem } from './store-archive.js';

const STORE_FILE = 'store.tar';
/** What an archive adds to each file: two headers, attributes, padding. */
const ARCHIVE_BYTES_PER_FILE = 4_096;

export interface CreateBackupOptions {
  dataDir: string;
  /** where backups are kept; each becomes a folder of its own in it */
  to: string;
  /** whose data; everything when empty */
  owners: readonly BackupOwner[];
  /** whether the stores are copied as well */
  images: boolean;
  report: ReportProgress;
  env: NodeJS.ProcessEnv;
  /** interrupts it; nothing of it stays */
  signal?: AbortSignal;
  now?: () => Date;
}

/**
 * Backs up the hub and sites, while they run or not. It has its name only when it is whole and durable; until then the
 * folder ends in `.partial`.
 * @returns the backup's folder
 * @throws UsageError when it cannot be
 */
export async function createBackup(options: CreateBackupOptions): Promise<string> {
  const { dataDir, to, images, now = () => new Date() } = options;
  if (!existsSync(join(dataDir, 'config.json')))
    throw new UsageError(`${dataDir} is not a data folder of Hilum (it has no config.json)`);
  if (isInside(to, dataDir))
    throw new UsageError(`${to} lies in the data folder, and a backup there is lost with it: choose another folder`);
  const { sites } = readFleetConfig(dataDir);
  const owners = chosenOwners([hubOwner, ...sites.map(siteOwner)], options.owners, dataDir);
  const keepsStore = (owner: BackupOwner): boolean => images || holdsNoImages(owner);
  if (owners.some(keepsStore)) await assertTar();

  const holder = folderHolder(dataDir);
  if (holder !== null && holder.work !== null) throw folderInUse(dataDir, holder);
  const running = holder !== null;
  // With nothing running, nothing may be started while the databases run for the backup.
  const lock = running ? null : holdFolder(dataDir, 'backup');
  try {
    if (!running) await endLeftovers(dataDir);
    for (const owner of owners) {
      if (!hasDatabase(dataDir, ownerFolder(owner)))
        throw new UsageError(`${ownerTitle(owner)} has no database yet: it was never started`);
      if (keepsStore(owner) && !existsSync(storeDir(dataDir, owner)))
        throw new UsageError(`${ownerTitle(owner)} has no store yet: start it once, or back up with --no-images`);
    }
    const problems = running ? [] : owners.flatMap((owner) => keptDatabaseProblems(dataDir, ownerFolder(owner)));
    if (problems.length > 0) throw new UsageError(problems.join('\n'));
    const sizes = new Map<BackupOwner, FolderSize>();
    let needed = 0;
    for (const owner of owners) {
      const size = keepsStore(owner) ? await folderSize(storeDir(dataDir, owner)) : { files: 0, bytes: 0 };
      sizes.set(owner, size);
      needed += size.bytes + size.files * ARCHIVE_BYTES_PER_FILE;
      needed += (await folderSize(join(dataDir, ownerFolder(owner), 'postgres/data/base'))).bytes;
    }
    assertFreeSpace(to, needed, 'the backup');

    const whole = join(to, backupName(now()));
    const partial = `${whole}${PARTIAL_SUFFIX}`;
    const moments = new Map<BackupOwner, string>();
    await mkdir(to, { recursive: true, mode: 0o700 });
    mkdirSync(partial, { mode: 0o700 });
    try {
      for (const owner of owners)
        moments.set(
          owner,
          await backUpOwner(owner, partial, {
            ...options,
            ...{ now, running, images: keepsStore(owner), storeSize: sizes.get(owner)?.bytes ?? 0 },
          }),
        );
      await syncFileSystem(partial);
      options.signal?.throwIfAborted();
      await rename(partial, whole);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error;
    }
    syncFolder(to);
    for (const [owner, databaseAt] of moments) noteBackup(dataDir, owner, { databaseAt, folder: whole });
    return whole;
  } finally {
    lock?.release();
  }
}

/** @returns the moment that the tables show */
async function backUpOwner(
  owner: BackupOwner,
  backup: string,
  options: CreateBackupOptions & { now: () => Date; running: boolean; storeSize: number },
): Promise<string> {
  const { dataDir, images, report, signal, now, running, storeSize } = options;
  signal?.throwIfAborted();
  const onBytes = interruptibly(() => undefined, signal);
  const startedAt = now().toISOString();
  const folder = join(backup, ownerFolder(owner));
  await mkdir(folder, { recursive: true, mode: 0o700 });

  // The database first and the store after it, so that the store has every image that the database tells of.
  const subject = `${ownerName(owner)} database`;
  const dump = await reported(report, subject, `${subject}: connecting`, async () => {
    const onTable = (name: string): void => report({ subject, phase: 'working', detail: `${subject}: table ${name}` });
    if (running)
      return dumpDatabase(runningDatabaseUrl(dataDir, owner), folder, onTable, onBytes).catch(
        awayProblem(owner, `see: ${commandLine({ dataDir }, 'doctor')}`),
      );
    return withOwnerDatabase(
      { dataDir, folder: ownerFolder(owner), name: `${ownerName(owner)}-postgres`, env: options.env },
      (databaseUrl) => dumpDatabase(databaseUrl, folder, onTable, onBytes),
    ).catch(awayProblem(owner, `its log is ${join(dataDir, `logs/${ownerName(owner)}-postgres.log`)}`));
  });
  const migrations = appliedMigrations(dump.migrations, await migrationHashes(migrationsFolder(owner)));
  const files: BackupFile[] = [...dump.files];
  files.push(...(await saveSecrets(join(dataDir, 'secrets', ownerFolder(owner)), folder)));
  if (images) {
    const store = `${ownerName(owner)} store`;
    files.push(
      await reported(report, store, store, () =>
        packStore(
          storeDir(dataDir, owner),
          folder,
          STORE_FILE,
          interruptibly(byteProgress(report, store, store, storeSize), signal),
        ),
      ),
    );
  }
  const { databaseAt, tables, sequences } = dump;
  writeManifest(folder, {
    owner,
    appVersion: appVersion(),
    startedAt,
    databaseAt,
    finishedAt: now().toISOString(),
    migrations,
    tables,
    sequences,
    store: images ? { file: STORE_FILE } : null,
    files,
  });
  return databaseAt;
}

/** The hub's store holds the signed anchors of its audit, without which a restored one could not be checked. */
function holdsNoImages({ kind }: BackupOwner): boolean {
  return kind === 'hub';
}

function storeDir(dataDir: string, owner: BackupOwner): string {
  return join(dataDir, ownerFolder(owner), 'store');
}

function runningDatabaseUrl(dataDir: string, owner: BackupOwner): string {
  const state = readFleetState(dataDir);
  const holder = owner.kind === 'hub' ? state?.hub : state?.sites.find(({ name }) => name === owner.name);
  if (holder === undefined)
    throw new UsageError(`${ownerTitle(owner)} does not run yet; see: ${commandLine({ dataDir }, 'status')}`);
  return holder.databaseUrl;
}

/** Trouble with the server, said so that it tells what to do. @param fix such as `see: npx hilum doctor` */
function awayProblem(owner: BackupOwner, fix: string): (error: unknown) => never {
  return (error) => {
    const trouble = serverTrouble(error);
    if (trouble === null) throw error;
    throw new UsageError(`the database of ${ownerTitle(owner)} does not answer or refuses us (${trouble}); ${fix}`, {
      cause: error,
    });
  };
}

/** Whether a folder is another or lies in it. */
function isInside(folder: string, other: string): boolean {
  const path = relative(other, folder);
  return path === '' || !(path === '..' || path.startsWith('../'));
}
