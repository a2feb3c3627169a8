import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  heatMapKeyOf,
  imageIdOf,
  notificationFor,
  ownKey,
  parseSiteKey,
  probeKey,
  resultKeyOf,
  resultObject,
  scoreEventIdOf,
  studyIdOf,
  studyScored,
  type ResultObject,
} from '@hilum/contracts';
import { DEFAULT_DECODE_LIMITS, loadModel, scoreImage, type ImageScore, type Model } from '@hilum/model';
import { Readiness, createHttpApp, createLogger, createRegistry, listen, type Registry } from '@hilum/runtime/core';
import { FakeObjectStore } from '@hilum/runtime/testing';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BodyRoom } from './body-room.js';
import { addCloudEventRoute } from './cloud-events/cloud-event-route.js';
import { createInferenceMetrics } from './inference-metrics.js';
import { MAX_BODY_BYTES } from './open-inference/infer.js';
import { addOpenInferenceRoutes, protocolErrorMembers } from './open-inference/open-inference-route.js';
import { rawImageHandler } from './open-inference/raw-image-handler.js';
import { Permits } from './permits.js';
import { WorkDeadline } from './work-deadline.js';
import { FakeScoredPublisher } from './scoring/fake-scored-publisher.js';
import type { ScoringContext } from './scoring/score-object.js';

// What only this file proves: the whole service over real HTTP with a real (tiny) network, store and broker faked.

const INTAKE = 'xray-intake';
const RESULTS = 'xray-results';
const KEY = 'demo_Jane Doe_19700101.jpeg';
const siteKey = parseSiteKey('ab'.repeat(32));
const limits = { ...DEFAULT_DECODE_LIMITS, maxBytes: 200_000 };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let model: Model;
let brightImage: Buffer;
let darkImage: Buffer;
beforeAll(async () => {
  model = await loadModel(path.join(import.meta.dirname, '../../model/fixtures/tiny-release'), { intraOpThreads: 1 });
  brightImage = await picture(150, 255);
  darkImage = await picture(0, 100);
});
afterAll(() => model.close());

/** Falls off from left to right between two greys. */
function picture(from: number, to: number): Promise<Buffer> {
  const data = Buffer.from(Array.from({ length: 240 * 160 }, (_, at) => from + ((at % 240) / 240) * (to - from)));
  return sharp(data, { raw: { width: 240, height: 160, channels: 1 } })
    .png()
    .toBuffer();
}

let store: FakeObjectStore;
let publisher: FakeScoredPublisher;
let registry: Registry;
let logLines: string[];
let context: ScoringContext;
let permits: Permits;
let room: BodyRoom;
/** what ends each wait, and after how many milliseconds */
let deadlines: Map<() => void, number>;
let readiness: Readiness;
let server: { close: () => Promise<void>; port: number };
let clockMs: number;

beforeEach(async () => {
  store = new FakeObjectStore(() => Date.parse('2026-01-01T00:00:00Z'));
  publisher = new FakeScoredPublisher();
  registry = createRegistry();
  readiness = new Readiness();
  deadlines = new Map();
  permits = new Permits({
    concurrency: 1,
    maxWaiting: 3,
    maxWaitMs: 60_000,
    after: (ms, callback) => {
      deadlines.set(callback, ms);
      return () => deadlines.delete(callback);
    },
  });
  logLines = [];
  clockMs = Date.parse('2026-01-01T00:00:10.000Z');
  const log = createLogger({
    process: 'inference',
    level: 'debug',
    destination: { write: (line: string) => void logLines.push(line) },
  });
  context = {
    siteName: 'st-agnes',
    siteKey,
    resultsBucket: RESULTS,
    maxBytes: limits.maxBytes,
    store,
    publisher,
    scorer: {
      reference: model.reference,
      thresholds: model.release.thresholds,
      score: (bytes) => scoreImage(bytes, model, { limits }),
    },
    metrics: createInferenceMetrics(registry, model.reference, permits),
    log,
    now: () => clockMs,
    monotonicMs: () => performance.now(),
  };
  const deadline = new WorkDeadline({ seconds: 600, onStuck: () => undefined });
  room = new BodyRoom(2 * MAX_BODY_BYTES);
  const inferOptions = { model, limits, permits, room, deadline, metrics: context.metrics };
  const app = createHttpApp({
    log,
    registry,
    readiness,
    problemMembers: protocolErrorMembers,
    routes: (routes) => {
      addCloudEventRoute(routes, { context, permits, room, intakeBucket: INTAKE, keyEncoding: 'raw' });
      addOpenInferenceRoutes(routes, { ...inferOptions, readiness, appVersion: '9.9.9' });
    },
  });
  server = await listen(app, '127.0.0.1', 0, rawImageHandler({ ...inferOptions, log }));
});
afterEach(() => server.close());

const url = (pathname: string): string => `http://127.0.0.1:${server.port}${pathname}`;

function notification(key: string, eventTime: string | null = null): string {
  return notificationFor({ bucket: INTAKE, key, versionId: null, eTag: null, eventTime }, 'raw');
}

/** As the dispatcher and Knative's KafkaSource send it. */
function send(data: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url('/'), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'partition:0/offset:7',
      'ce-source': '/kafka/xray.uploads.v1',
      'ce-type': 'dev.knative.kafka.event',
      'ce-time': '2026-01-01T00:00:04.000Z',
      'ce-subject': 'partition:0#7',
      ...headers,
    },
    body: data,
  });
}

function imageIdFor(key: string, eTag: string): string {
  return imageIdOf(siteKey, { bucket: INTAKE, key, versionId: null, eTag });
}

function storedResult(imageId: string): ResultObject {
  return resultObject.parse(JSON.parse(store.read(RESULTS, resultKeyOf(imageId, model.reference.digest)).toString()));
}

/** `[[[…]]]` */
function nestedLists(depth: number): unknown[] {
  return depth === 0 ? [] : [nestedLists(depth - 1)];
}

async function metric(line: string): Promise<number> {
  const text = await registry.metrics();
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? Number.NaN : Number(found.slice(line.length + 1));
}

