import { request } from 'node:http';
import { OWN_KEY_PATTERN, imageIdOf, parseTraceparent } from '@hilum/contracts';
import { Readiness, Registry, SignIn, createHttpApp, createLogger, listen } from '@hilum/runtime';
import { FakeObjectStore } from '@hilum/runtime/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { SITE_KEY } from '../testing/sample-result.js';
import { FakeUploadStore } from './fake-upload-store.js';
import { addIntakeRoute } from './intake-route.js';
import { Intake } from './intake.js';

const BUCKET = 'xray-intake';
const MAX_BYTES = 1_000;
const STAFF = { authorization: 'Bearer staff-token' };

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

async function serve() {
  const objects = new FakeObjectStore();
  const uploads = new FakeUploadStore();
  const signIn = new SignIn({ staff: 'staff-token', 'hospital-it': 'it-token' });
  const registry = new Registry();
  const app = createHttpApp({
    log: createLogger({ process: 'test', level: 'silent' }),
    registry,
    readiness: new Readiness(),
    routes: (routes) =>
      addIntakeRoute(routes, {
        intake: new Intake({ objects, uploads, bucket: BUCKET, siteKey: SITE_KEY }),
        signIn,
        maxBytes: MAX_BYTES,
        registry,
      }),
  });
  const server = await listen(app, '127.0.0.1', 0);
  close = () => server.close();
  const post = async (
    body: RequestInit['body'] | Buffer,
    headers: Record<string, string> = {},
    query = '',
  ): Promise<{ status: number; headers: Headers; json: Record<string, unknown> }> => {
    const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/studies${query}`, {
      method: 'POST',
      body: body instanceof Buffer ? new Uint8Array(body) : (body ?? null),
      headers: { ...STAFF, ...headers },
    });
    const json = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, json };
  };
  return { objects, uploads, post, port: server.port };
}

function form(files: [name: string, content: string][], fields: Record<string, string> = {}): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  for (const [name, content] of files) data.append('file', new Blob([content], { type: 'image/jpeg' }), name);
  return data;
}

describe('an upload over HTTP', () => {
  it('of a raw body becomes one object of our own key, in the trace and priority of the request', async () => {
    const { objects, post } = await serve();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await post(Buffer.from('pixels'), { 'content-type': 'image/jpeg', traceparent }, '?priority=stat');
    expect(answer.status).toBe(201);
    const { studyId, imageIds } = answer.json as { studyId: string; imageIds: string[] };
    expect(answer.headers.get('location')).toBe(`/api/v1/studies/${studyId}`);
    const [[name, object] = ['', undefined]] = objects.objects;
    const key = name.slice(BUCKET.length + 1);
    expect(OWN_KEY_PATTERN.exec(key)?.[1]).toBe(studyId);
    expect(object?.body.toString()).toBe('pixels');
    expect(object?.head).toMatchObject({ contentType: 'image/jpeg', metadata: { priority: 'stat' } });
    expect(parseTraceparent(object?.head.metadata['traceparent'])?.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(imageIds).toEqual([
      imageIdOf(SITE_KEY, { bucket: BUCKET, key, versionId: null, eTag: object?.head.eTag ?? '' }),
    ]);
  });

  it('of a form becomes one study of all its files, whose own names are dropped', async () => {
    const { objects, post } = await serve();
    const answer = await post(
      form(
        [
          ['Jane Doe 1.jpeg', 'one'],
          ['Jane Doe 2.jpeg', 'two'],
        ],
        { priority: 'urgent' },
      ),
    );
    expect(answer.status).toBe(201);
    expect(answer.json['imageIds']).toHaveLength(2);
    expect(objects.puts.map((key) => key.split('/')[2])).toEqual(['1', '2']);
    expect(JSON.stringify([...objects.objects])).not.toContain('Jane');
    for (const { head } of objects.objects.values()) expect(head.metadata).toMatchObject({ priority: 'urgent' });
  });

  it.each([
    ['an empty body', () => Buffer.alloc(0), {}, '', 400, 'HILUM_INTAKE_EMPTY'],
    ['a form without a file', () => form([], { priority: 'stat' }), {}, '', 400, 'HILUM_INTAKE_BODY_INVALID'],
    ['a form with an empty file', () => form([['a', '']]), {}, '', 400, 'HILUM_INTAKE_EMPTY'],
    [
      'a broken form',
      () => Buffer.from('x'),
      { 'content-type': 'multipart/form-data' },
      '',
      400,
      'HILUM_INTAKE_BODY_INVALID',
    ],
    [
      'a form that ends inside a file',
      () => Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'),
      { 'content-type': 'multipart/form-data; boundary=b' },
      '',
      400,
      'HILUM_INTAKE_BODY_INVALID',
    ],
    ['too large a body', () => Buffer.alloc(MAX_BYTES + 1), {}, '', 413, 'HILUM_INTAKE_TOO_LARGE'],
    [
      'too large a form',
      () =>
        form([
          ['a', 'x'.repeat(600)],
          ['b', 'x'.repeat(600)],
        ]),
      {},
      '',
      413,
      'HILUM_INTAKE_TOO_LARGE',
    ],
    ['an unknown priority', () => Buffer.from('x'), {}, '?priority=asap', 400, 'HILUM_INTAKE_PRIORITY_INVALID'],
    [
      'an unknown priority in a form',
      () => form([['a', 'x']], { priority: 'now' }),
      {},
      '',
      400,
      'HILUM_INTAKE_PRIORITY_INVALID',
    ],
    [
      'too long an Idempotency-Key',
      () => Buffer.from('x'),
      { 'idempotency-key': 'k'.repeat(201) },
      '',
      400,
      'HILUM_INTAKE_IDEMPOTENCY_KEY_INVALID',
    ],
    ['an unknown token', () => Buffer.from('x'), { authorization: 'Bearer wrong' }, '', 401, 'HILUM_AUTH_REQUIRED'],
  ] as const)('is refused with %s, and stores nothing', async (_what, body, headers, query, status, code) => {
    const { objects, post } = await serve();
    const answer = await post(body(), headers, query);
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(objects.puts).toEqual([]);
  });

  it('of unannounced length is cut off at the limit, and the client is told why', async () => {
    const { port, objects } = await serve();
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request({ port, host: '127.0.0.1', path: '/api/v1/studies', method: 'POST', headers: STAFF });
      sending.on('response', (response) => resolve(response.resume().statusCode));
      sending.on('error', reject);
      sending.write(Buffer.alloc(MAX_BYTES));
      sending.write(Buffer.alloc(1));
      sending.end();
    });
    expect(answer).toBe(413);
    expect(objects.puts).toEqual([]);
  });

  it('is answered with 503 and a time to come again while the store is away', async () => {
    const { objects, post } = await serve();
    objects.isAway = true;
    const answer = await post(Buffer.from('x'));
    expect([answer.status, answer.json['code']]).toEqual([503, 'HILUM_INTAKE_UNAVAILABLE']);
    expect(answer.headers.get('retry-after')).toBe('2');
  });
});

describe('an upload with an Idempotency-Key', () => {
  const key = { 'idempotency-key': 'visit 4711, Jane Doe' };

  it('gets the same answer when it comes again, and stores nothing twice', async () => {
    const { objects, post } = await serve();
    const first = await post(Buffer.from('pixels'), key);
    const second = await post(Buffer.from('pixels'), key);
    expect([second.status, second.json]).toEqual([201, first.json]);
    expect(objects.puts).toHaveLength(1);
  });

  it('is refused when the key was used for other images or another priority', async () => {
    const { post } = await serve();
    await post(Buffer.from('pixels'), key);
    for (const [body, query] of [
      ['others', ''],
      ['pixels', '?priority=stat'],
    ] as const) {
      const answer = await post(Buffer.from(body), key, query);
      expect([answer.status, answer.json['code']]).toEqual([422, 'HILUM_INTAKE_IDEMPOTENCY_CONFLICT']);
    }
  });

  it('continues after a crash with the objects that are there', async () => {
    const { objects, uploads, post } = await serve();
    const first = await post(
      form([
        ['a', 'one'],
        ['b', 'two'],
      ]),
      key,
    );
    for (const [hmac, note] of uploads.notes) uploads.notes.set(hmac, { ...note, imageIds: null });
    const [, second] = [...objects.objects.keys()];
    objects.objects.delete(second ?? '');
    const again = await post(
      form([
        ['a', 'one'],
        ['b', 'two'],
      ]),
      key,
    );
    expect(again.json).toEqual(first.json);
    expect(objects.puts.map((name) => name.split('/')[2])).toEqual(['1', '2', '2']);
  });

  it('leaves no trace of the key itself', async () => {
    const { objects, uploads, post } = await serve();
    await post(Buffer.from('pixels'), key);
    expect(JSON.stringify([[...uploads.notes], [...objects.objects]])).not.toMatch(/Jane|4711/);
  });
});
