import { derivedTraceId, imageIdOf, kafkaHeader, normaliseNotification, probeKey } from '@hilum/contracts';
import { FakeObjectStore, FakePublisher } from '@hilum/runtime/testing';
import { describe, expect, it } from 'vitest';
import { SITE_KEY } from '../testing/sample-result.js';
import { Reconciler } from './reconciler.js';

const BUCKET = 'xray-intake';
const never = new AbortController().signal;
const START = Date.UTC(2026, 2, 1);

function setUp() {
  const clock = { nowMs: START, monotonicMs: 0 };
  const objects = new FakeObjectStore(() => clock.nowMs);
  const publisher = new FakePublisher();
  const done = new Set<string>();
  const reconciler = new Reconciler({
    objects,
    outcomes: { withOutcome: (ids) => Promise.resolve(new Set(ids.filter((id) => done.has(id)))) },
    publisher,
    bucket: BUCKET,
    siteKey: SITE_KEY,
    keyEncoding: 'url',
    now: () => clock.nowMs,
    monotonicMs: () => clock.monotonicMs,
  });
  const upload = async (key: string): Promise<{ imageId: string; traceId: string }> => {
    const { eTag } = await objects.put(BUCKET, key, Buffer.from(key), { contentType: 'image/jpeg' });
    const identity = { bucket: BUCKET, key, versionId: null, eTag };
    return { imageId: imageIdOf(SITE_KEY, identity), traceId: derivedTraceId(SITE_KEY, identity) };
  };
  const after = async (seconds: number): Promise<number> => {
    clock.nowMs += seconds * 1000;
    clock.monotonicMs += seconds * 1000;
    return reconciler.round(never);
  };
  return { clock, reconciler, objects, publisher, done, upload, after };
}

describe('the reconciler', () => {
  it("queues an image without outcome again as a notification in the site's dialect, in the derived trace", async () => {
    const { upload, after, publisher } = setUp();
    const key = 'demo_Jane Doe+1.jpeg';
    const { traceId } = await upload(key);
    expect(await after(10)).toBe(1);
    const [sent] = publisher.published;
    expect(sent?.topic).toBe('xray.uploads.v1');
    const notification = normaliseNotification(sent?.message.value ?? null, {
      intakeBucket: BUCKET,
      keyEncoding: 'url',
    });
    expect(notification).toMatchObject({
      kind: 'objects',
      objects: [{ bucket: BUCKET, key, eventTime: '2026-03-01T00:00:00.000Z', listedBytes: key.length }],
    });
    expect(kafkaHeader(sent?.message.headers, 'traceparent')).toContain(traceId);
  });

  it('leaves alone what has an outcome', async () => {
    const { upload, after, done, publisher, reconciler } = setUp();
    done.add((await upload('a')).imageId);
    await after(1_000);
    expect(publisher.published).toEqual([]);
    expect(reconciler.backlog).toEqual({ images: 0, oldestAgeSeconds: 0 });
  });

  it('passes over a probe, which is no image and no backlog, but no file that lies beside one', async () => {
    const { upload, after, publisher, reconciler } = setUp();
    await upload(probeKey());
    expect(await after(1_000)).toBe(0);
    expect(publisher.published).toEqual([]);
    expect(reconciler.backlog).toEqual({ images: 0, oldestAgeSeconds: 0 });
    await upload(`${probeKey()}.jpeg`);
    expect(await after(1_000)).toBe(1);
  });

  it('gives a young image time: 5 seconds at the start, 30 later', async () => {
    const { upload, after } = setUp();
    await upload('a');
    expect(await after(5)).toBe(1);
    await upload('b');
    expect(await after(29)).toBe(0);
    expect(await after(1)).toBe(1);
  });

  it('finds an image from the future, and keeps its own intervals, when a clock was set back', async () => {
    const { clock, upload, after } = setUp();
    await upload('a');
    expect(await after(10)).toBe(1);
    clock.nowMs -= 86_400_000;
    expect(await after(59)).toBe(0);
    expect(await after(1)).toBe(1);
    clock.nowMs += 86_400_000;
    await upload('b');
    clock.nowMs -= 86_400_000;
    expect(await after(1)).toBe(1);
  });

  it('waits longer each time before it queues the same image again', async () => {
    const { upload, after } = setUp();
    await upload('a');
    const queuedAt: number[] = [];
    for (let minute = 1; minute <= 240; minute += 1) if ((await after(60)) > 0) queuedAt.push(minute);
    expect(queuedAt).toEqual([1, 2, 4, 8, 16, 32, 62, 92, 122, 152, 182, 212]);
  });

  it('counts what waits, over all pages of the listing', async () => {
    const { upload, after, objects, reconciler, done } = setUp();
    objects.pageSize = 3;
    const images = [];
    for (let index = 0; index < 10; index += 1) images.push(await upload(`image-${index}`));
    await after(20);
    expect(reconciler.backlog).toEqual({ images: 10, oldestAgeSeconds: 20 });
    for (const { imageId } of images.slice(0, 4)) done.add(imageId);
    await after(10);
    expect(reconciler.backlog).toEqual({ images: 6, oldestAgeSeconds: 30 });
  });

  it('loses nothing when the broker or the store is away: the next round does it', async () => {
    const { upload, after, objects, publisher } = setUp();
    await upload('a');
    publisher.isAway = true;
    await expect(after(60)).rejects.toThrow();
    objects.isAway = true;
    await expect(after(60)).rejects.toThrow();
    publisher.isAway = false;
    objects.isAway = false;
    expect(await after(1)).toBe(1);
  });
});
