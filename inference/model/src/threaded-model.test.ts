import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadModel, type Model } from './model.js';
import { startModel, type ThreadedModelOptions } from './threaded-model.js';

const tinyRelease = path.join(import.meta.dirname, '../fixtures/tiny-release');

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
  return { intraOpThreads: 1, predictions: 2, onLost, ...more };
}

/** Different for each seed. */
function pixels({ release }: Model, seed: number): Float32Array {
  const { channels, width, height } = release.input;
  return Float32Array.from({ length: channels * width * height }, (_, index) => Math.sin(index * (seed + 1)));
}

describe('a model that predicts in threads', () => {
  it('answers as the same model in this thread, each to who asked', async () => {
    model = await startModel(tinyRelease, options());
    const here = await loadModel(tinyRelease, { intraOpThreads: 1 });
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    const threaded = model;
    const answers = await Promise.all(seeds.map((seed) => threaded.predict(pixels(threaded, seed), 1)));
    for (const seed of seeds) expect(answers[seed]).toEqual(await here.predict(pixels(here, seed), 1));
    expect(new Set(answers.map(({ logits }) => logits[0]?.[0])).size).toBe(seeds.length);
    await here.close();
  });

  it('leaves what stands beside the pixels in a larger buffer alone', async () => {
    model = await startModel(tinyRelease, options({ predictions: 1 }));
    const wanted = pixels(model, 3);
    const larger = new Float32Array(wanted.length + 8).fill(7);
    larger.set(wanted, 4);
    const whole = await model.predict(wanted, 1);
    expect(await model.predict(larger.subarray(4, larger.length - 4), 1)).toEqual(whole);
    expect([...larger.subarray(0, 4)]).toEqual([7, 7, 7, 7]);
  });

  it('refuses pixels that do not fit the batch', async () => {
    model = await startModel(tinyRelease, options({ predictions: 1 }));
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

  it('fails what a thread was at that ends, says so once, and gives it no more', async () => {
    const script = `import { parentPort } from 'node:worker_threads';
      parentPort.postMessage({ kind: 'opened' });
      parentPort.on('message', () => process.exit(3));`;
    const lost: Error[] = [];
    const thread = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
    const dying = await startModel(
      tinyRelease,
      options({ predictions: 1, onLost: (error) => lost.push(error) }),
      thread,
    );
    await expect(dying.predict(pixels(dying, 0), 1)).rejects.toThrow('ended with 3');
    await expect(dying.predict(pixels(dying, 0), 1)).rejects.toThrow('ended with 3');
    expect(lost).toHaveLength(1);
    await dying.close();
  });
});