describe('an uploaded image', () => {
  it('gets a result object, a heat map and an event with every field of the contract, then a 2xx', async () => {
    const eTag = store.place(INTAKE, KEY, brightImage, {
      contentType: 'image/png',
      metadata: { priority: 'stat', traceparent },
      lastModified: new Date('2026-01-01T00:00:03Z'),
    });
    const response = await send(notification(KEY));
    expect([response.status, await response.json()]).toEqual([200, { scored: 1, republished: 0, gone: 0 }]);

    const imageId = imageIdFor(KEY, eTag);
    const { digest } = model.reference;
    const result = storedResult(imageId);
    expect(result).toMatchObject({
      imageId,
      studyId: studyIdOf(siteKey, { bucket: INTAKE, key: KEY, versionId: null, eTag: null }),
      source: { bucket: INTAKE, key: KEY, versionId: null, eTag, bytes: brightImage.length, contentType: 'image/png' },
      decision: 'pneumonia-suspected',
      reason: null,
      priority: 'stat',
      model: { name: 'tiny-brightness', version: '1.2.3', digest },
      input: { kind: 'png', width: 240, height: 160, bits: 8 },
      heatMapKey: heatMapKeyOf(imageId, digest),
      traceId: traceparent.slice(3, 35),
      uploadedAt: '2026-01-01T00:00:03.999Z',
      scoredAt: '2026-01-01T00:00:10.000Z',
    });
    expect(result.source.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(result.timingsMs).toMatchObject({ notify: 1, queue: 6000, publish: null });
    for (const part of ['fetch', 'decode', 'predict', 'explain'] as const)
      expect(result.timingsMs[part]).toBeGreaterThanOrEqual(0);
    expect((await sharp(store.read(RESULTS, heatMapKeyOf(imageId, digest))).metadata()).format).toBe('png');

    const [event] = publisher.events;
    expect(publisher.events).toHaveLength(1);
    expect(event).toMatchObject({
      id: scoreEventIdOf(siteKey, imageId, digest),
      source: '/sites/st-agnes/inference',
      type: 'org.hilum.study.scored.v1',
      subject: result.studyId,
      trace: { traceId: result.traceId },
    });
    const data = studyScored.parse(event?.data);
    expect(data).toEqual({
      ...result,
      resultKey: resultKeyOf(imageId, digest),
      timingsMs: { ...result.timingsMs, publish: data.timingsMs.publish },
    });
    expect(data.timingsMs.publish).toBeGreaterThanOrEqual(0);
  });

  it('is counted by decision and timed in five histograms', async () => {
    store.place(INTAKE, KEY, brightImage);
    await send(notification(KEY));
    expect(await metric('hilum_inference_outcomes_total{decision="pneumonia-suspected",reason="none"}')).toBe(1);
    for (const step of ['fetch', 'decode', 'predict', 'explain', 'publish'])
      expect(await metric(`hilum_inference_${step}_seconds_count`), step).toBe(1);
  });

  it('is none when it is a probe: nothing to do, no outcome', async () => {
    const key = probeKey();
    store.place(INTAKE, key, brightImage);
    expect((await send(notification(key))).status).toBe(204);
    expect(publisher.events).toHaveLength(0);
    expect(await store.listKeys(RESULTS, '', 10)).toEqual([]);
  });

  it('names the model that scores in a metric', async () => {
    const { name, version, digest } = model.reference;
    expect(await metric(`hilum_inference_model_info{name="${name}",version="${version}",digest="${digest}"}`)).toBe(1);
  });

  it('tells in a metric that its runtime is told to send no usage data', async () => {
    expect(await metric('hilum_inference_telemetry_off')).toBe(1);
  });

  it('leaves no key, name or site key in logs and metrics', async () => {
    store.place(INTAKE, KEY, brightImage);
    await send(notification(KEY));
    store.place(INTAKE, KEY, Buffer.from('no image'));
    await send(notification(KEY));
    store.remove(INTAKE, KEY);
    await send(notification(KEY));
    await send('{"broken": "Jane Doe"');
    const written = `${logLines.join('')}${await registry.metrics()}`;
    expect(logLines.length).toBeGreaterThan(0);
    for (const secret of ['Jane', 'Doe', '19700101', siteKey.toString('hex')]) expect(written).not.toContain(secret);
  });

  it('takes the notification’s milliseconds as upload time when they are of the same write', async () => {
    const eTag = store.place(INTAKE, KEY, brightImage, { lastModified: new Date('2026-01-01T00:00:03Z') });
    await send(notification(KEY, '2026-01-01T00:00:03.900Z'));
    const result = storedResult(imageIdFor(KEY, eTag));
    expect(result.uploadedAt).toBe('2026-01-01T00:00:03.900Z');
    expect(result.timingsMs.notify).toBe(100);
  });

  it.each([
    ['in the second that the store tells, when it was noticed in it', '04.120Z', '04.120Z', 0],
    ['at the end of that second, when it was noticed later', '04.120Z', '05.010Z', 11],
    ['at the end of that second, when its broker was away', '04.120Z', '34.000Z', 29_001],
  ])('was uploaded %s, if the store tells whole seconds', async (_when, stored, noticed, notify) => {
    const second = new Date('2026-01-01T00:00:04Z');
    const eTag = store.place(INTAKE, KEY, brightImage, { lastModified: second });
    clockMs = Date.parse('2026-01-01T00:01:00Z');
    await send(notification(KEY, second.toISOString().replace('.000', '')), {
      'ce-time': `2026-01-01T00:00:${noticed}`,
    });
    const { timingsMs, uploadedAt } = storedResult(imageIdFor(KEY, eTag));
    expect(timingsMs.notify).toBe(notify);
    expect(Math.abs(Date.parse(uploadedAt) - Date.parse(`2026-01-01T00:00:${stored}`))).toBeLessThan(1000);
  });

  it('never gets a negative time, whatever the clocks say', async () => {
    const eTag = store.place(INTAKE, KEY, brightImage, { lastModified: new Date('2026-01-01T00:00:09Z') });
    await send(notification(KEY), { 'ce-time': '2026-01-01T00:00:20.000Z' });
    expect(storedResult(imageIdFor(KEY, eTag)).timingsMs).toMatchObject({ notify: 10_001, queue: 0 });
    const other = store.place(INTAKE, 'other', brightImage, { lastModified: new Date('2026-01-01T00:00:09Z') });
    await send(notification('other'), { 'ce-time': '2026-01-01T00:00:05.000Z' });
    expect(storedResult(imageIdFor('other', other)).timingsMs).toMatchObject({ notify: 0, queue: 5000 });
  });

  it('keeps the study id of its own key, has routine priority and a derived trace when nothing else is said', async () => {
    const studyId = '0123456789abcdef0123456789abcdef';
    const key = ownKey(studyId, 1);
    const eTag = store.place(INTAKE, key, darkImage, { metadata: { priority: 'at once!', traceparent: 'nonsense' } });
    await send(notification(key));
    const first = storedResult(imageIdFor(key, eTag));
    expect(first).toMatchObject({ studyId, priority: 'routine', decision: 'normal' });
    store.remove(RESULTS, resultKeyOf(first.imageId, model.reference.digest));
    await send(notification(key));
    expect(storedResult(first.imageId).traceId).toBe(first.traceId);
  });

  it('continues the trace of the event when the object carries none', async () => {
    const eTag = store.place(INTAKE, KEY, darkImage);
    await send(notification(KEY), { traceparent });
    expect(storedResult(imageIdFor(KEY, eTag)).traceId).toBe(traceparent.slice(3, 35));
  });

  it('has an outcome with a reason when it cannot be read', async () => {
    const eTag = store.place(INTAKE, KEY, Buffer.from('Dear colleague'), { contentType: 'image/jpeg' });
    expect((await send(notification(KEY))).status).toBe(200);
    const result = storedResult(imageIdFor(KEY, eTag));
    expect(result).toMatchObject({
      decision: 'unreadable',
      probability: null,
      reason: 'unsupported-format',
      heatMapKey: null,
    });
    expect(publisher.events).toHaveLength(1);
    expect(await metric('hilum_inference_outcomes_total{decision="unreadable",reason="unsupported-format"}')).toBe(1);
  });

  it('is not fetched when it is too large, and has an outcome all the same', async () => {
    const eTag = store.place(INTAKE, KEY, Buffer.alloc(limits.maxBytes + 1));
    expect((await send(notification(KEY))).status).toBe(200);
    const result = storedResult(imageIdFor(KEY, eTag));
    expect(result).toMatchObject({ reason: 'too-large', source: { sha256: null, bytes: limits.maxBytes + 1 } });
    expect(result.timingsMs).toMatchObject({ fetch: null, decode: null });
    expect(store.operations).not.toContain('get');
  });
});

describe('a repeated notification', () => {
  it('publishes the same event again without scoring again', async () => {
    store.place(INTAKE, KEY, brightImage);
    await send(notification(KEY));
    clockMs += 60_000;
    const written = store.operations.filter((operation) => operation === 'put').length;
    const response = await send(notification(KEY));
    expect(await response.json()).toEqual({ scored: 0, republished: 1, gone: 0 });
    expect(store.operations.filter((operation) => operation === 'put')).toHaveLength(written);
    const [first, second] = publisher.events;
    expect(second).toMatchObject({ id: first?.id, time: first?.time, trace: { traceId: first?.trace?.traceId } });
    expect(second?.data).toEqual({ ...first?.data, timingsMs: { ...first?.data.timingsMs, publish: null } });
    expect(await metric('hilum_inference_republished_total')).toBe(1);
  });

  it('does not score an image again that another model has scored', async () => {
    const eTag = store.place(INTAKE, KEY, brightImage);
    await send(notification(KEY));
    const imageId = imageIdFor(KEY, eTag);
    const digest = `sha256:${'0'.repeat(64)}`;
    const earlier = { ...storedResult(imageId), model: { ...model.reference, digest } };
    store.remove(RESULTS, resultKeyOf(imageId, model.reference.digest));
    store.place(RESULTS, resultKeyOf(imageId, digest), Buffer.from(JSON.stringify(earlier)));
    await send(notification(KEY));
    expect(publisher.events.at(-1)?.data.model.digest).toBe(digest);
    expect(store.keys(RESULTS)).not.toContain(resultKeyOf(imageId, model.reference.digest));
  });

  it('scores anew when the stored result object is broken', async () => {
    const eTag = store.place(INTAKE, KEY, brightImage);
    const imageId = imageIdFor(KEY, eTag);
    store.place(RESULTS, resultKeyOf(imageId, model.reference.digest), Buffer.from('{"half": '));
    expect(await (await send(notification(KEY))).json()).toEqual({ scored: 1, republished: 0, gone: 0 });
    expect(storedResult(imageId).decision).toBe('pneumonia-suspected');
    expect(await metric('hilum_inference_failures_total{err="stored-outcome"}')).toBe(1);
  });

  it('scores the new content when the object was overwritten', async () => {
    store.place(INTAKE, KEY, brightImage);
    await send(notification(KEY));
    const eTag = store.place(INTAKE, KEY, darkImage);
    await send(notification(KEY));
    expect(storedResult(imageIdFor(KEY, eTag)).decision).toBe('normal');
    expect(new Set(publisher.events.map(({ id }) => id)).size).toBe(2);
  });
});

describe('what changes under the service’s hands', () => {
  it('an overwrite between HEAD and GET starts over, so that what is scored is what is named', async () => {
    store.place(INTAKE, KEY, brightImage);
    let eTag = '';
    store.before = (operation) => {
      if (operation !== 'get') return;
      store.before = () => undefined;
      eTag = store.place(INTAKE, KEY, darkImage);
    };
    expect((await send(notification(KEY))).status).toBe(200);
    expect(storedResult(imageIdFor(KEY, eTag)).decision).toBe('normal');
    expect(publisher.events).toHaveLength(1);
  });

  it('an object that is overwritten again and again is left to the next delivery', async () => {
    store.place(INTAKE, KEY, brightImage);
    let number = 0;
    store.before = (operation) => {
      if (operation === 'get') store.place(INTAKE, KEY, Buffer.from(`version ${(number += 1)}`));
    };
    const response = await send(notification(KEY));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(publisher.events).toHaveLength(0);
    expect(await metric('hilum_inference_failures_total{err="changed"}')).toBe(1);
  });

  it.each([
    ['before HEAD', 'head'],
    ['between HEAD and GET', 'get'],
  ] as const)('an object that is gone %s is done with, and counted', async (_when, at) => {
    store.place(INTAKE, KEY, brightImage);
    store.before = (operation) => {
      if (operation === at) store.remove(INTAKE, KEY);
    };
    const response = await send(notification(KEY));
    expect([response.status, await response.json()]).toEqual([200, { scored: 0, republished: 0, gone: 1 }]);
    expect(await metric('hilum_inference_gone_total')).toBe(1);
    expect(logLines.join('')).toContain(studyIdOf(siteKey, { bucket: INTAKE, key: KEY, versionId: null, eTag: null }));
    expect(publisher.events).toHaveLength(0);
  });
});

describe('an object with an odd name', () => {
  it('that the store shortens is one image: it waits to be named as the bucket’s list has it', async () => {
    store.nameOf = (key) => key.replaceAll('//', '/');
    const eTag = store.place(INTAKE, 'ward/chest.jpeg', brightImage);
    expect(await (await send(notification('ward//chest.jpeg'))).json()).toEqual({ scored: 0, republished: 0, gone: 1 });
    expect(await (await send(notification('ward/chest.jpeg'))).json()).toEqual({ scored: 1, republished: 0, gone: 0 });
    expect(storedResult(imageIdFor('ward/chest.jpeg', eTag)).source.key).toBe('ward/chest.jpeg');
  });

  it.each(['ward//chest.jpeg', '/chest.jpeg', 'ward/./chest.jpeg', 'ward/../chest.jpeg', 'ward/'])(
    'that the store keeps as it is (%s) is scored as any other',
    async (key) => {
      store.place(INTAKE, key, brightImage);
      expect(await (await send(notification(key))).json()).toMatchObject({ scored: 1 });
    },
  );

  it('that cannot be asked for is an outcome of what the list tells, not an endless search', async () => {
    const key = 'chest\ufffd.jpeg';
    const eTag = store.place(INTAKE, key, brightImage, { lastModified: new Date('2026-01-01T00:00:03Z') });
    store.nameOf = (asked) => asked.replace('\ufffd', '\ufffd\ufffd');
    expect(await (await send(notification(key))).json()).toMatchObject({ scored: 1 });
    expect(storedResult(imageIdFor(key, eTag))).toMatchObject({
      decision: 'unreadable',
      reason: 'scoring-failed',
      source: { key, eTag, bytes: brightImage.length, sha256: null, contentType: null },
      uploadedAt: '2026-01-01T00:00:03.999Z',
    });
  });

  it('that is gone is gone, however odd its name', async () => {
    expect(await (await send(notification('chest\ufffd.jpeg'))).json()).toMatchObject({ gone: 1 });
  });

  it('of half a character is asked for without it, for no request could hold it', async () => {
    const data = notification('chest\ud800.jpeg');
    expect(data).toContain('\\ud800');
    expect(await (await send(data)).json()).toMatchObject({ gone: 1 });
  });
});

describe('what is away', () => {
  it.each(['head', 'list', 'get', 'put'] as const)('a store that does not answer %s is a 503', async (operation) => {
    store.place(INTAKE, KEY, brightImage);
    store.away.add(operation);
    const response = await send(notification(KEY));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({ code: 'HILUM_STORE_UNAVAILABLE' });
    expect(publisher.events).toHaveLength(0);
    expect(await metric('hilum_inference_failures_total{err="store"}')).toBe(1);
    store.away.clear();
    expect((await send(notification(KEY))).status).toBe(200);
    expect(publisher.events).toHaveLength(1);
  });

  it('a broker that does not confirm is a 503; the next delivery publishes what was stored', async () => {
    store.place(INTAKE, KEY, brightImage);
    publisher.isAway = true;
    const response = await send(notification(KEY));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await metric('hilum_inference_failures_total{err="broker"}')).toBe(1);
    publisher.isAway = false;
    expect(await (await send(notification(KEY))).json()).toEqual({ scored: 0, republished: 1, gone: 0 });
    expect(publisher.events).toHaveLength(1);
  });

  it('readiness is not touched by it', async () => {
    store.away.add('head');
    store.place(INTAKE, KEY, brightImage);
    await send(notification(KEY));
    expect((await fetch(url('/readyz'))).status).toBe(200);
  });

  it('a fault of our own is a 500 that tells nothing of it, and is logged', async () => {
    store.place(INTAKE, KEY, brightImage);
    context.scorer = { ...context.scorer, score: () => Promise.reject(new Error('the inside')) };
    const response = await send(notification(KEY));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('inside');
    expect(logLines.join('')).toContain('the inside');
    expect(await metric('hilum_inference_failures_total{err="internal"}')).toBe(1);
  });

  /** Takes the only place until it is told to give it back. */
  function takePlace(): () => Promise<void> {
    let free: () => void = () => undefined;
    const busy = permits.run(() => new Promise<void>((resolve) => (free = resolve)));
    return () => {
      free();
      return busy;
    };
  }
  const untilWaiting = (count: number): Promise<unknown> =>
    vi.waitUntil(() => permits.waiting === count, { timeout: 10_000 });

  it('a request beyond the places to work and to wait is sent away at once, before the store is asked', async () => {
    store.place(INTAKE, KEY, brightImage);
    const free = takePlace();
    const waiting = Array.from({ length: 3 }, () => permits.run(() => Promise.resolve()));
    const response = await send(notification(KEY));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await metric('hilum_inference_failures_total{err="overloaded"}')).toBe(1);
    expect(await metric('hilum_inference_waiting')).toBe(3);
    expect(await metric('hilum_inference_working')).toBe(await metric('hilum_inference_places'));
    expect(store.operations).toEqual([]);
    await free();
    await Promise.all(waiting);
    expect((await send(notification(KEY))).status).toBe(200);
  });

  it('a stat image is scored before urgent ones, and these before routine ones, that came sooner', async () => {
    const free = takePlace();
    const answers: Promise<Response>[] = [];
    for (const priority of ['routine', 'urgent', 'stat']) {
      store.place(INTAKE, priority, brightImage, { metadata: { priority } });
      answers.push(send(notification(priority)));
      await untilWaiting(answers.length);
    }
    await vi.waitUntil(() => store.operations.length === 3, { timeout: 10_000 });
    // asked is not yet answered
    await new Promise((resolve) => setImmediate(resolve));
    await free();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(publisher.events.map(({ data }) => data.priority)).toEqual(['stat', 'urgent', 'routine']);
  });

  it('a request that waits for too long is sent away to come again', async () => {
    store.place(INTAKE, KEY, brightImage);
    const free = takePlace();
    const answer = send(notification(KEY));
    await untilWaiting(1);
    expect([...deadlines.values()]).toEqual([60_000]);
    for (const end of deadlines.keys()) end();
    const response = await answer;
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({ code: 'HILUM_INFERENCE_WAITED_TOO_LONG' });
    expect(await metric('hilum_inference_failures_total{err="overloaded"}')).toBe(1);
    await free();
    expect(publisher.events).toEqual([]);
  });

  it('a heat map that cannot be drawn does not cost the score', async () => {
    const eTag = store.place(INTAKE, KEY, brightImage);
    const { scorer } = context;
    const withoutMap = async (bytes: Uint8Array): Promise<ImageScore> => ({
      ...(await scorer.score(bytes)),
      heatMap: null,
      isHeatMapMissing: true,
    });
    context.scorer = { ...scorer, score: withoutMap };
    expect((await send(notification(KEY))).status).toBe(200);
    expect(storedResult(imageIdFor(KEY, eTag))).toMatchObject({ decision: 'pneumonia-suspected', heatMapKey: null });
    expect(await metric('hilum_inference_failures_total{err="explain"}')).toBe(1);
  });
});

