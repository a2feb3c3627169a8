import { describe, expect, it } from 'vitest';
import { counted, rowsThat } from './counted.js';

describe('how many of something', () => {
  it('is said in the singular of one alone', () => {
    expect([0, 1, 2].map((count) => counted(count, 'row'))).toEqual(['0 rows', '1 row', '2 rows']);
    expect([1, 2].map((count) => counted(count, 'entry', 'entries'))).toEqual(['1 entry', '2 entries']);
  });
});

describe('rows by their numbers', () => {
  it('are one when the first is the last', () => {
    expect(rowsThat('are', 1, 1)).toBe('row 1 is');
    expect(rowsThat('were', 1, 3)).toBe('rows 1 to 3 were');
  });
});
