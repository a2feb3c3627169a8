import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLock } from '../../bin/lib/file-lock.mjs';
import { supervisorLock } from '../fleet/fleet.js';
import { readManifest, writeManifest, type BackupManifest } from './backup-manifest.js';
import { hubOwner, migrationsFolder, ownerFolder, siteOwner, type BackupOwner } from './backup-owner.js';
import { createBackup } from './create-backup.js';
import { backupName, chosenOwners, findBackup } from './find-backup.js';
import { assertFreeSpace, folderSize, inUnits } from './folder-size.js';
import { appliedMigrations, migrationHashes, migrationProblem } from './migration-files.js';
import { inOrderOfReference } from './database-catalogue.js';
import { restoreBackup } from './restore-backup.js';
import { restoreSecrets, saveSecrets } from './secret-files.js';
import { packStore, reasonsOf, unpackStore } from './store-archive.js';
import { verifyFiles } from './verify-backup.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-backup-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TIME = new Date('2026-05-04T12:00:00.000Z');
const AT = TIME.toISOString();

/** A backup of one owner with a database file alone. @returns the owner's folder in it */
async function writeBackup(backup: string, owner: BackupOwner, changes: Partial<BackupManifest> = {}): Promise<string> {
  const place = join(backup, ownerFolder(owner));
  mkdirSync(join(place, 'database'), { recursive: true });
  writeFileSync(join(place, 'database/001.copy'), '1\n');
  const known = await migrationHashes(migrationsFolder(owner));
  writeManifest(place, {
    owner,
    appVersion: '0.1.0',
    startedAt: AT,
    databaseAt: AT,
    finishedAt: AT,
    migrations: appliedMigrations([...known.keys()], known),
    tables: [{ schema: 'public', name: 'images', columns: ['id'], rows: 1, file: 'database/001.copy' }],
    sequences: [],
    store: null,
    files: [{ path: 'database/001.copy', bytes: 2, sha256: createHash('sha256').update('1\n').digest('hex') }],
    ...changes,
  });
  return place;
}

function restoring(from: string, dataDir: string, changes: { replace?: boolean; owners?: BackupOwner[] } = {}) {
  return restoreBackup({ dataDir, from, owners: [], replace: false, report: () => undefined, env: {}, ...changes });
}

describe('finding a backup', () => {
  it('takes the folder itself, or the newest whole one in it, and the hub before sites by name', async () => {
    const older = join(folder, backupName(new Date('2026-05-03T12:00:00Z')));
    const newer = join(folder, backupName(TIME));
    await writeBackup(older, hubOwner);
    await writeBackup(newer, siteOwner('riverside'));
    await writeBackup(newer, hubOwner);
    await writeBackup(newer, siteOwner('a-clinic'));
    mkdirSync(join(folder, `${backupName(new Date('2026-05-05T12:00:00Z'))}.partial`));
    expect(findBackup(older)).toEqual({ folder: older, owners: [hubOwner] });
    const found = findBackup(folder);
    expect(found).toEqual({ folder: newer, owners: [hubOwner, siteOwner('a-clinic'), siteOwner('riverside')] });
    expect(chosenOwners(found.owners, [], newer)).toEqual(found.owners);
    expect(chosenOwners(found.owners, [siteOwner('riverside')], newer)).toEqual([siteOwner('riverside')]);
    expect(() => chosenOwners(found.owners, [siteOwner('st-agnes')], newer)).toThrow(
      /does not have site st-agnes; it has: the hub, site a-clinic, site riverside/,
    );
  });

  it('says when there is no folder, no backup in it, or only one that was interrupted', async () => {
    expect(() => findBackup(join(folder, 'nowhere'))).toThrow(/there is no folder .*nowhere/);
    expect(() => findBackup(folder)).toThrow(/is not a backup/);
    const partial = join(folder, `${backupName(TIME)}.partial`);
    await writeBackup(partial, hubOwner);
    expect(() => findBackup(folder)).toThrow(/is not a backup/);
    expect(() => findBackup(partial)).toThrow(/was interrupted/);
  });
});

