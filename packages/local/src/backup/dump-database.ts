import { join } from 'node:path';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { UsageError } from '../fleet/fleet-config.js';
import type { BackupFile, SequencePosition, TableCopy } from './backup-manifest.js';
import { withDatabase } from './database-client.js';
import {
  MIGRATIONS_TABLE,
  qualifiedName,
  quoted,
  readSequences,
  readTables,
  type TableShape,
} from './database-catalogue.js';
import { writeHashed, type OnBytes } from './hashed-file.js';

export interface DatabaseDump {
  /** ISO 8601 UTC: the moment that all tables show */
  databaseAt: string;
  /** names of the migrations that made the schema, in their order */
  migrations: string[];
  tables: TableCopy[];
  sequences: SequencePosition[];
  files: BackupFile[];
}

/**
 * Copies every table into a file of its own, all as of one moment, while others go on writing.
 * @param folder the owner's folder in the backup; the files go to `database/` in it
 * @param onTable told of each table before it is copied
 * @param onBytes told of the bytes of all of them; what it throws ends the copying
 * @throws UsageError when nothing was ever migrated in it
 */
export function dumpDatabase(
  databaseUrl: string,
  folder: string,
  onTable: (name: string) => void = () => undefined,
  onBytes?: OnBytes,
): Promise<DatabaseDump> {
  return withDatabase(databaseUrl, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    // the first statement takes the snapshot
    const { rows: moments } = await client.query<{ at: Date }>('select clock_timestamp() as at');
    const { rows: made } = await client.query<{ made: boolean }>('select to_regclass($1) is not null as made', [
      MIGRATIONS_TABLE,
    ]);
    if (made[0]?.made !== true)
      throw new UsageError('the database has no tables yet: the service that makes them never started');
    const { rows: migrations } = await client.query<{ name: string }>(
      `select name from ${quoted(MIGRATIONS_TABLE)} order by run_on, id`,
    );
    const tables: TableCopy[] = [];
    const files: BackupFile[] = [];
    for (const [index, table] of (await readTables(client)).entries()) {
      onTable(table.name);
      // numbered: a table may be called what no file can
      const path = join('database', `${String(index + 1).padStart(3, '0')}.copy`);
      const { file, rows } = await copyOut(client, table, folder, path, onBytes);
      tables.push({ ...table, rows, file: path });
      files.push(file);
    }
    const sequences = await readSequences(client);
    await client.query('commit');
    return {
      databaseAt: (moments[0]?.at ?? new Date()).toISOString(),
      migrations: migrations.map(({ name }) => name),
      tables,
      sequences,
      files,
    };
  });
}

async function copyOut(
  client: pg.Client,
  table: TableShape,
  folder: string,
  path: string,
  onBytes?: OnBytes,
): Promise<{ file: BackupFile; rows: number }> {
  const columns = table.columns.map(quoted).join(', ');
  // of a query, since a partitioned table itself cannot be copied
  const stream = client.query(copyTo(`copy (select ${columns} from ${qualifiedName(table)}) to stdout`));
  const file = await writeHashed(stream, folder, path, onBytes);
  // The row count comes after the last row; the next query is answered after it.
  await client.query('select 1');
  return { file, rows: stream.rowCount };
}
