import { describe, expect, it } from 'vitest';
import { smoothStep } from './field.js';
import { seededRandom, shuffled } from './random.js';

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
