import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { INFERENCE_ENTRY, INFERENCE_RUNTIME } from '@hilum/local';
import { takePort } from '../../support/environment.js';
import { processesGiven } from '../../support/process-tree.js';
import { repositoryRoot } from '../../support/repository.js';
import { until } from '../../support/until.js';
import { JSON_LENGTH_HEADER } from './answer.js';

/** A server under measurement, as a process of its own. */
export interface MeasuredServer {
  name: string;
  pid: number;
  /** where an image is sent, as it is */
  url: string;
  headers: Record<string, string>;
  /** process begun → it says that it is ready */
  startMs: number;
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 180_000;
/** After SIGTERM; whoever is there then is killed. */
const STOP_DEADLINE_MS = 12_000;
/** In the environment of a server and so of all that it starts: none of them is to outlive it. */
const MARK = 'HILUM_BENCH_SERVER';

/** The bundled scoring service. Its store and broker are away: the Open Inference Protocol's route needs neither. */
export async function startHilum(name: string, release: string): Promise<MeasuredServer> {
  const { name: model } = JSON.parse(readFileSync(join(release, 'release.json'), 'utf8')) as { name: string };
  const store = createServer((_request, response) => void response.writeHead(404).end());
  await once(store.listen(0, '127.0.0.1'), 'listening');
  const storePort = (store.address() as AddressInfo).port;
  const [http, broker] = [await takePort(), await takePort()];
  await Promise.all([http.free(), broker.free()]);
  const server = await startServer({
    name,
    program: process.execPath,
    args: [join(repositoryRoot, INFERENCE_ENTRY)],
    env: {
      ...INFERENCE_RUNTIME,
      HILUM_LOG_LEVEL: 'warn',
      HILUM_SITE_NAME: 'bench',
      HILUM_SITE_KEY: 'ab'.repeat(32),
      HILUM_KAFKA_BROKERS: `127.0.0.1:${broker.port}`,
      HILUM_S3_ENDPOINT: `http://127.0.0.1:${storePort}`,
      HILUM_S3_ACCESS_KEY_ID: 'key',
      HILUM_S3_SECRET_ACCESS_KEY: 'secret',
      HILUM_INFERENCE_PORT: String(http.port),
      HILUM_INFERENCE_RELEASE_DIR: release,
    },
    port: http.port,
    readyPath: '/readyz',
    scorePath: `/v2/models/${model}/infer`,
    headers: { 'content-type': 'application/octet-stream', [JSON_LENGTH_HEADER]: '0' },
  });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      store.closeAllConnections();
      await new Promise((resolve) => store.close(resolve));
    },
  };
}

/** Node's own HTTP server around what the bare loop does, run as the service is. */
export async function startBareServer(name: string, release: string): Promise<MeasuredServer> {
  const { port, free } = await takePort();
  await free();
  return startServer({
    name,
    program: process.execPath,
    args: [join(repositoryRoot, 'test/dist/bench/scoring/bare-server.js'), release, String(port)],
    env: INFERENCE_RUNTIME,
    port,
    readyPath: '/',
    scorePath: '/',
    headers: { 'content-type': 'image/jpeg' },
  });
}

/** A server of test/bench/peers in its own Python environment, which must be there; what it writes is kept beside that. */
export async function startPeer(
  name: string,
  release: string,
  paths: { readyPath: string; scorePath: string },
): Promise<MeasuredServer> {
  const { port, free } = await takePort();
  await free();
  return startServer({
    name,
    program: peerPython(name),
    args: [join(repositoryRoot, 'test/bench/peers', name, 'server.py')],
    env: {
      HOME: peerFolder(name),
      BENCH_RELEASE: resolve(release),
      BENCH_PORT: String(port),
      ORT_DISABLE_TELEMETRY: '1',
      // what helps the service is not kept from them
      GLIBC_TUNABLES: INFERENCE_RUNTIME.GLIBC_TUNABLES,
    },
    folder: peerFolder(name),
    port,
    headers: { 'content-type': 'image/jpeg' },
    ...paths,
  });
}

/** Where a peer is installed and runs. */
export function peerFolder(name: string): string {
  return join(repositoryRoot, '.hilum/bench/peers', name);
}

/** Python of the environment that a peer runs in. */
export function peerPython(name: string): string {
  return join(peerFolder(name), 'venv/bin/python');
}

async function startServer(options: {
  name: string;
  program: string;
  args: string[];
  env: Record<string, string>;
  /** that it runs in; without it the current one */
  folder?: string;
  port: number;
  readyPath: string;
  scorePath: string;
  headers: Record<string, string>;
}): Promise<MeasuredServer> {
  const mark = randomUUID();
  const began = performance.now();
  const child = spawn(options.program, options.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/tmp', ...options.env, [MARK]: mark },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const base = `http://127.0.0.1:${options.port}`;
  const isReady = async (): Promise<boolean> => {
    if (hasExited(child)) return true;
    return (await fetch(`${base}${options.readyPath}`)).ok;
  };
  try {
    await until(`${options.name} is ready`, isReady, START_DEADLINE_MS, 5);
    if (hasExited(child)) throw new Error(`${options.name} ended with ${child.exitCode ?? child.signalCode}`);
  } catch (error) {
    await end(child, mark);
    throw new Error(`${options.name} did not start; it said: ${said.slice(-2000)}`, { cause: error });
  }
  return {
    name: options.name,
    pid: child.pid ?? 0,
    url: `${base}${options.scorePath}`,
    headers: options.headers,
    startMs: performance.now() - began,
    stop: () => end(child, mark),
  };
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess, mark: string): Promise<void> {
  if (!hasExited(child)) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(kill);
  }
  const left = (): number[] => processesGiven(`${MARK}=${mark}`);
  const hasEnded = (): boolean => left().length === 0;
  signalAll(left(), 'SIGTERM');
  await until('what the server left behind has ended', hasEnded, STOP_DEADLINE_MS).catch(async () => {
    signalAll(left(), 'SIGKILL');
    await until('what the server left behind is killed', hasEnded, STOP_DEADLINE_MS);
  });
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
