import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeObjectStore, startTestPostgres } from '@hilum/runtime/testing';
import { createDatabase, createLogger, type Database } from '@hilum/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { siteQuestions } from './site-questions.js';

const DIGEST = `sha256:${'b'.repeat(64)}`;
const { signal } = new AbortController();
const servers: Server[] = [];
let postgres: Awaited<ReturnType<typeof startTestPostgres>>;
let database: Database;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = createDatabase({
    databaseUrl: postgres.databaseUrl,
    name: 'site-status',
    log: createLogger({ process: 'test', level: 'silent' }),
  });
});
afterEach(() => servers.splice(0).forEach((server) => (server.closeAllConnections(), server.close())));
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (statusOf: (path: string) => number, body = ''): Promise<string> =>
  serving((request, response) => response.writeHead(statusOf(request.url ?? '')).end(body));

function asked(url: string, objects = new FakeObjectStore(), now?: () => number) {
  const addresses = { ownUrl: url, storeEndpoint: url, buckets: ['xray-intake', 'xray-results'], inferenceUrl: url };
  return siteQuestions(addresses, { database, objects }, now);
}

describe('as a stranger', () => {
  it('is refused by the site’s lists when each answers 401', async () => {
    expect(await asked(await answering(() => 401)).anonymousApi(signal)).toBe('refused');
    const open = await answering((path) => (path.includes('relay') ? 200 : 401));
    expect(await asked(open).anonymousApi(signal)).toBe('answered');
  });

  it('is refused by buckets unless one of them answers', async () => {
    expect(await asked(await answering(() => 403)).anonymousBuckets(signal)).toBe('refused');
    const open = await answering((path) => (path.includes('results') ? 200 : 403));
    expect(await asked(open).anonymousBuckets(signal)).toBe('answered');
  });

  it('learns nothing from a store that fails', async () => {
    await expect(asked(await answering(() => 503)).anonymousBuckets(signal)).rejects.toThrow('away');
  });
});

describe('the store', () => {
  it.each([
    [true, true],
    [false, false],
    [null, null],
  ])('that says %s of its encryption is taken at its word', async (told, expected) => {
    const objects = new FakeObjectStore();
    objects.encryption = told;
    expect(await asked('http://127.0.0.1:1', objects).areBucketsEncrypted(signal)).toBe(expected);
  });

  it('has a clock, which is compared with ours less what asking took', async () => {
    const url = await answering(() => 403);
    expect(await asked(url).storeClockOffset(signal)).toBe(0);
    const later = await asked(url, undefined, () => Date.now() + 60_000).storeClockOffset(signal);
    expect(later).toBeGreaterThan(50);
  });

  it('that does not tell the time is not compared', async () => {
    const url = await serving((_request, response) => {
      response.sendDate = false;
      response.end();
    });
    await expect(asked(url).storeClockOffset(signal)).rejects.toThrow('does not tell the time');
  });
});

describe('the database', () => {
  it('tells how the session is encrypted, that it archives nothing, and its time', async () => {
    expect(await asked('http://127.0.0.1:1').database(signal)).toMatchObject({ isTls: false, archivedAt: 'never' });
    const behind = await asked('http://127.0.0.1:1', undefined, () => Date.now() - 30_000).database(signal);
    expect(behind.clockOffsetSeconds).toBeGreaterThan(20);
  });
});

describe('the scoring service', () => {
  it('tells its weights and whether its runtime is silent', async () => {
    const metrics = [
      '# TYPE hilum_inference_model_info gauge',
      `hilum_inference_model_info{name="m",version="1",digest="${DIGEST}"} 1`,
      'hilum_inference_telemetry_off 1',
    ].join('\n');
    expect(await asked(await answering(() => 200, metrics)).scoring(signal)).toEqual({
      modelDigest: DIGEST,
      isTelemetryOff: true,
      clockOffsetSeconds: 0,
    });
  });

  it('of another make tells nothing of them', async () => {
    expect(await asked(await answering(() => 200, 'up 1\n')).scoring(signal)).toMatchObject({
      modelDigest: null,
      isTelemetryOff: null,
    });
    await expect(asked(await answering(() => 503)).scoring(signal)).rejects.toThrow('503');
  });
});
