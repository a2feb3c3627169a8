import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { notificationFor, resultObject } from '@hilum/contracts';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// What only this file proves: the bundled process itself, its exit codes, its stop, and what it connects to.

const ENTRY = path.join(import.meta.dirname, '../bundle/inference-process.js');
const RELEASE = path.join(import.meta.dirname, '../../model/fixtures/tiny-release');
/** Other labels, another input size, one channel, no activation maps, no gate. */
const OTHER_RELEASE = path.join(import.meta.dirname, '../../model/fixtures/other-release');

/** ONNX Runtime sends what it has gathered about nine seconds after it is loaded, and again five seconds later. */
const TELEMETRY_WATCH_MS = 15_000;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let directory: string;
let store: Server;
let broker: Server;
let answer: Answer;
let brokerCalls: number;
/** stands where a library would go to the internet: nothing of ours reads these variables */
let proxy: Server;
let proxyCalls: string[];
let running: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'hilum-inference-'));
  running = [];
  brokerCalls = 0;
  answer = (_request, response) => void response.writeHead(404).end();
  store = createServer((request, response) => answer(request, response));
  // accepts and hangs up: enough to see who calls
  broker = createTcpServer((socket) => {
    brokerCalls += 1;
    socket.destroy();
  });
  proxyCalls = [];
  proxy = createTcpServer((socket) => {
    socket.once('data', (data) => {
      proxyCalls.push(data.toString().split('\r\n')[0] ?? '');
      socket.destroy();
    });
  });
  for (const server of [store, broker, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  for (const server of [store, broker, proxy]) await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Started {
  child: ChildProcess;
  port: number;
  output: () => string;
  exited: Promise<number | null>;
}

async function start(changes: Record<string, string> = {}): Promise<Started> {
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'] ?? '',
    HILUM_SITE_NAME: 'st-agnes',
    HILUM_SITE_KEY: 'ab'.repeat(32),
    HILUM_KAFKA_BROKERS: `127.0.0.1:${portOf(broker)}`,
    HILUM_S3_ENDPOINT: `http://127.0.0.1:${portOf(store)}`,
    HILUM_S3_ACCESS_KEY_ID: 'key',
    HILUM_S3_SECRET_ACCESS_KEY: 'secret-of-the-store',
    HILUM_INFERENCE_PORT: String(port),
    HILUM_INFERENCE_RELEASE_DIR: RELEASE,
    ...changes,
  };
  const child = spawn(process.execPath, [ENTRY], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, port, output: () => output, exited };
}

async function until<Result>(
  what: string,
  look: () => Promise<Result | undefined> | Result | undefined,
): Promise<Result> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function untilReady({ port, output }: Started): Promise<true> {
  return until(`the process is ready; it said: ${output()}`, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return response?.status === 200 ? true : undefined;
  });
}

function notify({ port }: Started): Promise<Response> {
  const object = { bucket: 'xray-intake', key: 'Jane Doe.png', versionId: null, eTag: null, eventTime: null };
  return fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/test',
      'ce-type': 'dev.knative.kafka.event',
      'ce-time': '2026-01-01T00:00:00Z',
      'ce-subject': 'test',
    },
    body: notificationFor(object, 'raw'),
  });
}

/** A store that has one image under any key of the intake, no outcome yet, and takes what is put. */
function storeWith(image: Buffer, onPut: (key: string, body: string) => void = () => undefined): Answer {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store');
    const headers = { etag: '"0123"', 'last-modified': new Date().toUTCString() };
    if (request.method === 'PUT') {
      let body = '';
      request.on('data', (data) => (body += String(data)));
      request.once('end', () => {
        onPut(decodeURIComponent(pathname), body);
        response.writeHead(200, headers).end();
      });
    } else if (searchParams.has('list-type'))
      response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end('<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>');
    else if (!pathname.startsWith('/xray-intake/')) response.writeHead(404).end();
    else
      response
        .writeHead(200, { ...headers, 'content-length': image.length })
        .end(request.method === 'HEAD' ? '' : image);
  };
}

