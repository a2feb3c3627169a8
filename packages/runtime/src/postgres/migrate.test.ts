import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../log/logger.js';
import { startTestPostgres } from '../testing/start-test-postgres.js';
import { migrate, migrateWhenReachable } from './migrate.js';

const log = createLogger({ process: 'test', level: 'silent' });
let server: Awaited<ReturnType<typeof startTestPostgres>>;
let root: string;
beforeAll(async () => {
  server = await startTestPostgres();
  root = mkdtempSync(join(tmpdir(), 'hilum-migrate-'));
  writeFileSync(join(root, '0001_first.sql'), 'create table first (id int)');
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

const run = (folder: string, databaseUrl = server.databaseUrl): Promise<void> =>
  migrate({ databaseUrl, folder: pathToFileURL(`${folder}/`), log });

describe('migrate', () => {
  it('refuses a database that a newer version brought further, saying what each knows', async () => {
    const newer = mkdtempSync(join(root, 'newer-'));
    copyFileSync(join(root, '0001_first.sql'), join(newer, '0001_first.sql'));
    writeFileSync(join(newer, '0002_second.sql'), 'create table second (id int)');
    await run(root);
    await run(newer);
    await expect(run(root)).rejects.toMatchObject({
      name: 'ConfigError',
      problems: [
        'HILUM_DATABASE_URL: the database was written by a newer version of Hilum (it has 0002_second; this version knows up to 0001_first): run that version, or restore a backup from before it',
      ],
    });
    await run(newer);
  });

  it('lets replicas that start together wait for the one that is first', async () => {
    const empty = await startTestPostgres();
    const slow = mkdtempSync(join(root, 'slow-'));
    writeFileSync(join(slow, '0001_slow.sql'), 'select pg_sleep(0.3); create table slow (id int)');
    const replicas = Array.from({ length: 4 }, () => run(slow, empty.databaseUrl));
    await expect(Promise.all(replicas)).resolves.toHaveLength(4);
    await empty.stop();
  });

  it('says which user of which database is refused, and never the password', async () => {
    const url = new URL(server.databaseUrl);
    [url.username, url.password] = ['nobody-here', 'planted-secret'];
    const error = await run(root, url.href).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({
      name: 'ConfigError',
      problems: [
        `HILUM_DATABASE_URL: the database at ${url.host} refuses user "nobody-here" with the password given (28000): correct user and password`,
      ],
    });
    expect(JSON.stringify(error)).not.toContain('planted-secret');
  });

  it('says which database does not exist', async () => {
    const url = new URL(server.databaseUrl);
    url.pathname = '/other';
    await expect(run(root, url.href)).rejects.toMatchObject({
      problems: [`HILUM_DATABASE_URL: there is no database "other" at ${url.host}: create it`],
    });
  });

  it('leaves a server that is away to whoever waits for it', async () => {
    await expect(run(root, 'postgres://postgres:x@127.0.0.1:1/postgres')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('waits for a server that accepts connections and never answers', async () => {
    const connections = new Set<Socket>();
    const stop = new AbortController();
    const hanging = createServer((socket) => {
      connections.add(socket.on('error', () => undefined));
      // asked again, so it did wait
      if (connections.size === 2) stop.abort();
    }).listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    const { port } = hanging.address() as AddressInfo;
    try {
      const isMigrated = await migrateWhenReachable({
        databaseUrl: `postgres://postgres:x@127.0.0.1:${port}/postgres`,
        folder: pathToFileURL(`${root}/`),
        log,
        connectTimeoutMs: 50,
        signal: stop.signal,
      });
      expect(isMigrated).toBe(false);
      expect(connections.size).toBe(2);
    } finally {
      for (const socket of connections) socket.destroy();
      hanging.close();
    }
  });
});