describe('an image that its sender gives up', () => {
  const giveUp = (cause: string): Record<string, string> => ({ 'ce-hilumgiveup': cause });

  it('is an outcome of what HEAD tells, and is neither fetched nor scored', async () => {
    context.scorer = { ...context.scorer, score: () => Promise.reject(new Error('it must not be tried again')) };
    const eTag = store.place(INTAKE, KEY, brightImage, { contentType: 'image/png', metadata: { priority: 'stat' } });
    const response = await send(notification(KEY), giveUp('crash'));
    expect([response.status, await response.json()]).toEqual([200, { scored: 1, republished: 0, gone: 0 }]);
    const result = storedResult(imageIdFor(KEY, eTag));
    expect(result).toMatchObject({
      source: { key: KEY, bytes: brightImage.length, contentType: 'image/png', sha256: null },
      decision: 'unreadable',
      probability: null,
      reason: 'scoring-failed',
      priority: 'stat',
      input: { kind: 'unknown', width: null, stats: null },
      heatMapKey: null,
      timingsMs: { fetch: null, decode: null, predict: null, explain: null },
    });
    expect(store.operations).not.toContain('get');
    expect(publisher.events.map(({ data }) => data.reason)).toEqual(['scoring-failed']);
    expect(await metric('hilum_inference_outcomes_total{decision="unreadable",reason="scoring-failed"}')).toBe(1);
    expect(logLines.join('')).not.toContain('Jane');
  });

  it('keeps the outcome that another delivery brings meanwhile', async () => {
    const eTag = store.place(INTAKE, KEY, brightImage);
    await send(notification(KEY));
    const resultKey = resultKeyOf(imageIdFor(KEY, eTag), model.reference.digest);
    const scored = store.read(RESULTS, resultKey);
    store.remove(RESULTS, resultKey);
    let lists = 0;
    store.before = (operation) => {
      if (operation === 'list') lists += 1;
      if (lists === 2) store.place(RESULTS, resultKey, scored);
    };
    const response = await send(notification(KEY), giveUp('timeout'));
    expect(await response.json()).toEqual({ scored: 0, republished: 1, gone: 0 });
    expect(store.read(RESULTS, resultKey)).toEqual(scored);
    expect(publisher.events.map(({ data }) => data.reason)).toEqual([null, null]);
  });

  it('keeps the outcome it has: that is published again', async () => {
    const eTag = store.place(INTAKE, KEY, brightImage);
    await send(notification(KEY));
    const response = await send(notification(KEY), giveUp('timeout'));
    expect(await response.json()).toEqual({ scored: 0, republished: 1, gone: 0 });
    expect(storedResult(imageIdFor(KEY, eTag)).decision).toBe('pneumonia-suspected');
  });

  it('is the first of its notification without an outcome; those behind it, never tried, are tried', async () => {
    const names = ['done', 'culprit', 'behind'];
    const eTags = names.map((name) => store.place(INTAKE, name, brightImage));
    await send(notification('done'));
    const records = names.map((name) => (JSON.parse(notification(name)) as { Records: unknown[] }).Records[0]);
    const response = await send(JSON.stringify({ Records: records }), giveUp('error'));
    expect(await response.json()).toEqual({ scored: 2, republished: 1, gone: 0 });
    const reasons = names.map((name, index) => storedResult(imageIdFor(name, eTags[index] ?? '')).reason);
    expect(reasons).toEqual([null, 'scoring-failed', null]);
  });

  it('is refused when the cause is none that is known', async () => {
    store.place(INTAKE, KEY, brightImage);
    const response = await send(notification(KEY), giveUp('boredom'));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'HILUM_EVENT_ATTRIBUTE_INVALID',
      detail: 'hilumgiveup must be one of crash, error, timeout',
    });
    expect(store.operations).toEqual([]);
  });
});

