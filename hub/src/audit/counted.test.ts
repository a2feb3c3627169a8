import { describe, expect, it } from 'vitest';
import { counted } from './counted.js';

describe('how many of something', () => {
  it('is said in the singular of one alone', () => {
    expect([0, 1, 2].map((count) => counted(count, 'row'))).toEqual(['0 rows', '1 row', '2 rows']);
    expect([1, 2].map((count) => counted(count, 'entry', 'entries'))).toEqual(['1 entry', '2 entries']);
  });
});
