import { describe, expect, it } from 'vitest';
import { endsOf, pixelSumsOf, scalePixels } from './grey-kernel.js';

/** None divisible by sixteen but one, and one longer than what is summed up at a stretch. */
const LENGTHS = [0, 1, 15, 16, 17, 160 * 160 + 3, 65_536 + 16 + 5];

const pixels = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 48_271) % 253);

describe('the sums of pixels', () => {
  it.each(LENGTHS)('are those of each pixel: %i', (length) => {
    const data = pixels(length);
    const expected = { sum: 0, sumOfSquares: 0, min: 255, max: 0 };
    for (const value of data) {
      expected.sum += value;
      expected.sumOfSquares += value * value;
      expected.min = Math.min(expected.min, value);
      expected.max = Math.max(expected.max, value);
    }
    expect(pixelSumsOf(data)).toEqual(expected);
  });

  it('do not run over where all are white', () => {
    const count = 1_000_000;
    expect(pixelSumsOf(new Uint8Array(count).fill(255))).toEqual({
      sum: 255 * count,
      sumOfSquares: 255 * 255 * count,
      min: 255,
      max: 255,
    });
  });

  it('have nothing of an image before', () => {
    pixelSumsOf(new Uint8Array(100).fill(255));
    expect(pixelSumsOf(Uint8Array.of(7, 3))).toEqual({ sum: 10, sumOfSquares: 58, min: 3, max: 7 });
  });
});

describe('pixels at the ends of the scale', () => {
  it.each([0, 1, 15, 16, 17, 40])('are counted within the rectangle alone: %i wide', (width) => {
    const [stride, rows] = [50, 9];
    const data = pixels(stride * rows);
    const inside = { left: 3, top: 2, width, height: 5 };
    const expected = { black: 0, white: 0 };
    for (let y = 2; y < 7; y += 1)
      for (const value of data.subarray(y * stride + 3, y * stride + 3 + width)) {
        if (value <= 100) expected.black += 1;
        if (value >= 200) expected.white += 1;
      }
    expect(endsOf(data, stride, inside, { black: 100, white: 200 })).toEqual(expected);
  });
});

describe('scaled pixels', () => {
  it.each(LENGTHS)('are pixel · factor − offset: %i', (length) => {
    const data = pixels(length);
    const scaled = new Float32Array(length).fill(7);
    scalePixels(data, 0.5, 3, scaled);
    expect(scaled).toEqual(Float32Array.from(data, (value) => value * 0.5 - 3));
  });

  it('stay what they are when others are scaled', () => {
    const first = new Float32Array(100);
    scalePixels(pixels(100), 2, 0, first);
    const kept = first.slice();
    scalePixels(new Uint8Array(100).fill(9), 1, 0, new Float32Array(100));
    expect(first).toEqual(kept);
  });
});
