import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { SequencePosition, TableCopy } from './backup-manifest.js';
import { withDatabase } from './database-client.js';
import { qualifiedName, quoted, readTables } from './database-catalogue.js';

export interface DatabaseContent {
  tables: readonly TableCopy[];
  sequences: readonly SequencePosition[];
}

/**
 * Fills a fresh database, whose migrations are those of the backup, with what the backup holds: all of it or nothing.
 * @param folder the owner's folder in the backup
 * @param afterwards more work in the same transaction
 * @throws Error when the schema is not the one that was backed up, or a table took another number of rows
 */
export function loadDatabase(
  databaseUrl: string,
  folder: string,
  { tables, sequences }: DatabaseContent,
  options: {
    onTable?: (name: string) => void;
    signal?: AbortSignal;
    afterwards?: (client: pg.ClientBase) => Promise<void>;
  } = {},
): Promise<void> {
  return withDatabase(databaseUrl, async (client) => {
    await client.query('begin');
    await assertSameSchema(client, tables);
    // migrations may have put rows of their own into a table: those of the backup take their place. The others are left
    // alone, for an append-only table refuses to be emptied even when it is empty.
    const filled: string[] = [];
    for (const name of tables.map(qualifiedName)) {
      const { rowCount } = await client.query(`select from ${name} limit 1`);
      if (rowCount !== 0) filled.push(name);
    }
    if (filled.length > 0) await client.query(`truncate ${filled.join(', ')} cascade`);
    for (const table of tables) {
      options.signal?.throwIfAborted();
      options.onTable?.(table.name);
      const columns = table.columns.map(quoted).join(', ');
      const stream = client.query(copyFrom(`copy ${qualifiedName(table)} (${columns}) from stdin`));
      await pipeline(createReadStream(join(folder, table.file)), stream, {
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      if (stream.rowCount !== table.rows)
        throw new Error(`table ${table.name} took ${stream.rowCount} rows, and the backup says ${table.rows}`);
    }
    for (const sequence of sequences)
      await client.query('select setval($1::regclass, $2::bigint, $3)', [
        qualifiedName(sequence),
        sequence.lastValue,
        sequence.isCalled,
      ]);
    await options.afterwards?.(client);
    await client.query('commit');
    // Without statistics the first queries over large tables would be planned as if those were empty.
    await client.query('analyze');
  });
}

async function assertSameSchema(client: pg.ClientBase, tables: readonly TableCopy[]): Promise<void> {
  const shape = ({ schema, name, columns }: Pick<TableCopy, 'schema' | 'name' | 'columns'>): string =>
    `${schema}.${name} (${[...columns].sort().join(', ')})`;
  const made = (await readTables(client)).map(shape).sort();
  const saved = tables.map(shape).sort();
  const odd = [...saved.filter((table) => !made.includes(table)), ...made.filter((table) => !saved.includes(table))];
  if (odd.length > 0)
    throw new Error(`the tables of the backup are not those its migrations make; they differ in ${odd.join('; ')}`);
}