describe('events', () => {
  it('of Amazon S3’s own type are understood, with a notification or with a single record', async () => {
    store.place(INTAKE, KEY, brightImage);
    store.place(INTAKE, 'second', darkImage);
    const type = { 'ce-type': 'com.amazonaws.s3.ObjectCreated:Put' };
    const { Records } = JSON.parse(notification('second')) as { Records: unknown[] };
    expect((await send(notification(KEY), type)).status).toBe(200);
    expect((await send(JSON.stringify(Records[0]), type)).status).toBe(200);
    expect(publisher.events).toHaveLength(2);
  });

  it('with many records, and batches of events, are done whole', async () => {
    const names = ['one', 'two', 'three'];
    for (const name of names) store.place(INTAKE, name, Buffer.from(name));
    const records = names.map((name) => (JSON.parse(notification(name)) as { Records: unknown[] }).Records[0]);
    const attributes = {
      specversion: '1.0',
      source: '/kafka',
      type: 'dev.knative.kafka.event',
      time: '2026-01-01T00:00:04Z',
      subject: 's',
    };
    const batch = [
      { ...attributes, id: '1', data: { Records: records.slice(0, 2) } },
      { ...attributes, id: '2', data: { Records: records.slice(2) } },
    ];
    const response = await fetch(url('/'), {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(batch),
    });
    expect(await response.json()).toEqual({ scored: 3, republished: 0, gone: 0 });
    expect(publisher.events).toHaveLength(3);
  });

  it.each([
    ['a test event', JSON.stringify({ Service: 'x', Event: 's3:TestEvent' })],
    ['a deletion', notification(KEY).replace('ObjectCreated:Put', 'ObjectRemoved:Delete')],
    ['a creation in another bucket', notification(KEY).replace(INTAKE, 'elsewhere')],
    ['a message without records', '{}'],
  ])('%s has nothing to do: 204', async (_name, data) => {
    expect((await send(data)).status).toBe(204);
    expect(store.operations).toEqual([]);
  });

  it.each([
    ['of an unknown type', notification(KEY), { 'ce-type': 'org.example.other' }, 'HILUM_EVENT_TYPE_UNEXPECTED'],
    ['without id', notification(KEY), { 'ce-id': '' }, 'HILUM_EVENT_ATTRIBUTE_MISSING'],
    ['whose data are not JSON', 'hello', {}, 'HILUM_EVENT_DATA_NOT_JSON'],
    ['whose data are a list', '[]', {}, 'HILUM_NOTIFICATION_NOT_OBJECT'],
    ['with a broken record', '{"Records":[{}]}', {}, 'HILUM_NOTIFICATION_RECORD_INVALID'],
  ])('%s are refused for good: 400 with a code', async (_name, data, headers, code) => {
    const response = await send(data, headers);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ code });
    expect(await metric('hilum_inference_failures_total{err="malformed"}')).toBe(1);
  });
});