/** Remote ends of all sockets of a process, read from Linux's /proc; UDP as `udp`, whoever it is for. */
async function remoteEndsOf(pid: number): Promise<{ localPort: number; remote: string }[]> {
  const inodes = new Set<string>();
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  const ends: { localPort: number; remote: string }[] = [];
  for (const protocol of ['tcp', 'tcp6', 'udp', 'udp6']) {
    const table = await readFile(`/proc/${pid}/net/${protocol}`, 'utf8').catch(() => '');
    for (const line of table.split('\n').slice(1)) {
      const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const isListening = protocol.startsWith('tcp') && state === '0A';
      if (!inodes.has(inode) || isListening) continue;
      const portOfEnd = (end: string): number => Number.parseInt(end.split(':')[1] ?? '', 16);
      const address = remote.startsWith('0100007F:') ? `127.0.0.1:${portOfEnd(remote)}` : remote;
      ends.push({ localPort: portOfEnd(local), remote: protocol.startsWith('udp') ? 'udp' : address });
    }
  }
  return ends;
}

describe('the inference process', () => {
  it('lets the threads that help begin once it has answered, and not before', async () => {
    const started = await start({ HILUM_INFERENCE_PREDICTIONS: '3', HILUM_LOG_LEVEL: 'info' });
    await until('it says that it has started', () => (started.output().includes('"started"') ? true : undefined));
    const threads = async (): Promise<number> => (await readdir(`/proc/${started.child.pid ?? 0}/task`)).length;
    const before = await threads();
    await untilReady(started);
    await until('three more are there', async () => ((await threads()) >= before + 3 ? true : undefined));
    expect((await fetch(`http://127.0.0.1:${started.port}/readyz`)).status).toBe(200);
    started.child.kill('SIGTERM');
    expect(await started.exited).toBe(0);
  });

  it('names every wrong setting at once, without its value, and exits with 78', async () => {
    const started = await start({
      HILUM_SITE_NAME: 'St. Agnes',
      HILUM_INFERENCE_CONCURRENCY: '0',
      HILUM_SITE_KEY: 'beef',
    });
    expect(await started.exited).toBe(78);
    for (const name of ['HILUM_SITE_NAME', 'HILUM_INFERENCE_CONCURRENCY', 'HILUM_SITE_KEY'])
      expect(started.output()).toContain(name);
    expect(started.output()).not.toContain('beef');
  });

  it('does not start with weights that are not those of the release', async () => {
    await cp(RELEASE, directory, { recursive: true });
    await writeFile(path.join(directory, 'model.onnx'), 'other weights');
    const started = await start({ HILUM_INFERENCE_RELEASE_DIR: directory });
    expect(await started.exited).toBe(1);
    expect(started.output()).toContain('HILUM_RELEASE_DIGEST_MISMATCH');
  });

  it('finishes what is under way after SIGTERM, takes nothing new, and exits with 0', async () => {
    const started = await start();
    await untilReady(started);
    let release: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      answer = (_request, response) => {
        release = () => void response.writeHead(404).end();
        resolve();
      };
    });
    const underWay = notify(started);
    await asked;
    started.child.kill('SIGTERM');
    await until('connections are refused', async () => {
      const refused = await fetch(`http://127.0.0.1:${started.port}/healthz`).then(
        () => false,
        () => true,
      );
      return refused ? true : undefined;
    });
    release();
    const response = await underWay;
    expect([response.status, await response.json()]).toEqual([200, { scored: 0, republished: 0, gone: 1 }]);
    expect(await started.exited).toBe(0);
  });

  it('scores with another classifier when release.json and the weights alone are others', async () => {
    const started = await start({ HILUM_INFERENCE_RELEASE_DIR: OTHER_RELEASE });
    await untilReady(started);
    for (const [brighter, decision, reason, probability] of [
      ['left', 'normal', null, 0],
      ['even', 'review', 'uncertain', 1 / (2 + Math.exp(1.5))],
      ['right', 'pneumonia-suspected', null, 1],
    ] as const) {
      const stored = new Map<string, string>();
      answer = storeWith(await brighterHalf(brighter), (key, body) => void stored.set(key, body));
      // the broker is away, which is told much later; the result object is stored first
      void notify(started).catch(() => undefined);
      await until('the result is stored', () => (stored.size > 0 ? true : undefined));
      expect([...stored.keys()]).toEqual([expect.stringMatching(/^\/xray-results\/\w{64}\/sha256:\w{64}\.json$/)]);
      const result = resultObject.parse(jsonIn([...stored.values()].join('')));
      expect(result).toMatchObject({ decision, reason, heatMapKey: null, input: { width: 300, height: 200 } });
      expect(result.model).toMatchObject({ name: 'brighter-half', version: '2.0.0-rc.1' });
      expect(result.probability).toBeCloseTo(probability, 1);
    }
  }, 60_000);
  it('ends itself, to be started again, when an image hangs a thread that cannot be stopped', async () => {
    const fifo = path.join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const preload = path.join(directory, 'hang.mjs');
    // stands for a fault in the image library: nobody ever writes to the pipe, so its thread waits in the system
    await writeFile(
      preload,
      `import { open } from 'node:fs';
       import sharp from ${JSON.stringify(import.meta.resolve('sharp'))};
       sharp.prototype.metadata = () => new Promise((resolve) => open(${JSON.stringify(fifo)}, 'r', resolve));`,
    );
    answer = storeWith(await blackAndWhite());
    const started = await start({
      NODE_OPTIONS: `--import ${pathToFileURL(preload).href}`,
      HILUM_INFERENCE_WORK_DEADLINE_MS: '1000',
    });
    await untilReady(started);
    const response = await notify(started);
    expect([response.status, await response.json()]).toMatchObject([500, { code: 'HILUM_INFERENCE_STUCK' }]);
    await started.exited;
    expect(started.child.signalCode).toBe('SIGKILL');
    expect(started.output()).toContain('an image hangs');
  });

  it('opens no connection but to store and broker, and sends no telemetry', async () => {
    answer = storeWith(await blackAndWhite());
    const address = `http://127.0.0.1:${portOf(proxy)}`;
    const started = await start({ HTTPS_PROXY: address, https_proxy: address, ALL_PROXY: address, all_proxy: address });
    const pid = started.child.pid ?? 0;
    const seen = new Set<string>();
    const look = async (): Promise<void> => {
      for (const { localPort, remote } of await remoteEndsOf(pid)) if (localPort !== started.port) seen.add(remote);
    };
    await untilReady(started);
    const answered = notify(started);
    await until('the broker was called', async () => {
      await look();
      return brokerCalls > 0 ? true : undefined;
    });
    // that nothing happens cannot be waited for, only watched
    const watchedUntil = Date.now() + TELEMETRY_WATCH_MS;
    while (Date.now() < watchedUntil) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(proxyCalls).toEqual([]);
    const allowed = [`127.0.0.1:${portOf(store)}`, `127.0.0.1:${portOf(broker)}`];
    expect([...seen].filter((remote) => !allowed.includes(remote))).toEqual([]);
    expect(seen).toContain(allowed[0]);
    expect((await answered).status).toBe(503);
  }, 60_000);
});

/** S3 clients may send a body in chunks with lines of their own between. */
function jsonIn(body: string): unknown {
  return JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1));
}

/** Noise-free, but not uniform when both halves are alike. */
function brighterHalf(brighter: string): Promise<Buffer> {
  const [width, height] = [300, 200];
  const data = Buffer.alloc(width * height);
  for (let at = 0; at < data.length; at += 1) {
    const isLeft = at % width < width / 2;
    const base = brighter === 'even' ? 120 : isLeft === (brighter === 'left') ? 220 : 60;
    data[at] = base + (Math.floor(at / width / 10) % 2) * 20;
  }
  return sharp(data, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}

function blackAndWhite(): Promise<Buffer> {
  return sharp({ create: { width: 90, height: 90, channels: 3, background: '#000' } })
    .composite([{ input: { create: { width: 40, height: 90, channels: 3, background: '#fff' } }, left: 0, top: 0 }])
    .png()
    .toBuffer();
}