describe('the manifest', () => {
  it('is written for its owner alone, with the warning of what a backup holds', async () => {
    const place = await writeBackup(folder, siteOwner('st-agnes'));
    expect(statSync(join(place, 'manifest.json')).mode & 0o777).toBe(0o600);
    expect(readManifest(folder, siteOwner('st-agnes')).notice).toMatch(/secrets and.*patients’ images/);
  });

  it('is refused when missing, cut short, of a newer format, of another owner, or with a path that leads out', async () => {
    const owner = siteOwner('st-agnes');
    expect(() => readManifest(folder, owner)).toThrow(/holds no backup of site st-agnes/);
    const path = join(await writeBackup(folder, owner), 'manifest.json');
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.slice(0, 100));
    expect(() => readManifest(folder, owner)).toThrow(/manifest\.json is damaged: it is not JSON/);
    writeFileSync(path, whole.replace('"format": 1', '"format": 2'));
    expect(() => readManifest(folder, owner)).toThrow(/has format 2, and this version of Hilum reads up to 1/);
    writeFileSync(path, whole.replace('"name": "st-agnes"', '"name": "riverside"'));
    expect(() => readManifest(folder, owner)).toThrow(/belongs to site riverside, not to site st-agnes/);
    writeFileSync(path, whole.replaceAll('database/001.copy', '../../001.copy'));
    expect(() => readManifest(folder, owner)).toThrow(/must lie inside the backup/);
  });
});

describe('verifying', () => {
  it('accepts what is whole and names the file that is missing, cut short or changed', async () => {
    const place = await writeBackup(folder, hubOwner);
    const manifest = readManifest(folder, hubOwner);
    let bytes = 0;
    await verifyFiles(place, manifest, (count) => (bytes += count));
    expect(bytes).toBe(2);
    const file = join(place, 'database/001.copy');
    writeFileSync(file, '2\n');
    await expect(verifyFiles(place, manifest)).rejects.toThrow(/001\.copy is damaged/);
    writeFileSync(file, '1');
    await expect(verifyFiles(place, manifest)).rejects.toThrow(/001\.copy is damaged/);
    rmSync(file);
    await expect(verifyFiles(place, manifest)).rejects.toThrow(/001\.copy is missing/);
    await expect(verifyFiles(place, { ...manifest, files: [] })).rejects.toThrow(/does not list database\/001\.copy/);
  });
});

describe('migrations', () => {
  const known = new Map([
    ['0001_a', 'aa'],
    ['0002_b', 'bb'],
  ]);

  it('may be fewer in a backup than now, but neither unknown nor changed', () => {
    expect(migrationProblem([{ name: '0001_a', sha256: 'aa' }], known)).toBeNull();
    expect(migrationProblem([{ name: '0003_c', sha256: 'cc' }], known)).toMatch(/newer version of Hilum.*0003_c/);
    expect(migrationProblem([{ name: '0002_b', sha256: 'xx' }], known)).toMatch(/under the same names \(0002_b\)/);
  });

  it('of a database that runs a newer version cannot be named', () => {
    expect(appliedMigrations(['0001_a'], known)).toEqual([{ name: '0001_a', sha256: 'aa' }]);
    expect(() => appliedMigrations(['0003_c'], known)).toThrow(/0003_c, which this version of Hilum does not/);
  });
});

describe('the order of tables', () => {
  it('puts each after those it refers to, and refuses a circle', () => {
    const sort = (references: { from: string; to: string }[]): string[] =>
      inOrderOfReference(['a', 'b', 'c'], (name) => name, references);
    expect(sort([])).toEqual(['a', 'b', 'c']);
    expect(
      sort([
        { from: 'a', to: 'c' },
        { from: 'c', to: 'b' },
      ]),
    ).toEqual(['b', 'c', 'a']);
    expect(() =>
      sort([
        { from: 'a', to: 'b' },
        { from: 'b', to: 'a' },
      ]),
    ).toThrow(/in a circle: a, b, a/);
  });
});

describe('secrets', () => {
  it('come back with their content, readable by their owner alone', async () => {
    const secrets = join(folder, 'secrets');
    mkdirSync(join(secrets, 'below'), { recursive: true });
    writeFileSync(join(secrets, 'site-key'), 'abc\n');
    writeFileSync(join(secrets, 'below/token'), 'def\n');
    writeFileSync(join(secrets, 'token.77.draft'), 'half');
    const backup = join(folder, 'backup');
    const files = await saveSecrets(secrets, backup);
    expect(files.map(({ path }) => path).sort()).toEqual(['secrets/below/token', 'secrets/site-key']);
    expect(statSync(join(backup, 'secrets')).mode & 0o777).toBe(0o700);
    const restored = join(folder, 'restored');
    await restoreSecrets(backup, [...files, { path: 'database/001.copy', bytes: 0, sha256: '' }], restored);
    expect(readFileSync(join(restored, 'below/token'), 'utf8')).toBe('def\n');
    expect(statSync(join(restored, 'site-key')).mode & 0o777).toBe(0o600);
    expect(statSync(restored).mode & 0o777).toBe(0o700);
  });
});

