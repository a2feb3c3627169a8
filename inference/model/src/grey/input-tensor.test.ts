import { describe, expect, it } from 'vitest';
import { withInputTensor } from './input-tensor.js';

const releaseOf = (side: number, channels = 1) => ({
  input: { name: 'image', width: side, height: side, channels, layout: 'NCHW' as const },
  preprocessing: {
    colour: 'grey' as const,
    crop: 'none' as const,
    fit: 'fill' as const,
    kernel: 'lanczos3' as const,
    scale: 1,
    mean: [1, 1, 3].slice(0, channels),
    std: [2, 2, 2].slice(0, channels),
  },
});
const imageOf = (side: number, value: number) => ({
  data: new Uint8Array(side * side).fill(value),
  width: side,
  height: side,
});

describe('the input tensor', () => {
  it('has every channel by its own mean and deviation', async () => {
    const tensor = await withInputTensor(imageOf(2, 5), releaseOf(2, 3), (each) => Promise.resolve(each.slice()));
    expect([...tensor]).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1]);
  });

  it('is never shared by images that are looked at at once', async () => {
    const seen = await Promise.all(
      [11, 21, 31].map((value) =>
        withInputTensor(imageOf(4, value), releaseOf(4), async (tensor) => {
          await new Promise(setImmediate);
          return [...new Set(tensor)];
        }),
      ),
    );
    expect(seen).toEqual([[5], [10], [15]]);
  });

  it('has nothing of the image before when its memory is used again', async () => {
    const memory = new Set<ArrayBufferLike>();
    for (const value of [41, 51, 61]) {
      const numbers = await withInputTensor(imageOf(8, value), releaseOf(8), (tensor) => {
        memory.add(tensor.buffer);
        return Promise.resolve([...new Set(tensor)]);
      });
      expect(numbers).toEqual([(value - 1) / 2]);
    }
    expect(memory.size).toBe(1);
  });

  it('is another one for a network of another size', async () => {
    for (const side of [8, 16, 8]) {
      const length = await withInputTensor(imageOf(side, 1), releaseOf(side), ({ length }) => Promise.resolve(length));
      expect(length).toBe(side * side);
    }
  });

  it('is whole again after its memory went to another thread', async () => {
    const lengths: number[] = [];
    for (let index = 0; index < 2; index += 1)
      await withInputTensor(imageOf(8, 1), releaseOf(8), (tensor) => {
        lengths.push(tensor.length);
        structuredClone(tensor, { transfer: [tensor.buffer as ArrayBuffer] });
        return Promise.resolve();
      });
    expect(lengths).toEqual([64, 64]);
  });

  it('is not used again when what was done with it has failed', async () => {
    const failed: Float32Array[] = [];
    const attempt = withInputTensor(imageOf(8, 9), releaseOf(8), (tensor) => {
      failed.push(tensor);
      return Promise.reject(new Error('no'));
    });
    await expect(attempt).rejects.toThrow('no');
    await withInputTensor(imageOf(8, 77), releaseOf(8), () => Promise.resolve());
    expect([...new Set(failed[0])]).toEqual([4]);
  });
});
