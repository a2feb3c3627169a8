import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { ConfigError } from '../config/read-config.js';
import { untilDone } from '../lifecycle/backoff.js';
import type { Logger } from '../log/logger.js';
import { databaseAddressProblem } from './database-problem.js';
import { isDatabaseAway } from './database.js';

const TABLE = 'schema_migrations';
const CONNECT_TIMEOUT_MS = 5_000;
/** For looking up what is applied: a server that hangs must show as one that is away. */
const QUERY_TIMEOUT_MS = 35_000;

export interface MigrateOptions {
  databaseUrl: string;
  folder: URL;
  log: Logger;
  /** how long a server may take to accept a connection before it counts as away; 5 seconds when not given */
  connectTimeoutMs?: number;
}

/**
 * Brings the schema up to date from a folder of `NNNN_what.sql` files, each in a transaction, under a lock that
 * replicas share. An applied file must not be changed or reordered: that is refused.
 * @throws ConfigError when the database refuses user or password, or was brought further by a newer version
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { log } = options;
  await refuseNewerSchema(options);
  const applied = await withClient(options, undefined, (dbClient) =>
    runner({
      dbClient,
      dir: fileURLToPath(options.folder),
      direction: 'up',
      migrationsTable: TABLE,
      checkOrder: true,
      // replicas that start together: all but the first find nothing left to do
      advisoryLockMode: 'wait',
      logger: {
        info: (message: string) => log.debug(message),
        warn: (message: string) => log.warn(message),
        error: (message: string) => log.error(message),
      },
    }),
  );
  if (applied.length > 0) log.info({ migrations: applied.map(({ name }) => name) }, 'database schema updated');
}

/** A database with migrations that are not ours was written by a newer version: what we wrote into it could be wrong. */
async function refuseNewerSchema(options: MigrateOptions): Promise<void> {
  const known = (await readdir(options.folder))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -4));
  const applied = await withClient(options, QUERY_TIMEOUT_MS, appliedMigrations);
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const last = known.sort().at(-1) ?? 'none';
  throw new ConfigError([
    `HILUM_DATABASE_URL: the database was written by a newer version of Hilum (it has ${unknown.join(', ')}; this version knows up to ${last}): run that version, or restore a backup from before it`,
  ]);
}

async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    TABLE,
  ]);
  if (tables[0]?.found !== true) return [];
  const { rows } = await client.query<{ name: string }>(`select name from ${TABLE} order by id`);
  return rows.map(({ name }) => name);
}

/** @param queryTimeoutMs for every query; undefined: a migration takes as long as it takes */
async function withClient<Result>(
  { databaseUrl, connectTimeoutMs = CONNECT_TIMEOUT_MS }: MigrateOptions,
  queryTimeoutMs: number | undefined,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: connectTimeoutMs,
    ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
  });
  // Whoever asked gets the error of the query; unheard, this one would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    const problem = databaseAddressProblem(error, databaseUrl);
    throw problem === null ? error : new ConfigError([problem]);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * {@link migrate}, waiting for a database that is away; false when the signal aborts first.
 * @throws what the database refused: it would refuse it again
 */
export async function migrateWhenReachable(options: MigrateOptions & { signal: AbortSignal }): Promise<boolean> {
  let isWaiting = false;
  const outcome = await untilDone<{ refusal: unknown } | null>(
    async () => {
      try {
        await migrate(options);
        return null;
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
        return { refusal: error };
      }
    },
    {
      backoff: { firstMs: 250, maxMs: 5_000 },
      signal: options.signal,
      onFailure: (error) => {
        if (!isWaiting) options.log.warn({ err: error }, 'the database is not reachable yet, waiting for it');
        isWaiting = true;
      },
    },
  );
  if (outcome === null) return false;
  if (outcome.result !== null) throw outcome.result.refusal;
  return true;
}
