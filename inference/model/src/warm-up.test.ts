import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_DECODE_LIMITS } from './decode.js';
import { loadModel, type Model } from './model.js';
import { warmUp } from './warm-up.js';

let model: Model;
beforeAll(async () => {
  model = await loadModel(path.join(import.meta.dirname, '../fixtures/tiny-release'), { intraOpThreads: 1 });
});
afterAll(() => model.close());

describe('warming up', () => {
  it('goes all the way to the network', async () => {
    const batches: number[] = [];
    const predict: Model['predict'] = (pixels, batch) => {
      batches.push(batch);
      return model.predict(pixels, batch);
    };
    expect(await warmUp({ ...model, predict }, DEFAULT_DECODE_LIMITS)).toBe(true);
    expect(batches).toEqual([1]);
  });

  it('makes an image large enough for the release', async () => {
    const gate = { ...model.release.gate, minWidth: 700, minHeight: 600 };
    expect(await warmUp({ ...model, release: { ...model.release, gate } }, DEFAULT_DECODE_LIMITS)).toBe(true);
  });

  it('says so when the gate lets no such image through', async () => {
    const gate = { ...model.release.gate, minStd: 0.5 };
    expect(await warmUp({ ...model, release: { ...model.release, gate } }, DEFAULT_DECODE_LIMITS)).toBe(false);
  });
});
