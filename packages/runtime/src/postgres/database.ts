import pg from 'pg';
import type { Logger } from '../log/logger.js';

export type Row = Record<string, unknown>;

/** What a store needs of a connection: the pool, or the one connection of a transaction. */
export interface Queryable {
  query<R extends Row>(text: string, values?: readonly unknown[]): Promise<{ rows: R[]; rowCount: number }>;
}

export interface Database extends Queryable {
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
  transaction<Result>(work: (client: Queryable) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

// int8 comes as text by default; all of ours (sequences, counts) stay far below 2^53
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * A connection pool. Statements are bounded in time, so that a hung server shows as an error instead of a standstill.
 */
export function createDatabase(options: {
  databaseUrl: string;
  name: string;
  log: Logger;
  connections?: number;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: options.name,
    max: options.connections ?? 5,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    query_timeout: 35_000,
    keepAlive: true,
  });
  // an idle connection that breaks would otherwise end the process; the pool makes a new one when it is needed
  pool.on('error', (error) => options.log.warn({ err: error }, 'a database connection was lost'));
  return {
    query: (text, values) => run(pool, text, values),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      // the connection's own error event; unheard it would end the process while a transaction is open
      const onError = (error: Error): void => {
        broken = error;
      };
      client.on('error', onError);
      try {
        await client.query('begin');
        const result = await work({ query: (text, values) => run(client, text, values) });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((rollbackError: Error) => {
          broken = rollbackError;
        });
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

async function run<R extends Row>(
  queryable: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<{ rows: R[]; rowCount: number }> {
  const result = await queryable.query<R>(text, [...values]);
  return { rows: result.rows, rowCount: result.rowCount ?? 0 };
}

/** SQLSTATE classes: 08 connection, 53 out of resources, 57P starting up or shutting down. */
const AWAY_STATES = /^(08|53|57P)/;
const AWAY_ERRNO = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** pg's own errors of a lost or slow connection carry no code; a pool and a single client word a slow one differently. */
const AWAY_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|^timeout expired$|Query read timeout/;

/** Whether the database is away, as opposed to having refused what was asked: wait and try again. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return AWAY_STATES.test(code) || AWAY_ERRNO.test(code);
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  return AWAY_MESSAGES.test(error.message);
}

/**
 * Whether the database refused a value itself, now and ever (SQLSTATE class 22, data exception: a NUL character, the
 * year 0): to be set aside, for trying again would hold up all behind it.
 */
export function isNotStorable(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.startsWith('22');
}
