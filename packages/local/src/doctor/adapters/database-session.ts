import { Socket } from 'node:net';
import pg from 'pg';
import { AwayError, reasonOf } from './away-error.js';

const CONNECT_MS = 4_000;
const QUERY_MS = 6_000;

/** Port: what the checks ask of a database. Numbers come as numbers only where the query casts them to float8. */
export interface DatabaseSession {
  rows<Row extends Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * Runs questions over one connection, which is cut afterwards: a server that hangs would never close it.
 * @param what the database's name for errors, such as "the database of st-agnes"
 * @throws AwayError when it cannot be connected to
 */
export async function withDatabase<T>(
  what: string,
  url: string,
  signal: AbortSignal,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    application_name: 'hilum-doctor',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: QUERY_MS,
    query_timeout: QUERY_MS,
    stream: () => socket,
  });
  client.on('error', () => undefined);
  const cut = (): void => void socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    await client.connect().catch((error: unknown) => {
      throw new AwayError(what, reasonOf(error), { cause: error });
    });
    return await work({
      rows: async <Row extends Record<string, unknown>>(text: string, values: readonly unknown[] = []) =>
        (await client.query<Row>(text, [...values])).rows,
    });
  } finally {
    signal.removeEventListener('abort', cut);
    cut();
  }
}