describe('the store’s archive', () => {
  it('brings back files of any name with their times, without what was only under way', async () => {
    const store = join(folder, 'store');
    mkdirSync(join(store, 'data/xray-intake/.sgwtmp/multipart'), { recursive: true });
    writeFileSync(join(store, 'data/xray-intake/.sgwtmp/multipart/1'), 'half');
    writeFileSync(join(store, 'data/xray-intake/.name.sgwtmp.17'), 'half');
    const odd = 'data/xray-intake/new\nline -rf "quoted" ü';
    writeFileSync(join(store, odd), 'pixels');
    let bytes = 0;
    const entry = await packStore(store, folder, 'store.tar', (count) => (bytes += count));
    expect(entry.bytes).toBe(bytes);
    const back = join(folder, 'back');
    await unpackStore(join(folder, 'store.tar'), back);
    expect(readFileSync(join(back, odd), 'utf8')).toBe('pixels');
    expect(statSync(join(back, odd)).mtimeMs).toBe(statSync(join(store, odd)).mtimeMs);
    expect(await folderSize(back)).toEqual({ files: 1, bytes: 6 });
  });

  it('fails on one that is cut short, without naming an object', async () => {
    writeFileSync(join(folder, 'Jane Doe.jpeg'), Buffer.alloc(100_000, 1));
    await packStore(folder, join(folder, 'backup'), 'store.tar');
    const archive = join(folder, 'backup/store.tar');
    writeFileSync(archive, readFileSync(archive).subarray(0, 20_000));
    const failure = await unpackStore(archive, join(folder, 'back')).catch((error: Error) => error.message);
    expect(failure).toMatch(/^tar ended with 2/);
    expect(failure).not.toContain('Jane');
  });

  it('tells reasons without names', () => {
    expect(reasonsOf('tar: ./data/Jane Doe: Cannot open: Permission denied\ntar: Exiting with failure\n')).toBe(
      ': Permission denied',
    );
    expect(reasonsOf('')).toBe('');
  });
});

describe('space', () => {
  it('is asked for before anything is written, also for a folder that is not there yet', () => {
    assertFreeSpace(join(folder, 'not/yet'), 1, 'the backup');
    expect(() => assertFreeSpace(folder, 2 ** 60, 'the backup')).toThrow(/free, and the backup needs about/);
    expect([inUnits(7), inUnits(1536), inUnits(5 * 2 ** 40)]).toEqual(['7 B', '1.5 KiB', '5.0 TiB']);
  });
});

describe('a restore that cannot be', () => {
  it('changes nothing when the target is there, the fleet runs, a file is damaged, or the schema is newer', async () => {
    const backup = join(folder, 'backup');
    const owner = siteOwner('st-agnes');
    const place = await writeBackup(backup, owner);
    const dataDir = join(folder, 'data');
    mkdirSync(join(dataDir, 'sites/st-agnes'), { recursive: true });
    writeFileSync(join(dataDir, 'sites/st-agnes/mine'), 'precious');
    await expect(restoring(backup, dataDir)).rejects.toThrow(/sites\/st-agnes is there already.*--replace/);

    const held = tryLock(supervisorLock(dataDir));
    await expect(restoring(backup, dataDir, { replace: true })).rejects.toThrow(/hilum down/);
    if ('release' in held) held.release();

    writeFileSync(join(place, 'database/001.copy'), '9\n');
    await expect(restoring(backup, dataDir, { replace: true })).rejects.toThrow(/001\.copy is damaged/);

    await writeBackup(backup, owner, { migrations: [{ name: '9999_future', sha256: 'a'.repeat(64) }] });
    await expect(restoring(backup, dataDir, { replace: true })).rejects.toThrow(
      /site st-agnes.*newer version.*9999_future/,
    );
    await expect(restoring(backup, dataDir, { owners: [hubOwner] })).rejects.toThrow(/does not have the hub/);
    expect(readFileSync(join(dataDir, 'sites/st-agnes/mine'), 'utf8')).toBe('precious');
  });
});

describe('a backup that cannot be', () => {
  const options = { owners: [], images: true, report: () => undefined, env: {} };

  it('says what is wrong with the data folder, the target or the choice', async () => {
    const dataDir = join(folder, 'data');
    const to = join(folder, 'backups');
    await expect(createBackup({ ...options, dataDir, to })).rejects.toThrow(/not a data folder of Hilum/);
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'config.json'), '{"version":1,"sites":["st-agnes"],"ports":{}}');
    await expect(createBackup({ ...options, dataDir, to: join(dataDir, 'b') })).rejects.toThrow(
      /lies in the data folder/,
    );
    await expect(createBackup({ ...options, dataDir, to, owners: [siteOwner('riverside')] })).rejects.toThrow(
      /does not have site riverside; it has: the hub, site st-agnes/,
    );
    await expect(createBackup({ ...options, dataDir, to })).rejects.toThrow(/the hub has no database yet/);
  });
});
