import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { UsageError, changeFleetConfig } from '../fleet/fleet-config.js';
import { endLeftovers } from '../fleet/fleet.js';
import { holdFolder } from '../fleet/supervisor-lock.js';
import type { ReportProgress } from '../parts/progress.js';
import { readManifest, type BackupManifest } from './backup-manifest.js';
import {
  afterRestoreFile,
  hubOwner,
  migrationsFolder,
  ownerFolder,
  ownerName,
  ownerTitle,
  type BackupOwner,
} from './backup-owner.js';
import { byteProgress, interruptibly, reported } from './byte-progress.js';
import { backupName, chosenOwners, findBackup } from './find-backup.js';
import { assertFreeSpace } from './folder-size.js';
import { hubSequences } from './hub-sequences.js';
import { loadDatabase } from './load-database.js';
import { applyMigrations, migrationHashes, migrationProblem } from './migration-files.js';
import { hasDatabase, withOwnerDatabase } from './owner-database.js';
import { restoreSecrets } from './secret-files.js';
import { assertTar, syncFileSystem, unpackStore } from './store-archive.js';
import { takePlaces } from './take-place.js';
import { totalBytes, verifyFiles } from './verify-backup.js';

/** Where a part is made ready; no site can have such a name. */
const DRAFT_SUFFIX = '.restoring';
/** A fresh database cluster with its log. */
const CLUSTER_BYTES = 150 * 1024 * 1024;
/** Rows in tables with their indexes and their log, by the bytes of the copied rows. */
const TABLE_FACTOR = 4;

export interface RestoreOptions {
  dataDir: string;
  /** a backup, or a folder of backups: then the newest */
  from: string;
  /** whose data; everything in the backup when empty */
  owners: readonly BackupOwner[];
  /** whether data that are there are moved aside, or stop the restore */
  replace: boolean;
  report: ReportProgress;
  env: NodeJS.ProcessEnv;
  /** interrupts it, until what it made ready takes its place; the folder is left as it was */
  signal?: AbortSignal;
  now?: () => Date;
}

export interface Restored {
  /** the backup's folder */
  folder: string;
  owners: { owner: BackupOwner; databaseAt: string; hasImages: boolean }[];
  /** where data that were there are now */
  movedAside: string[];
  /** what the operator should know */
  remarks: string[];
}

/**
 * Restores from a backup into a data folder where nothing runs. Everything is checked before anything is touched, and
 * made ready beside what is there; only then does it take its place.
 * @throws UsageError when it cannot be; nothing is changed then
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir, replace, report, signal, now = () => new Date() } = options;
  const { folder, owners: there } = findBackup(options.from);
  const owners = chosenOwners(there, options.owners, folder);
  const parts = owners.map((owner) => ({ owner, manifest: readManifest(folder, owner) }));
  for (const { owner, manifest } of parts) {
    const problem = migrationProblem(manifest.migrations, await migrationHashes(migrationsFolder(owner)));
    if (problem !== null) throw new UsageError(`the backup of ${ownerTitle(owner)} cannot be restored: ${problem}`);
  }
  if (parts.some(({ manifest }) => manifest.store !== null)) await assertTar();

  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = holdFolder(dataDir, 'restore');
  try {
    const taken = owners.flatMap((owner) => placesOf(dataDir, owner)).filter((path) => existsSync(path));
    if (taken.length > 0 && !replace)
      throw new UsageError(
        `${taken.join(' and ')} ${taken.length === 1 ? 'is' : 'are'} there already: nothing was changed; with --replace what is there is moved aside first`,
      );
    await endLeftovers(dataDir);
    assertFreeSpace(
      dataDir,
      parts.reduce((sum, { manifest }) => sum + neededBytes(manifest), 0),
      'the restore',
    );
    for (const { owner, manifest } of parts) {
      const subject = `${ownerName(owner)} checksums`;
      const onBytes = byteProgress(report, subject, subject, totalBytes(manifest));
      await reported(report, subject, subject, () =>
        verifyFiles(join(folder, ownerFolder(owner)), manifest, interruptibly(onBytes, signal)),
      );
    }

    for (const { owner } of parts) await removeDraft(dataDir, owner);
    const remarks: string[] = [];
    let movedAside: string[];
    try {
      // The hub comes first: its database knows how far each site had come.
      let known: ReadonlyMap<string, number> | null = null;
      for (const { owner, manifest } of parts) {
        if (owner.kind === 'site') known ??= await readHubSequences(options, owners);
        const hubHighest = owner.kind === 'site' ? (known?.get(owner.name) ?? 0) : 0;
        await prepare(owner, manifest, { ...options, folder, hubHighest });
      }
      if (known === null && owners.some(({ kind }) => kind === 'site')) remarks.push(NO_HUB_REMARK);
      await syncFileSystem(dataDir);
      signal?.throwIfAborted();
      // From here on it is not interrupted.
      const suffix = `.replaced-${backupName(now())}`;
      const places = owners.flatMap((owner) => placesOf(dataDir, owner));
      const sites = owners.flatMap((owner) => (owner.kind === 'site' ? [owner.name] : []));
      movedAside = await takePlaces(
        places.map((place) => ({ place, draft: `${place}${DRAFT_SUFFIX}`, aside: `${place}${suffix}` })),
        () => changeFleetConfig(dataDir, (config) => ({ ...config, sites: [...new Set([...config.sites, ...sites])] })),
      );
    } catch (error) {
      for (const { owner } of parts) await removeDraft(dataDir, owner);
      throw error;
    }
    return {
      folder,
      owners: parts.map(({ owner, manifest }) => ({
        owner,
        databaseAt: manifest.databaseAt,
        hasImages: manifest.store !== null,
      })),
      movedAside,
      remarks,
    };
  } finally {
    lock.release();
  }
}

const NO_HUB_REMARK =
  'The hub’s database is not in this data folder, so sequence numbers go on from the backup’s: numbers that the hub has ' +
  'had for events since then are given again, and a gap among those would not be noticed.';

/** Data, then secrets: should the switch be cut short, the database refuses the old password instead of serving under an old key. */
function placesOf(dataDir: string, owner: BackupOwner): string[] {
  return [join(dataDir, ownerFolder(owner)), join(dataDir, 'secrets', ownerFolder(owner))];
}

