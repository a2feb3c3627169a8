import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { Logger } from '../log/logger.js';

/**
 * Brings the schema up to date from a folder of `NNNN_what.sql` files, each in a transaction, under a lock that
 * replicas share. An applied file must not be changed or reordered: that is refused.
 */
export async function migrate(options: { databaseUrl: string; folder: URL; log: Logger }): Promise<void> {
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
