import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import sharp from 'sharp';
import { DEFAULT_DECODE_LIMITS } from './decode-limits.js';
import { loadModel, type Model } from './model.js';
import type { Prediction } from './network.js';
import { startModel, type ThreadedModel, type ThreadedModelOptions } from './threaded-model.js';

const tinyRelease = path.join(import.meta.dirname, '../fixtures/tiny-release');

/** Falls off from left to right, with some noise. */
const picture = Buffer.from(
  Array.from({ length: 400 * 300 }, (_, index) => (index % 400) / 2 + ((index * 48_271) % 41)),
);

/** A grey baseline JPEG. */
function radiograph(): Promise<Buffer> {
  return sharp(picture, { raw: { width: 400, height: 300, channels: 1 } })
    .toColourspace('b-w')
    .jpeg()
    .toBuffer();
}

function withoutTimes(examination: object): object {
  return { ...examination, decodeMs: null, predictMs: null };
}

let model: Model | undefined;
const folders: string[] = [];
afterEach(async () => {
  await model?.close();
  model = undefined;
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

function options(more: Partial<ThreadedModelOptions> = {}): ThreadedModelOptions {
  const onLost = (error: Error): void => {
    throw error;
  };
  return { intraOpThreads: 1, predictions: 2, onLost, mostMsHere: 0, ...more };
}

/** With all its threads. */
async function startAll(...given: Parameters<typeof startModel>): Promise<ThreadedModel> {
  const started = await startModel(...given);
  started.startThreads();
  return started;
}

/** Different for each seed. */
function pixels({ release }: Model, seed: number): Float32Array {
  const { channels, width, height } = release.input;
  return Float32Array.from({ length: channels * width * height }, (_, index) => Math.sin(index * (seed + 1)));
}

function threadOf(script: string): URL {
  return new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'; ${script}`)}`,
  );
}

/** Ends as soon as it is given something. */
const dyingThread = threadOf(
  `parentPort.postMessage({ kind: 'opened' }); parentPort.on('message', () => process.exit(3));`,
);

/** Does nothing that it is given. */
const refusingThread = threadOf(
  `parentPort.postMessage({ kind: 'opened' });
   parentPort.on('message', ({ kind, id }) =>
     kind === 'close' ? parentPort.close() : parentPort.postMessage({ kind: 'failed', id, error: new Error('not here') }));`,
);

describe.each([
  ['in threads of its own', 0],
  ['in this thread as well', Number.POSITIVE_INFINITY],
])('a model that predicts %s', (_where, mostMsHere) => {
  it('answers as the same model in this thread, each to who asked', async () => {
    model = await startAll(tinyRelease, options({ mostMsHere }));
    const here = await loadModel(tinyRelease, { intraOpThreads: 1 });
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    const threaded = model;
    const answers = await Promise.all(seeds.map((seed) => threaded.predict(pixels(threaded, seed), 1)));
    for (const seed of seeds) expect(answers[seed]).toEqual(await here.predict(pixels(here, seed), 1));
    expect(new Set(answers.map(({ logits }) => logits[0]?.[0])).size).toBe(seeds.length);
    const without = await Promise.all(seeds.map((seed) => threaded.predict(pixels(threaded, seed), 1, false)));
    for (const seed of seeds) expect(without[seed]).toEqual({ ...answers[seed], cams: null });
    await here.close();
  });

  it('leaves what stands beside the pixels in a larger buffer alone', async () => {
    model = await startAll(tinyRelease, options({ predictions: 1, mostMsHere }));
    const wanted = pixels(model, 3);
    const larger = new Float32Array(wanted.length + 8).fill(7);
    larger.set(wanted, 4);
    const whole = await model.predict(wanted, 1);
    expect(await model.predict(larger.subarray(4, larger.length - 4), 1)).toEqual(whole);
    expect([...larger.subarray(0, 4)]).toEqual([7, 7, 7, 7]);
  });

  it('examines a radiograph where the network is, as the same model does in this thread', async () => {
    model = await startAll(tinyRelease, options({ predictions: 1, mostMsHere }));
    const here = await loadModel(tinyRelease, { intraOpThreads: 1 });
    const asked = { limits: DEFAULT_DECODE_LIMITS, isPictureWanted: true };
    const file = await radiograph();
    const expected = await here.examineFile([Buffer.from(file)], asked);
    // in parts, as a request brings it, and twice: nothing of one is left for the next
    const parts = (): Uint8Array[] => [file.subarray(0, 1), file.subarray(1, 700), file.subarray(700)];
    for (const part of [parts(), parts(), [Buffer.from(file)]])
      expect(withoutTimes(await model.examineFile(part, asked))).toEqual(withoutTimes(expected));
    expect(expected).toMatchObject({ kind: 'examined', picture: { width: 400, height: 300 }, examined: { maps: {} } });
    const logits = expected.kind === 'examined' ? expected.examined.logits : null;
    expect(await model.examineFile([Buffer.from(file)], { ...asked, isPictureWanted: false })).toMatchObject({
      picture: null,
      examined: { logits, maps: undefined },
    });
    await here.close();
  });

  it.each([
    [
      'another format',
      () =>
        sharp(picture, { raw: { width: 400, height: 300, channels: 1 } })
          .png()
          .toBuffer(),
    ],
    ['a damaged radiograph', async () => (await radiograph()).subarray(0, 2000)],
    ['nothing', () => Promise.resolve(Buffer.alloc(0))],
  ])('gives back what takes libvips: %s', async (_name, bytes) => {
    model = await startAll(tinyRelease, options({ predictions: 1, mostMsHere }));
    const file = await bytes();
    const asked = { limits: DEFAULT_DECODE_LIMITS, isPictureWanted: false };
    const left = await model.examineFile([Buffer.from(file)], asked);
    expect(left.kind).toBe('left');
    expect(left.kind === 'left' ? Buffer.concat(left.file) : null).toEqual(file);
  });

  it('refuses pixels that do not fit the batch', async () => {
    model = await startAll(tinyRelease, options({ predictions: 1, mostMsHere }));
    await expect(model.predict(new Float32Array(3), 1)).rejects.toThrow(RangeError);
  });

  it('tells what is wrong with a release, also where only the network shows it', async () => {
    await expect(startModel('/nowhere', options())).rejects.toMatchObject({ code: 'HILUM_RELEASE_MISSING' });
    const folder = await mkdtemp(path.join(os.tmpdir(), 'hilum-release-'));
    folders.push(folder);
    await cp(tinyRelease, folder, { recursive: true });
    const file = path.join(folder, 'release.json');
    const release = JSON.parse(await readFile(file, 'utf8')) as { outputs: { logits: string } };
    release.outputs.logits = 'scores';
    await writeFile(file, JSON.stringify(release));
    await expect(startModel(folder, options())).rejects.toMatchObject({
      code: 'HILUM_RELEASE_MODEL_UNUSABLE',
      message: expect.stringContaining('"scores"') as string,
    });
  });
});

describe('where images are looked at', () => {
  it('is no other thread when one is enough and the network is quick', async () => {
    const most = { predictions: 1, mostMsHere: Number.POSITIVE_INFINITY };
    model = await startAll(tinyRelease, options(most), dyingThread);
    expect((await model.predict(pixels(model, 0), 1)).logits).toHaveLength(1);
  });

  it('is this thread as long as few are in line, and another when many are', async () => {
    let inLine = Number.POSITIVE_INFINITY;
    model = await startAll(tinyRelease, options({ mostMsHere: 60_000, inLine: () => inLine }), refusingThread);
    const tiny = model;
    const isLookedAtHere = (): Promise<boolean> =>
      tiny.predict(pixels(tiny, 0), 1).then(
        () => true,
        () => false,
      );
    // until the other threads are open this one does all
    await vi.waitUntil(async () => !(await isLookedAtHere()), { timeout: 10_000 });
    for (const [line, isHere] of [
      [1, true],
      [3, true],
      [Number.POSITIVE_INFINITY, false],
      [1, true],
    ] as const) {
      inLine = line;
      expect(await isLookedAtHere()).toBe(isHere);
    }
  });

  it('is another thread for more images at once than this one may be kept for', async () => {
    const here = await loadModel(tinyRelease, { intraOpThreads: 1 });
    const many = pixels(here, 0).length;
    await here.predict(new Float32Array(many), 1);
    const beganAt = performance.now();
    await here.predict(new Float32Array(many), 1);
    const runMs = performance.now() - beganAt;
    await here.close();
    let inLine = Number.POSITIVE_INFINITY;
    const more = { mostMsHere: 20 * runMs, inLine: () => inLine };
    model = await startAll(tinyRelease, options(more), refusingThread);
    const tiny = model;
    const one = (): Promise<Prediction> => tiny.predict(new Float32Array(many), 1);
    // until the other threads are open this one does all
    const isPassedOn = (): Promise<boolean> =>
      one().then(
        () => false,
        () => true,
      );
    await vi.waitUntil(isPassedOn, { timeout: 10_000 });
    inLine = 1;
    const batch = 2000;
    const large = (): Promise<Prediction> => tiny.predict(new Float32Array(batch * many), batch);
    await expect(large()).rejects.toThrow('not here');
    expect((await one()).logits).toHaveLength(1);
  });

  it('is this thread alone until the others are told to begin, and once it is closed none begins', async () => {
    const lost: Error[] = [];
    const more = { mostMsHere: Number.POSITIVE_INFINITY, onLost: (error: Error) => lost.push(error) };
    const inLine = (): number => Number.POSITIVE_INFINITY;
    const held = await startModel(tinyRelease, options({ ...more, inLine }), threadOf('process.exit(4);'));
    expect((await held.predict(pixels(held, 0), 1)).logits).toHaveLength(1);
    await held.close();
    held.startThreads();
    const told = await startModel(tinyRelease, options({ ...more, inLine }), threadOf('process.exit(4);'));
    expect(lost).toEqual([]);
    // twice is once
    told.startThreads();
    told.startThreads();
    await vi.waitUntil(() => lost.length === 2, { timeout: 10_000 });
    await told.close();
    expect(lost).toHaveLength(2);
  });

  it('is this thread alone when the system gives no other, which is told', async () => {
    const lost: Error[] = [];
    const more = { mostMsHere: Number.POSITIVE_INFINITY, onLost: (error: Error) => lost.push(error) };
    // a script that no thread can begin with
    model = await startAll(tinyRelease, options(more), new URL('https://127.0.0.1/thread.js'));
    expect(lost).toHaveLength(1);
    expect((await model.predict(pixels(model, 0), 1)).logits).toHaveLength(1);
  });

  it.each([
    ['ends', 'process.exit(4);', 'ended with 4', 2],
    [
      'cannot open the network',
      `parentPort.postMessage({ kind: 'unusable', code: 'HILUM_RELEASE_MODEL_UNUSABLE', message: 'no room' });`,
      'no room',
      1,
    ],
  ])('is this thread alone when each of two %s at its start, which is told', async (_what, script, message, times) => {
    const lost: Error[] = [];
    const more = { mostMsHere: Number.POSITIVE_INFINITY, onLost: (error: Error) => lost.push(error) };
    model = await startAll(tinyRelease, options(more), threadOf(script));
    await vi.waitUntil(() => lost.length === times, { timeout: 10_000 });
    for (const error of lost) expect(error.message).toContain(message);
    expect((await model.predict(pixels(model, 0), 1)).logits).toHaveLength(1);
    expect(lost).toHaveLength(times);
  });

  it('is never this thread when the network takes too long', async () => {
    const lost: Error[] = [];
    const dying = await startAll(
      tinyRelease,
      options({ predictions: 1, onLost: (error) => lost.push(error) }),
      dyingThread,
    );
    // what a thread was at that ends fails, once it is told, and it is given no more
    await expect(dying.predict(pixels(dying, 0), 1)).rejects.toThrow('ended with 3');
    await expect(dying.predict(pixels(dying, 0), 1)).rejects.toThrow('ended with 3');
    expect(lost).toHaveLength(1);
    await dying.close();
  });
});
