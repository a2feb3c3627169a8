import { describe, expect, it } from 'vitest';
import { LEAST_FREE_BYTES } from './disk-space.js';
import { spaceProblem } from './preflight.js';

describe('spaceProblem', () => {
  it('is nothing from the least on', () => {
    expect(spaceProblem('/data', LEAST_FREE_BYTES, 'another --data', LEAST_FREE_BYTES)).toEqual([]);
  });

  it('says how much there is, how much is needed and what to do', () => {
    expect(spaceProblem('/data', LEAST_FREE_BYTES, 'another --data', 48.9 * 1024 * 1024)).toEqual([
      'only 48 MB free in /data; at least 500 MB are needed: free some, or choose another --data',
    ]);
  });
});
