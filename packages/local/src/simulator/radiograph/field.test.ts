import { describe, expect, it } from 'vitest';
import { blur, cloudNoise, Field, resized, shrunk, smoothStep } from './field.js';
import { seededRandom, shuffled } from './random.js';

function filled(width: number, height: number, value: (x: number, y: number) => number): Field {
  const field = new Field(width, height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) field.data[y * width + x] = value(x, y);
  return field;
}

describe('blur', () => {
  it('leaves an even field as it is, up to the borders', () => {
    const field = filled(20, 12, () => 3);
    blur(field, 4);

    for (const value of field.data) expect(value).toBeCloseTo(3, 4);
  });

  it('spreads a dot evenly to all sides and keeps its sum', () => {
    const field = filled(41, 41, (x, y) => (x === 20 && y === 20 ? 1 : 0));
    blur(field, 3);

    expect(field.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
    expect(field.at(17, 20)).toBeCloseTo(field.at(23, 20), 6);
    expect(field.at(20, 17)).toBeCloseTo(field.at(20, 23), 6);
    expect(field.at(20, 20)).toBeGreaterThan(field.at(24, 20));
  });
});

describe('resized and shrunk', () => {
  it('keep a slope a slope', () => {
    const slope = filled(10, 10, (x, y) => x + 2 * y);
    const larger = resized(slope, 19, 19);

    expect(larger.at(9, 0)).toBeCloseTo(4.5, 5);
    expect(larger.at(18, 18)).toBeCloseTo(27, 5);
    expect(shrunk(slope, 5).at(0, 0)).toBeCloseTo(6, 5);
  });
});

describe('cloud noise', () => {
  it('is about zero on average and stays near -1 to 1', () => {
    const { data } = cloudNoise(200, 150, 40, 5, seededRandom(4));

    expect(Math.abs(data.reduce((sum, value) => sum + value, 0) / data.length)).toBeLessThan(0.15);
    expect(Math.max(...data)).toBeLessThan(1.4);
  });
});

describe('smoothStep', () => {
  it('goes from 0 to 1, also when high is below low', () => {
    expect([smoothStep(1, 2, 0), smoothStep(1, 2, 1.5), smoothStep(1, 2, 3)]).toEqual([0, 0.5, 1]);
    expect([smoothStep(2, 1, 0), smoothStep(2, 1, 3)]).toEqual([1, 0]);
  });
});

describe('seededRandom', () => {
  it('repeats itself for the same seed and not for a neighbouring one', () => {
    const draw = (seed: number): number[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 5 }, () => random.unit());
    };

    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('keeps within bounds and reaches both ends of a whole range', () => {
    const random = seededRandom(1);
    const drawn = Array.from({ length: 300 }, () => random.whole(2, 4));

    expect([...new Set(drawn)].sort()).toEqual([2, 3, 4]);
    expect(() => random.pick([])).toThrow(RangeError);
  });

  it('shuffles all items, the same way for the same seed', () => {
    const items = [1, 2, 3, 4, 5, 6, 7];

    expect(shuffled(items, seededRandom(3))).toEqual(shuffled(items, seededRandom(3)));
    expect([...shuffled(items, seededRandom(3))].sort()).toEqual(items);
  });
});
