import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import pg from 'pg';
import { startTestPostgres } from './start-test-postgres.js';

it('gives an empty database that answers, and leaves nothing once stopped', async () => {
  const server = await startTestPostgres();
  const client = new pg.Client({ connectionString: server.databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`);
  const folder = rows[0]?.folder ?? '';
  expect(existsSync(folder)).toBe(true);
  await client.end();

  await server.stop();
  expect(existsSync(folder)).toBe(false);
});