async function removeDraft(dataDir: string, owner: BackupOwner): Promise<void> {
  for (const place of placesOf(dataDir, owner)) await rm(`${place}${DRAFT_SUFFIX}`, { recursive: true, force: true });
}

/** Makes an owner's data ready beside its place. */
async function prepare(
  owner: BackupOwner,
  manifest: BackupManifest,
  options: RestoreOptions & { folder: string; hubHighest: number },
): Promise<void> {
  const { dataDir, report, env, signal, hubHighest } = options;
  signal?.throwIfAborted();
  const source = join(options.folder, ownerFolder(owner));
  const draft = `${ownerFolder(owner)}${DRAFT_SUFFIX}`;
  await mkdir(join(dataDir, draft), { recursive: true, mode: 0o700 });
  await restoreSecrets(source, manifest.files, join(dataDir, 'secrets', draft));

  if (manifest.store !== null) {
    const subject = `${ownerName(owner)} store`;
    const archive = join(source, manifest.store.file);
    const bytes = manifest.files.find(({ path }) => path === manifest.store?.file)?.bytes ?? 0;
    const onBytes = byteProgress(report, subject, subject, bytes);
    await reported(report, subject, subject, () =>
      unpackStore(archive, join(dataDir, draft, 'store'), onBytes, signal),
    );
  }

  const subject = `${ownerName(owner)} database`;
  await reported(report, subject, `${subject}: making it`, () =>
    withOwnerDatabase({ dataDir, folder: draft, name: `${ownerName(owner)}-postgres`, env }, async (databaseUrl) => {
      await applyMigrations(databaseUrl, migrationsFolder(owner), manifest.migrations);
      await loadDatabase(databaseUrl, source, manifest, {
        onTable: (name) => report({ subject, phase: 'working', detail: `${subject}: table ${name}` }),
        ...(signal === undefined ? {} : { signal }),
        afterwards: (client) => afterRestore(client, owner, hubHighest),
      });
    }),
  );
}

/** What the owner's own service wants done with restored tables. @param hubHighest the highest sequence that the hub knows of a site */
export async function afterRestore(client: pg.ClientBase, owner: BackupOwner, hubHighest: number): Promise<void> {
  await client.query(`select set_config('hilum.hub_highest', $1, true)`, [String(hubHighest)]);
  await client.query(readFileSync(afterRestoreFile(owner), 'utf8'));
}

/** From the hub that is being restored, or the one that is there; null when there is none. */
async function readHubSequences(
  { dataDir, env }: RestoreOptions,
  owners: readonly BackupOwner[],
): Promise<ReadonlyMap<string, number> | null> {
  const isRestored = owners.some(({ kind }) => kind === 'hub');
  const folder = `${ownerFolder(hubOwner)}${isRestored ? DRAFT_SUFFIX : ''}`;
  if (!hasDatabase(dataDir, folder)) return null;
  return withOwnerDatabase({ dataDir, folder, name: 'hub-postgres', env }, hubSequences);
}

function neededBytes(manifest: BackupManifest): number {
  const tables = new Set(manifest.tables.map(({ file }) => file));
  return manifest.files.reduce(
    (sum, { path, bytes }) => sum + bytes * (tables.has(path) ? TABLE_FACTOR : 1),
    CLUSTER_BYTES,
  );
}
