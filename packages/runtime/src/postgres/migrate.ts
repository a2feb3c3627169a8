import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { untilDone } from '../lifecycle/backoff.js';
import type { Logger } from '../log/logger.js';
import { isDatabaseAway } from './database.js';

export interface MigrateOptions {
  databaseUrl: string;
  folder: URL;
  log: Logger;
}

/**
 * Brings the schema up to date from a folder of `NNNN_what.sql` files, each in a transaction, under a lock that
 * replicas share. An applied file must not be changed or reordered: that is refused.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { log } = options;
  const applied = await runner({
    databaseUrl: options.databaseUrl,
    dir: fileURLToPath(options.folder),
    direction: 'up',
    migrationsTable: 'schema_migrations',
    checkOrder: true,
    logger: {
      info: (message: string) => log.debug(message),
      warn: (message: string) => log.warn(message),
      error: (message: string) => log.error(message),
    },
  });
  if (applied.length > 0) log.info({ migrations: applied.map(({ name }) => name) }, 'database schema updated');
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
