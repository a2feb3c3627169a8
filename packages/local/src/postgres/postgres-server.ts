import { chownSync, existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Secret } from '../fleet/secrets.js';
import type { PostgresPrograms } from '../parts/postgres-part.js';
import { runTool } from '../parts/run-tool.js';
import type { Launch } from '../supervisor/process-spec.js';
import { HopelessStartError } from '../supervisor/supervised-process.js';

/** "nobody", by convention: who PostgreSQL runs as when we are root, for it refuses to run as root. */
const UNPRIVILEGED_ID = 65_534;
/** SQLSTATE invalid_password. */
const WRONG_PASSWORD = '28P01';
const SUPER_USER = 'postgres';
/** The services' role and database; the role owns the database and nothing else. */
const SERVICE_NAME = 'hilum';

export interface PostgresAccess {
  port: number;
  superPassword: Secret;
  servicePassword: string;
}

export interface PostgresOptions extends PostgresAccess {
  /** The server's own folder. */
  dir: string;
  programs: PostgresPrograms;
}

/** Makes the database cluster on first use and says how to start the server. */
export async function launchPostgres(
  { dir, programs, port, superPassword }: PostgresOptions,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<Launch> {
  const dataDir = join(dir, 'data');
  if (!existsSync(dataDir)) {
    // Made aside and renamed: a folder that is there is whole.
    const draftDir = join(dir, 'data.draft');
    await rm(draftDir, { recursive: true, force: true });
    await mkdir(draftDir, { recursive: true, mode: 0o700 });
    giveAway(draftDir);
    const [file, ...prefix] = asUnprivileged(programs.initdb);
    await runTool({
      command: file,
      args: [
        ...prefix,
        `--pgdata=${draftDir}`,
        `--username=${SUPER_USER}`,
        `--pwfile=${superPassword.file}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--data-checksums',
      ],
      cwd: dir,
      env: { ...env, TZ: 'UTC' },
      signal,
    });
    await chmod(draftDir, 0o700);
    await rename(draftDir, dataDir);
  }
  const [file, ...prefix] = asUnprivileged(programs.postgres);
  const settings = { ...SETTINGS, port };
  return {
    file,
    args: [
      ...prefix,
      '-D',
      dataDir,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    env,
    cwd: dir,
  };
}

/** A small server that still keeps every promise: fsync and synchronous_commit stay on. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 30,
  shared_buffers: '16MB',
  maintenance_work_mem: '16MB',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  max_worker_processes: 2,
  max_parallel_workers: 0,
  max_logical_replication_workers: 0,
  autovacuum_max_workers: 1,
  wal_level: 'minimal',
  max_wal_senders: 0,
  // Otherwise three more processes, for speed nobody needs here.
  io_method: 'sync',
  jit: 'off',
  password_encryption: 'scram-sha-256',
  log_timezone: 'UTC',
  timezone: 'UTC',
} as const;

/** The address services use. */
export function databaseUrl(port: number, password: string): string {
  return `postgres://${SERVICE_NAME}:${password}@127.0.0.1:${port}/${SERVICE_NAME}`;
}

/**
 * Whether the server answers.
 * @throws HopelessStartError when it refuses our own password: the database remembers the one it was made with
 */
export async function isPostgresReady(options: PostgresAccess): Promise<boolean> {
  try {
    return await withClient(options, async (client) => {
      await client.query('SELECT 1');
      return true;
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== WRONG_PASSWORD) throw error;
    throw new HopelessStartError(
      `the database on port ${options.port} was made with another password than the one in ${options.superPassword.file}: put that file back as it was, from a backup`,
      { cause: error },
    );
  }
}

/** Creates the services' role and database, or sets the role's password again when they are there. */
export async function ensureDatabase(options: PostgresAccess): Promise<void> {
  await withClient(options, async (client) => {
    const role = client.escapeIdentifier(SERVICE_NAME);
    const password = client.escapeLiteral(options.servicePassword);
    const { rowCount: roles } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [SERVICE_NAME]);
    await client.query(`${roles === 0 ? 'CREATE' : 'ALTER'} ROLE ${role} LOGIN PASSWORD ${password}`);
    const { rowCount: databases } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [SERVICE_NAME]);
    if (databases === 0) await client.query(`CREATE DATABASE ${role} OWNER ${role}`);
  });
}

async function withClient<T>(
  { port, superPassword }: PostgresAccess,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPER_USER,
    password: superPassword.value,
    database: 'postgres',
    connectionTimeoutMillis: 3_000,
  });
  // The server may go away while connected; whoever asked gets the error of the query.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * How to run a PostgreSQL program when we are root: as nobody, who may still pass through our folders (which are
 * closed to others) to its own. Anyone else runs it as is.
 */
function asUnprivileged(program: string): [string, ...string[]] {
  if (process.getuid?.() !== 0) return [program];
  return [
    'setpriv',
    `--reuid=${UNPRIVILEGED_ID}`,
    `--regid=${UNPRIVILEGED_ID}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    program,
  ];
}

function giveAway(dir: string): void {
  if (process.getuid?.() === 0) chownSync(dir, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
}
