import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryDir } from '../parts/paths.js';
import { withDatabase } from './database-client.js';

/** The highest sequence that the hub knows of each site, by the site's name; empty when the hub never started. */
export function hubSequences(databaseUrl: string): Promise<Map<string, number>> {
  return withDatabase(databaseUrl, async (client) => {
    const { rows: tables } = await client.query(`select from pg_tables where tablename = 'sites'`);
    if (tables.length === 0) return new Map<string, number>();
    const query = readFileSync(join(repositoryDir, 'hub/restore/site-sequences.sql'), 'utf8');
    const { rows } = await client.query<{ site: string; highest: string | number }>(query);
    return new Map(rows.map(({ site, highest }) => [site, Number(highest)]));
  });
}