describe('the Open Inference Protocol', () => {
  const bytesInput = { name: 'image_bytes', datatype: 'BYTES', shape: [1] };
  const infer = (body: unknown, headers: Record<string, string> = {}, name = 'tiny-brightness'): Promise<Response> =>
    fetch(url(`/v2/models/${name}/infer`), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const images = (...list: Buffer[]) => ({
    inputs: [
      {
        name: 'image_bytes',
        datatype: 'BYTES',
        shape: [list.length],
        data: list.map((bytes) => bytes.toString('base64')),
      },
    ],
  });

  it('tells server, model and readiness', async () => {
    const json = async (pathname: string): Promise<unknown> => (await fetch(url(pathname))).json();
    expect(await json('/v2')).toEqual({
      name: 'hilum-inference',
      version: '9.9.9',
      extensions: ['binary_tensor_data'],
    });
    expect(await json('/v2/health/live')).toEqual({ live: true });
    expect(await json('/v2/health/ready')).toEqual({ ready: true });
    expect(await json('/v2/models/tiny-brightness/ready')).toEqual({ name: 'tiny-brightness', ready: true });
    expect(await json('/v2/models/tiny-brightness/versions/1.2.3')).toEqual({
      name: 'tiny-brightness',
      versions: ['1.2.3'],
      platform: 'onnxruntime_onnx',
      inputs: [
        { name: 'image', datatype: 'FP32', shape: [-1, 3, 32, 48] },
        { name: 'image_bytes', datatype: 'BYTES', shape: [-1] },
      ],
      outputs: [
        { name: 'logits', datatype: 'FP32', shape: [-1, 2] },
        { name: 'probability', datatype: 'FP32', shape: [-1] },
      ],
    });
    for (const unknown of ['/v2/models/other', '/v2/models/tiny-brightness/versions/9', '/v2/models/other/ready'])
      expect((await fetch(url(unknown))).status).toBe(404);
  });

  it('is not ready while the process is not', async () => {
    readiness.set('started', false);
    for (const pathname of ['/v2/health/ready', '/v2/models/tiny-brightness/ready', '/readyz'])
      expect((await fetch(url(pathname))).status).toBe(503);
    for (const pathname of ['/v2/health/live', '/healthz']) expect((await fetch(url(pathname))).status).toBe(200);
  });

  it('infers tensors, flat or nested, in batches', async () => {
    const values = [...new Array<number>(3 * 32 * 48).fill(1), ...new Array<number>(3 * 32 * 48).fill(-1)];
    const input = { name: 'image', datatype: 'FP32', shape: [2, 3, 32, 48], data: values };
    const flat = await (await infer({ id: 'a', inputs: [input] })).json();
    expect(flat).toMatchObject({
      id: 'a',
      model_name: 'tiny-brightness',
      model_version: '1.2.3',
      outputs: [
        { name: 'logits', datatype: 'FP32', shape: [2, 2], data: [-1, 1, 1, -1] },
        { name: 'probability', datatype: 'FP32', shape: [2] },
      ],
    });
    const nested = { ...input, data: [values.slice(0, values.length / 2), values.slice(values.length / 2)] };
    expect(await (await infer({ id: 'a', inputs: [nested] })).json()).toEqual(flat);
  });

  it('gives encoded images the probability that uploads get, and only the outputs asked for', async () => {
    const eTag = store.place(INTAKE, KEY, brightImage);
    await send(notification(KEY));
    const answer = await infer({ ...images(brightImage, darkImage), outputs: [{ name: 'probability' }] });
    const { outputs } = (await answer.json()) as { outputs: { name: string; data: number[] }[] };
    expect(outputs.map(({ name }) => name)).toEqual(['probability']);
    expect(outputs[0]?.data[0]).toBe(storedResult(imageIdFor(KEY, eTag)).probability);
    expect(outputs[0]?.data[1]).toBeLessThan(0.1);
    expect(store.keys(RESULTS)).toHaveLength(2);
    expect(publisher.events).toHaveLength(1);
  });

  it('names the image that cannot be scored and why', async () => {
    const answer = await infer(images(brightImage, Buffer.from('text')));
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ detail: 'inputs.0.data.1: unsupported-format' });
  });

  it.each([
    ['no inputs', {}, 'inputs'],
    ['an unknown input', { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [] }] }, 'inputs.0.name'],
    ['another shape', { inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 3, 48, 32], data: [] }] }, 'shape'],
    [
      'another datatype',
      { inputs: [{ name: 'image', datatype: 'INT8', shape: [1, 3, 32, 48], data: [] }] },
      'datatype',
    ],
    ['too few numbers', { inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 3, 32, 48], data: [1] }] }, 'data'],
    ['text for numbers', { inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 3, 32, 48], data: ['1'] }] }, 'data'],
    [
      'numbers that 32 bits cannot hold',
      { inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 3, 32, 48], data: [1, -1e39] }] },
      'inputs.0.data: must hold finite numbers',
    ],
    [
      'no numbers',
      { inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 3, 32, 48] }] },
      'inputs.0.data: is required',
    ],
    [
      'lists in lists without end',
      { inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 3, 32, 48], data: nestedLists(20) }] },
      'nested deeper than 16',
    ],
    ['more than any tensor has', { inputs: [{ ...bytesInput, data: new Array(400_000).fill({}) }] }, 'more than'],
    ['too many at once', { inputs: [{ name: 'image_bytes', datatype: 'BYTES', shape: [33], data: [] }] }, 'shape'],
    ['no base64', { inputs: [{ name: 'image_bytes', datatype: 'BYTES', shape: [1], data: ['ä'] }] }, 'base64'],
    ['an unknown output', { ...images(Buffer.from('x')), outputs: [{ name: 'y' }] }, 'outputs.0.name'],
    [
      'an output twice',
      { ...images(Buffer.from('x')), outputs: [{ name: 'logits' }, { name: 'logits' }] },
      'outputs.1.name',
    ],
    [
      'a size that is none',
      { inputs: [{ ...bytesInput, parameters: { binary_data_size: -1 } }] },
      'inputs.0.parameters.binary_data_size',
    ],
    [
      'a binary tensor but no length of the JSON',
      { inputs: [{ ...bytesInput, parameters: { binary_data_size: 4 } }] },
      'Inference-Header-Content-Length: is required',
    ],
    [
      'a word for yes',
      { ...images(Buffer.from('x')), parameters: { binary_data_output: 'yes' } },
      'parameters.binary_data_output',
    ],
  ])('refuses a request with %s, naming the field', async (_name, body, field) => {
    const answer = await infer(body);
    expect(answer.status).toBe(400);
    const problem = (await answer.json()) as { code: string; detail: string };
    expect(problem.code).toBe('HILUM_INFER_REQUEST_INVALID');
    expect(problem.detail).toContain(field);
  });

  it('says which methods a path takes', async () => {
    for (const [pathname, method, allowed] of [
      ['/v2/models/tiny-brightness/infer', 'GET', 'POST'],
      ['/v2/models/tiny-brightness/versions/1.2.3/ready', 'POST', 'GET, HEAD'],
      ['/v2/models/tiny-brightness', 'DELETE', 'GET, HEAD'],
      ['/v2/health/ready', 'PUT', 'GET, HEAD'],
    ] as const) {
      const answer = await fetch(url(pathname), { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, allowed]);
      expect(await answer.json()).toHaveProperty('error', expect.stringContaining(allowed));
    }
  });

  it('counts what it could not do as it does for events, and times what it could', async () => {
    const failures = (err: string): Promise<number> => metric(`hilum_inference_failures_total{err="${err}"}`);
    await infer({});
    const broken = { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: 'no gzip' };
    expect(await (await fetch(url('/v2/models/tiny-brightness/infer'), broken)).json()).toMatchObject({
      status: 400,
      detail: expect.stringContaining('Content-Encoding') as unknown,
    });
    expect([await failures('malformed'), await failures('internal')]).toEqual([2, 0]);
    await infer(images(brightImage, darkImage));
    for (const step of ['decode', 'predict']) expect(await metric(`hilum_inference_${step}_seconds_count`)).toBe(2);
    permits.close();
    await infer(images(brightImage));
    expect(await failures('stopping')).toBe(1);
  });

  it('receives no more bodies side by side than there is room for', async () => {
    const most = (path: string, header: string): Socket => {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\n${header}\r\nContent-Length: ${MAX_BODY_BYTES}\r\n\r\nonly a part`,
      );
      return socket;
    };
    const path = '/v2/models/tiny-brightness/infer';
    const taken = vi.spyOn(room, 'during');
    const sockets = [most(path, 'Inference-Header-Content-Length: 0'), most(path, 'Content-Type: application/json')];
    await vi.waitUntil(() => taken.mock.calls.length === 2, { timeout: 10_000 });
    const requests = [
      () => infer(images(brightImage)),
      () => send(notification(KEY)),
      () =>
        fetch(url(path), { method: 'POST', headers: { 'inference-header-content-length': '0' }, body: brightImage }),
    ];
    for (const request of requests) {
      const refused = await request();
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    }
    expect(await metric('hilum_inference_failures_total{err="overloaded"}')).toBe(requests.length);
    for (const socket of sockets) socket.destroy();
    await vi.waitUntil(async () => (await infer(images(brightImage))).status === 200, { timeout: 10_000 });
  });

  /** Whether nothing holds room any more. */
  const isRoomFree = (): Promise<boolean> =>
    room
      .during({ 'content-length': String(2 * MAX_BODY_BYTES) }, 2 * MAX_BODY_BYTES, () => Promise.resolve())
      .then(
        () => true,
        () => false,
      );

  /** Takes all room but for so many bytes until it is told to let it go. */
  function allBut(bytes: number): () => void {
    let free: () => void = () => undefined;
    const headers = { 'content-length': String(2 * MAX_BODY_BYTES - bytes) };
    void room.during(headers, 2 * MAX_BODY_BYTES, () => new Promise<void>((resolve) => (free = resolve)));
    return () => free();
  }

  /** Zeros that can be unpacked to so many bytes though they end in the middle. */
  const zerosOf = (bytes: number): Buffer => gzipSync(Buffer.alloc(bytes)).subarray(0, -8);

  it('has room again when clients have sent one request behind the other and gone', async () => {
    const begun = vi.spyOn(room, 'during');
    const json = JSON.stringify(images(brightImage));
    const head = `POST /v2/models/tiny-brightness/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${json.length}\r\n\r\n`;
    const compressed = head.replace('Host', 'Content-Encoding: gzip\r\nHost');
    const socket = connect(server.port, '127.0.0.1');
    // nothing of the last is answered: it takes room for what has come, and its body is not whole
    socket.write((head + json).repeat(4) + compressed);
    socket.write(zerosOf(1_000_000).subarray(0, json.length - 1));
    await vi.waitUntil(() => begun.mock.calls.length === 5, { timeout: 10_000 });
    socket.destroy();
    await vi.waitUntil(isRoomFree, { timeout: 10_000 });
    const whole = { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: gzipSync(json) };
    expect((await fetch(url('/v2/models/tiny-brightness/infer'), whole)).status).toBe(200);
    expect(await metric('hilum_inference_failures_total{err="malformed"}')).toBe(0);
  });

  describe('of a body that does not say how long it will be', () => {
    const path = '/v2/models/tiny-brightness/infer';
    const begin = (header: string, ...parts: (string | Buffer)[]): Socket => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`);
      for (const part of parts) socket.write(part);
      return socket;
    };
    const GZIP = `Content-Encoding: gzip\r\nContent-Length: ${MAX_BODY_BYTES}`;
    const CHUNKED = 'Transfer-Encoding: chunked';
    const chunk = (bytes: Buffer): Buffer =>
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

    it('takes room for what has come, so that slow ones keep nobody out', async () => {
      const begun = vi.spyOn(room, 'during');
      const sockets = Array.from({ length: 20 }, (_, nth) =>
        nth % 2 === 0 ? begin(GZIP, zerosOf(100_000)) : begin(CHUNKED, chunk(Buffer.alloc(1000, ' '))),
      );
      await vi.waitUntil(() => begun.mock.calls.length === sockets.length, { timeout: 10_000 });
      expect((await infer(images(brightImage))).status).toBe(200);
      const whole = { method: 'POST', headers: { 'content-encoding': 'gzip' } };
      const body = gzipSync(JSON.stringify(images(brightImage)));
      expect((await fetch(url(path), { ...whole, body })).status).toBe(200);
      await vi.waitUntil(async () => !(await isRoomFree()), { timeout: 10_000 });
      for (const socket of sockets) socket.destroy();
      await vi.waitUntil(isRoomFree, { timeout: 10_000 });
    });

    it.each([
      ['unpacked', GZIP, zerosOf(5_000_000)],
      ['received', CHUNKED, chunk(Buffer.alloc(2_000_000, ' '))],
      ['received in many parts', CHUNKED, Buffer.from('1\r\n \r\n'.repeat(10_000))],
    ])(
      'is told to come again when more is %s than there is room for, before it is whole',
      async (_how, header, part) => {
        const free = allBut(1_000_000);
        const socket = begin(header, part);
        const [answer] = (await once(socket, 'data')) as [Buffer];
        expect(answer.toString()).toMatch(/^HTTP\/1.1 503 [^]*\r\nRetry-After: 1\r\n[^]*HILUM_INFERENCE_OVERLOADED/);
        expect(await metric('hilum_inference_failures_total{err="overloaded"}')).toBe(1);
        // it has given back what it had, though its client still sends
        expect((await infer(images(brightImage))).status).toBe(200);
        free();
        await vi.waitUntil(isRoomFree, { timeout: 10_000 });
        socket.destroy();
      },
    );

    const tooMuch = gzipSync(Buffer.alloc(MAX_BODY_BYTES + 1));
    const rest = Buffer.alloc(1_000_000);
    it.each([
      [
        'unpacked',
        `Content-Encoding: gzip\r\nContent-Length: ${tooMuch.length - 8 + rest.length}`,
        tooMuch.subarray(0, -8),
        rest,
      ],
      [
        'received',
        CHUNKED,
        chunk(Buffer.alloc(MAX_BODY_BYTES + 1)),
        Buffer.concat([chunk(rest), Buffer.from('0\r\n\r\n')]),
      ],
    ])('is refused when too much is %s, before it is whole, and its connection can be used again', async (...of) => {
      const [, header, first, later] = of;
      const socket = begin(header, first);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1.1 413 [^]*HILUM_HTTP_BODY_TOO_LARGE/);
      expect(await isRoomFree()).toBe(true);
      socket.write(later);
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /);
      socket.destroy();
    });

    it('has its room again when its client goes after the last byte of it', async () => {
      const begun = vi.spyOn(room, 'during');
      // more than is unpacked at once: the rest waits
      const body = gzipSync(randomBytes(200_000));
      for (let nth = 1; nth <= 10; nth += 1) {
        const socket = begin(`Content-Encoding: gzip\r\nContent-Length: ${body.length}`, body);
        await vi.waitUntil(() => begun.mock.calls.length === nth, { timeout: 10_000, interval: 1 });
        socket.destroy();
      }
      begun.mockRestore();
      await vi.waitUntil(isRoomFree, { timeout: 10_000 });
    });

    it('may be none at all, whatever it is said to be', async () => {
      const socket = begin('Content-Encoding: gzip');
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 400 [^]*HILUM_INFER_REQUEST_INVALID/);
      socket.destroy();
    });
  });

  it('says no to what its header tells before the body is sent, and otherwise to go on', async () => {
    const first = async (head: string): Promise<string> => {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`${head}\r\nHost: x\r\nExpect: 100-continue\r\n\r\n`);
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return bytes.toString();
    };
    const path = '/v2/models/tiny-brightness/infer';
    const asItIs = 'Inference-Header-Content-Length: 0';
    for (const [line, header, status] of [
      [`POST ${path}`, `Content-Length: ${MAX_BODY_BYTES + 1}`, 413],
      [`POST ${path}`, `${asItIs}\r\nContent-Length: ${MAX_BODY_BYTES + 1}`, 413],
      ['POST /', 'Content-Length: 5000000', 413],
      [`POST ${path}`, 'Content-Length: 3\r\nContent-Encoding: compress', 415],
      [`PUT ${path}`, 'Content-Length: 3', 405],
      [`POST ${path}/all`, 'Content-Length: 3', 404],
      [`POST ${path}`, 'Content-Length: 3', 100],
      [`POST ${path}`, 'Content-Length: 3\r\nContent-Encoding: gzip', 100],
      [`POST ${path}`, 'Transfer-Encoding: chunked', 100],
      [`POST ${path}`, `${asItIs}\r\nContent-Length: 3`, 100],
      ['POST /', 'Content-Length: 3', 100],
    ] as const) {
      const answer = await first(`${line} HTTP/1.1\r\n${header}`);
      expect(answer, `${line} ${header}`).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      if (status !== 100) expect(answer).toContain('application/problem+json');
    }
  });

  it('waits no longer than its client says', async () => {
    let free: () => void = () => undefined;
    const busy = permits.run(() => new Promise<void>((resolve) => (free = resolve)));
    const answer = infer(images(brightImage), { 'x-request-timeout': '2.5' });
    await vi.waitUntil(() => permits.waiting === 1, { timeout: 10_000 });
    expect([...deadlines.values()]).toEqual([2500]);
    for (const end of deadlines.keys()) end();
    expect((await answer).status).toBe(503);
    free();
    await busy;
    for (const nonsense of ['0', 'soon', '-1']) {
      const refused = await infer(images(brightImage), { 'x-request-timeout': nonsense });
      expect([refused.status, await refused.json()]).toMatchObject([
        400,
        { detail: 'X-Request-Timeout: must be a number of seconds above 0' },
      ]);
    }
  });

  it('says an error where the clients of the protocol look for it as well, and only there', async () => {
    const refused = (await (await infer({})).json()) as { error: string; detail: string };
    expect(refused.error).toBe(refused.detail);
    expect(await (await infer(images(brightImage), {}, 'other')).json()).toMatchObject({
      error: 'this service has tiny-brightness 1.2.3',
    });
    expect(await (await fetch(url('/v2/nothing'))).json()).toHaveProperty('error');
    expect(await (await send('hello')).json()).not.toHaveProperty('error');
    expect(await (await fetch(url('/v2nothing'))).json()).not.toHaveProperty('error');
  });

  describe('with binary tensors', () => {
    const floats = (...numbers: number[]): Buffer => Buffer.from(Float32Array.from(numbers).buffer);
    const element = (bytes: Buffer): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const post = (body: Buffer, headers: Record<string, string>): Promise<Response> =>
      fetch(url('/v2/models/tiny-brightness/infer'), { method: 'POST', headers, body: new Uint8Array(body) });
    const inferBinary = (json: unknown, tail: Buffer, headers: Record<string, string> = {}): Promise<Response> => {
      const head = Buffer.from(JSON.stringify(json));
      const length = { 'inference-header-content-length': String(head.length), ...headers };
      return post(Buffer.concat([head, tail]), length);
    };
    const tensor = (size: number, batch = 1) => ({
      name: 'image',
      datatype: 'FP32',
      shape: [batch, 3, 32, 48],
      parameters: { binary_data_size: size },
    });
    const ones = floats(...new Array<number>(3 * 32 * 48).fill(1));

    /** The JSON part of an answer, and each binary output's numbers. */
    async function read(answer: Response): Promise<{ json: unknown; numbers: Record<string, number[]> }> {
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/octet-stream');
      const body = Buffer.from(await answer.arrayBuffer());
      let offset = Number(answer.headers.get('inference-header-content-length'));
      const json = JSON.parse(body.subarray(0, offset).toString()) as {
        outputs: { name: string; parameters?: { binary_data_size: number } }[];
      };
      const numbers: Record<string, number[]> = {};
      for (const { name, parameters } of json.outputs) {
        if (parameters === undefined) continue;
        const bytes = body.subarray(offset, offset + parameters.binary_data_size);
        numbers[name] = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
        offset += bytes.length;
      }
      expect(offset).toBe(body.length);
      return { json, numbers };
    }

    it('infers them as it does the same numbers in JSON', async () => {
      const values = new Array<number>(3 * 32 * 48).fill(1);
      const json = await infer({ inputs: [{ ...tensor(0), parameters: undefined, data: values }] });
      const binary = await inferBinary({ inputs: [tensor(ones.length)] }, ones);
      expect(binary.headers.get('content-type')).toContain('application/json');
      expect(binary.headers.has('inference-header-content-length')).toBe(false);
      expect(await binary.json()).toEqual(await json.json());
    });

    it('takes whole images, each with its length before it', async () => {
      const tail = Buffer.concat([element(brightImage), element(darkImage)]);
      const binary = await inferBinary(
        { inputs: [{ ...bytesInput, shape: [2], parameters: { binary_data_size: tail.length } }] },
        tail,
      );
      expect(await binary.json()).toEqual(await (await infer(images(brightImage, darkImage))).json());
    });

    it('gives as bytes the outputs asked for so, the others as numbers', async () => {
      const logits = { name: 'logits', datatype: 'FP32', shape: [1, 2] };
      const probability = { name: 'probability', datatype: 'FP32', shape: [1] };
      const asked = { id: '7', inputs: [tensor(ones.length)] };
      const some = await read(
        await inferBinary(
          { ...asked, outputs: [{ name: 'probability' }, { name: 'logits', parameters: { binary_data: true } }] },
          ones,
        ),
      );
      expect(some.json).toEqual({
        id: '7',
        model_name: 'tiny-brightness',
        model_version: '1.2.3',
        outputs: [
          { ...probability, data: [expect.closeTo(0.99, 1)] },
          { ...logits, parameters: { binary_data_size: 8 } },
        ],
      });
      expect(some.numbers).toEqual({ logits: [-1, 1] });
      const all = await read(await inferBinary({ ...asked, parameters: { binary_data_output: true } }, ones));
      expect(all.json).toMatchObject({
        outputs: [
          { ...logits, parameters: { binary_data_size: 8 } },
          { ...probability, parameters: { binary_data_size: 4 } },
        ],
      });
      expect(all.numbers['logits']).toEqual([-1, 1]);
      const butOne = await read(
        await inferBinary(
          {
            ...asked,
            parameters: { binary_data_output: true },
            outputs: [{ name: 'logits', parameters: { binary_data: false } }, { name: 'probability' }],
          },
          ones,
        ),
      );
      expect(Object.keys(butOne.numbers)).toEqual(['probability']);
    });

    it('takes one image as it is when there is no JSON at all', async () => {
      // one after the other: none may be answered with what was made for another
      for (const image of [darkImage, brightImage, darkImage]) {
        const expected = (await (await infer(images(image))).json()) as { outputs: { data: number[] }[] };
        const raw = await read(
          await post(image, {
            'content-type': 'application/octet-stream',
            'inference-header-content-length': '0',
          }),
        );
        expect(raw.numbers['logits']).toEqual(expected.outputs[0]?.data);
        expect(raw.numbers['probability']?.[0]).toBeCloseTo(expected.outputs[1]?.data[0] ?? 0, 6);
      }
    });

    it.each([
      ['an image', () => brightImage, {}, 200],
      ['what is none', () => Buffer.from('no image'), {}, 422],
      ['a wait that is none', () => brightImage, { 'x-request-timeout': 'soon' }, 400],
    ])(
      'answers %s alike, whether its length is known, which spares it the app, or not',
      async (_name, bytes, headers, status) => {
        const sent = { 'inference-header-content-length': '0', ...headers };
        for (const path of ['', '/versions/1.2.3']) {
          const [early, late] = await Promise.all(
            [new Uint8Array(bytes()), new Blob([new Uint8Array(bytes())]).stream()].map(async (body) => {
              const answer = await fetch(url(`/v2/models/tiny-brightness${path}/infer`), {
                method: 'POST',
                headers: sent,
                body,
                duplex: 'half',
              });
              const told = [answer.status, answer.headers.get('content-type'), answer.headers.has('etag')];
              return { told, body: Buffer.from(await answer.arrayBuffer()).toString('latin1') };
            }),
          );
          const kind = early?.told[1];
          expect(early?.told).toEqual([status, kind, false]);
          // only the app names a tag
          expect(late?.told).toEqual([status, kind, true]);
          expect(early?.body).toBe(late?.body);
        }
      },
    );

    it('refuses one image as it is with what else is refused when all places are taken, and when to come again', async () => {
      let free: () => void = () => undefined;
      const busy = permits.run(() => new Promise<void>((resolve) => (free = resolve)));
      const waiting = Array.from({ length: 3 }, () => permits.run(() => Promise.resolve()));
      const refused = await post(brightImage, { 'inference-header-content-length': '0' });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await refused.json()).toMatchObject({
        code: 'HILUM_INFERENCE_OVERLOADED',
        error: expect.any(String) as unknown,
      });
      free();
      await Promise.all([busy, ...waiting]);
    });

    it('forgets an image whose sender breaks off', async () => {
      const path = '/v2/models/tiny-brightness/infer';
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nInference-Header-Content-Length: 0\r\nContent-Length: 9000\r\n\r\n`;
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`${head}only a part`);
      await once(socket, 'connect');
      socket.destroy();
      expect((await post(brightImage, { 'inference-header-content-length': '0' })).status).toBe(200);
      expect([permits.working, logLines.filter((line) => line.includes('request failed'))]).toEqual([0, []]);
    });

    it('takes them compressed: the lengths are of what was compressed', async () => {
      const head = Buffer.from(JSON.stringify({ inputs: [tensor(ones.length)] }));
      const answer = await post(gzipSync(Buffer.concat([head, ones])), {
        'content-encoding': 'gzip',
        'inference-header-content-length': String(head.length),
      });
      expect(answer.status).toBe(200);
    });

    it('never takes more than its limit, compressed or not', async () => {
      const answer = await post(gzipSync(Buffer.alloc(33 * 1024 * 1024)), {
        'content-encoding': 'gzip',
        'inference-header-content-length': '0',
      });
      expect(answer.status).toBe(413);
      expect(await answer.json()).toHaveProperty('error');
    });

    it.each([
      ['bytes too few for its shape', { inputs: [tensor(8)] }, Buffer.alloc(8), {}, 'inputs.0: is 8 bytes'],
      ['a number that is none', { inputs: [tensor(ones.length)] }, Buffer.alloc(ones.length, 255), {}, 'finite'],
      ['another size than follows', { inputs: [tensor(8)] }, Buffer.alloc(9), {}, 'binary_data_size: is 8, but 9'],
      ['no size', { inputs: [bytesInput] }, Buffer.alloc(4), {}, 'binary_data_size: is required'],
      [
        'data twice',
        { inputs: [{ ...tensor(4), data: [1] }] },
        Buffer.alloc(4),
        {},
        'either data or parameters.binary_data_size',
      ],
      [
        'an element longer than what is left',
        { inputs: [{ ...bytesInput, parameters: { binary_data_size: 4 } }] },
        Buffer.from('ffffffff', 'hex'),
        {},
        'element 0 says 4294967295 bytes',
      ],
      [
        'a JSON longer than the body',
        {},
        Buffer.alloc(0),
        { 'inference-header-content-length': '3' },
        'Inference-Header-Content-Length',
      ],
      ['a length that is none', {}, Buffer.alloc(0), { 'inference-header-content-length': '-1' }, '-Content-Length'],
      [
        'a length that cuts the JSON short',
        { inputs: [] },
        Buffer.alloc(0),
        { 'inference-header-content-length': '5' },
        'body: must be JSON',
      ],
    ])('refuses %s, naming the field', async (_name, json, tail, headers, field) => {
      const answer = await inferBinary(json, tail, headers);
      expect(answer.status).toBe(400);
      const problem = (await answer.json()) as { code: string; detail: string };
      expect(problem.code).toBe('HILUM_INFER_REQUEST_INVALID');
      expect(problem.detail).toContain(field);
    });

    it('refuses an image without a word about it, and an empty one, and says what to do', async () => {
      const unannounced = await post(brightImage, { 'content-type': 'application/octet-stream' });
      expect([unannounced.status, await unannounced.json()]).toMatchObject([
        400,
        { detail: expect.stringContaining('Inference-Header-Content-Length') as unknown },
      ]);
      const empty = await post(Buffer.alloc(0), { 'inference-header-content-length': '0' });
      expect([empty.status, await empty.json()]).toMatchObject([
        400,
        { detail: 'body: must be the bytes of one image' },
      ]);
    });
  });
});
