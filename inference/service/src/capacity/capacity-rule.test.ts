import { describe, expect, it } from 'vitest';
import { defaultCapacity } from './capacity-rule.js';

describe('what is done at once by default', () => {
  it.each([
    ['a laptop of two', 2, null, { concurrency: 2, predictions: 2, threads: 1 }],
    ['one processor: another image is fetched meanwhile', 1, null, { concurrency: 2, predictions: 1, threads: 1 }],
    ['a large machine that others use as well', 64, null, { concurrency: 4, predictions: 4, threads: 1 }],
    ['a container with half a processor of a large machine', 64, 0.5, { concurrency: 2, predictions: 1, threads: 1 }],
    ['a container with a little more than two', 64, 2.5, { concurrency: 3, predictions: 3, threads: 1 }],
    ['a container with four', 64, 4, { concurrency: 4, predictions: 4, threads: 1 }],
    ['a container with more than images side by side can use', 64, 12, { concurrency: 4, predictions: 4, threads: 3 }],
    ['a limit above what the machine has', 4, 16, { concurrency: 4, predictions: 4, threads: 1 }],
  ])('fits %s', (_name, machine, limit, capacity) => {
    expect(defaultCapacity(machine, limit)).toEqual(capacity);
  });
});
