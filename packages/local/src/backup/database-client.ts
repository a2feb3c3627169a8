import pg from 'pg';

const CONNECT_TIMEOUT_MS = 5_000;

/** One connection for one piece of work, with settings under which values are written and read alike everywhere. */
export async function withDatabase<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'hilum-backup',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // The server may go away while connected; whoever asked gets the error of the query.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(
      `set client_encoding = 'UTF8'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set timezone = 'UTC';
       set bytea_output = 'hex'; set extra_float_digits = 1; set statement_timeout = 0;
       set idle_in_transaction_session_timeout = 0`,
    );
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** SQLSTATE: connection, authorization, resources, and the operator's intervention such as a shutdown. */
const SERVER_TROUBLE = /^(08|28|53|57)[0-9A-Z]{3}$/;
/** What the driver says of a connection without any code. */
const CONNECTION_LOST = /^(Connection terminated|timeout expired|timeout exceeded|Client has encountered a connection)/;

/**
 * What is the matter with the server or the way to it, in its own words.
 * @returns null for an error that tells of something else, such as a query that is wrong
 */
export function serverTrouble(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isOfServer = code !== undefined && SERVER_TROUBLE.test(code);
  const isOfWay = syscall === 'connect' || syscall === 'read' || CONNECTION_LOST.test(error.message);
  return isOfServer || isOfWay ? error.message : null;
}
