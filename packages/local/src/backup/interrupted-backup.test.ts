import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres } from '@hilum/runtime/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tryLock, type HeldLock } from '../../bin/lib/file-lock.mjs';
import { writeFleetState, type FleetState } from '../fleet/fleet-state.js';
import { supervisorLock } from '../fleet/supervisor-lock.js';
import { hubOwner, migrationsFolder } from './backup-owner.js';
import { createBackup } from './create-backup.js';
import { serverTrouble, withDatabase } from './database-client.js';
import { appliedMigrations, applyMigrations, migrationHashes } from './migration-files.js';

let server: Awaited<ReturnType<typeof startTestPostgres>>;
beforeAll(async () => {
  server = await startTestPostgres();
  const known = await migrationHashes(migrationsFolder(hubOwner));
  await applyMigrations(
    server.databaseUrl,
    migrationsFolder(hubOwner),
    appliedMigrations([...known.keys()].sort(), known),
  );
});
afterAll(() => server?.stop());

let folder: string;
let dataDir: string;
let lock: HeldLock | null;

/** A data folder as of a fleet that runs: a hub with this database and one image. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-backup-test-'));
  dataDir = join(folder, 'data');
  for (const dir of ['hub/postgres/data', 'hub/store/bucket', 'secrets/hub'])
    mkdirSync(join(dataDir, dir), { recursive: true });
  writeFileSync(join(dataDir, 'config.json'), '{"version":1,"sites":[],"ports":{}}');
  writeFileSync(join(dataDir, 'hub/store/bucket/image'), 'image');
  lock = null;
});
afterEach(() => {
  lock?.release();
  rmSync(folder, { recursive: true, force: true });
});

function runs(databaseUrl: string): void {
  const held = tryLock(supervisorLock(dataDir));
  lock = 'release' in held ? held : expect.fail('held already');
  writeFleetState(dataDir, {
    version: 1,
    supervisor: null,
    hub: { databaseUrl },
    sites: [],
    processes: [],
  } as unknown as FleetState);
}

const backUp = (onDetail: (detail: string) => void, signal: AbortSignal): Promise<string> =>
  createBackup({
    dataDir,
    to: join(folder, 'backups'),
    owners: [],
    images: true,
    report: ({ detail }) => onDetail(detail),
    env: {},
    signal,
  });

describe('a backup that is interrupted', () => {
  it.each([/table/, /^hub store$/])('leaves nothing, when that comes at %s', async (moment) => {
    runs(server.databaseUrl);
    const interrupted = new AbortController();
    const attempt = backUp((detail) => {
      if (moment.test(detail)) interrupted.abort(new Error('interrupted'));
    }, interrupted.signal);
    await expect(attempt).rejects.toThrow('interrupted');
    expect(readdirSync(join(folder, 'backups'))).toEqual([]);
    const whole = await backUp(() => undefined, new AbortController().signal);
    expect(readdirSync(whole)).toEqual(['hub']);
  });
});

describe('a backup whose database is in trouble', () => {
  it('says so with what to do, for a password that is refused as for a server that is away', async () => {
    const { signal } = new AbortController();
    for (const [change, why] of [
      [
        (url: URL) => (url.username = 'nobody-we-know'),
        /refuses us \(.*nobody-we-know.*\); see: npx hilum doctor --data /,
      ],
      [
        (url: URL) => (url.port = '1'),
        /does not answer or refuses us \(connect ECONNREFUSED.*\); see: npx hilum doctor --data /,
      ],
    ] as const) {
      const url = new URL(server.databaseUrl);
      change(url);
      runs(url.href);
      await expect(backUp(() => undefined, signal)).rejects.toThrow(why);
      lock?.release();
    }
  });

  it('says before it starts anything that the database is of another PostgreSQL, or its password is lost', async () => {
    writeFileSync(join(dataDir, 'hub/postgres/data/PG_VERSION'), '9\n');
    const attempt = backUp(() => undefined, new AbortController().signal);
    await expect(attempt).rejects.toThrow(
      /was made by PostgreSQL 9, and this Hilum runs PostgreSQL \d+: use the Hilum/,
    );
    await expect(attempt).rejects.toThrow(/postgres-super-password is missing/);
  });
});

describe('trouble with a server', () => {
  it('is told from a mistake in a query', async () => {
    const wrong = await withDatabase(server.databaseUrl, (client) => client.query('select nonsense')).catch(
      (error: unknown) => error,
    );
    expect(serverTrouble(wrong)).toBeNull();
    expect(serverTrouble(new Error('Connection terminated unexpectedly'))).toBe('Connection terminated unexpectedly');
    expect(serverTrouble('text')).toBeNull();
  });
});
