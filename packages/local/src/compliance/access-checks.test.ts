import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer, type AddressInfo, type Server as NetServer } from 'node:net';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fleetState, processRecord, sampleExamination, sampleTable } from '../doctor/testing/sample-examination.js';
import { Pki, type IdentityFiles } from '../pki/pki.js';
import { bucketsFinding, isAnswered, loopbackFinding, signInFinding } from './access-checks.js';

const { signal } = new AbortController();
const servers: (Server | NetServer)[] = [];
let dir: string;
let identity: IdentityFiles;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hilum-compliance-'));
  identity = await new Pki(dir, { note: () => undefined }).server('hub-kafka', ['127.0.0.1']);
});
afterEach(() => servers.splice(0).forEach((server) => server.close()));
afterAll(() => rm(dir, { recursive: true }));

async function listen(server: Server | NetServer): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const tlsServer = (requestCert: boolean) =>
  createTlsServer(
    {
      ...{ key: readFileSync(identity.key), cert: readFileSync(identity.cert), ca: readFileSync(identity.ca) },
      ...{ requestCert, rejectUnauthorized: requestCert },
    },
    (socket) =>
      void socket.on('error', () => undefined).on('data', (request: Buffer) => socket.end(kafkaAnswer(request))),
  ).on('tlsClientError', () => undefined);
/** As a broker answers: length, then the number of the request. */
const kafkaAnswer = (request: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 6]), request.subarray(8, 12), Buffer.from([0, 35])]);
const answering = (status: (path: string) => number) =>
  createHttpServer((request, response) => response.writeHead(status(request.url ?? '')).end());

describe('whether a broker answers', () => {
  it('is yes without TLS when it does not speak TLS', async () => {
    const address = await listen(
      createServer((socket) => void socket.on('data', (request: Buffer) => socket.end(kafkaAnswer(request)))),
    );
    expect(await isAnswered(address, null)).toBe(true);
  });

  it('is no without TLS, and no without a certificate, when it demands one', async () => {
    const address = await listen(tlsServer(true));
    expect(await isAnswered(address, null)).toBe(false);
    expect(await isAnswered(address, readFileSync(identity.ca))).toBe(false);
  });

  it('is no when TLS refuses what is not TLS with an alert of its own', async () => {
    const alert = Buffer.from([0x15, 0x03, 0x03, 0, 2, 2, 50]);
    const address = await listen(createServer((socket) => void socket.on('data', () => socket.end(alert))));
    expect(await isAnswered(address, null)).toBe(false);
  });

  it('is yes without a certificate when it demands none', async () => {
    const address = await listen(tlsServer(false));
    expect(await isAnswered(address, readFileSync(identity.ca))).toBe(true);
  });

  it('cannot be told when nobody listens', async () => {
    const server = createServer();
    const address = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(isAnswered(address, null)).rejects.toThrow(/does not answer \(ECONNREFUSED\)/);
  });
});

describe('anonymous requests', () => {
  async function examination(url: string) {
    const base = fleetState(['st-agnes-store', 'st-agnes-edge'].map((name) => processRecord(name)));
    const sites = base.sites.map((site) => ({ ...site, url, s3: { ...site.s3, endpoint: url } }));
    return Promise.resolve(sampleExamination({ state: { ...base, sites } }));
  }

  it('are refused by every bucket, or the finding names the open one', async () => {
    const closed = await examination(`http://${await listen(answering(() => 403))}`);
    expect(await bucketsFinding(closed, 'st-agnes', signal)).toMatchObject({
      state: 'ok',
      detail: 'xray-intake and xray-results: requests without a signature get 403',
    });
    const open = await examination(
      `http://${await listen(answering((path) => (path.startsWith('/xray-results') ? 200 : 403)))}`,
    );
    expect(await bucketsFinding(open, 'st-agnes', signal)).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('bucket xray-results answers 200') as string,
    });
  });

  it('are refused by every list of rows, or the finding names the open one', async () => {
    const closed = await examination(`http://${await listen(answering(() => 401))}`);
    expect(await signInFinding(closed, 'st-agnes', signal)).toMatchObject({ state: 'ok' });
    const open = await examination(
      `http://${await listen(answering((path) => (path.endsWith('/relay') ? 200 : 401)))}`,
    );
    expect(await signInFinding(open, 'st-agnes', signal)).toMatchObject({
      state: 'failed',
      detail: 'st-agnes-edge answers 200 to relay without sign-in, not 401',
    });
  });
});

describe('servers without TLS', () => {
  it('are reached from this machine alone, or the finding names who is not', () => {
    const config = {
      version: 1 as const,
      sites: ['st-agnes'],
      ports: { 'st-agnes-kafka': 20_001, 'st-agnes-store': 20_002 },
    };
    expect(loopbackFinding(sampleExamination({ config }), 'st-agnes').state).toBe('ok');
    const table = sampleTable({ isLoopbackOnly: (port) => port !== 20_002 });
    expect(loopbackFinding(sampleExamination({ config, table }), 'st-agnes')).toMatchObject({
      state: 'failed',
      detail: 'st-agnes-store can be reached from other machines, and speaks without TLS',
    });
    expect(loopbackFinding(sampleExamination({ config, table: null }), 'st-agnes').state).toBe('skipped');
  });
});
