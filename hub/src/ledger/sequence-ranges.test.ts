import { describe, expect, it } from 'vitest';
import { multirangeOf } from './sequence-ranges.js';

describe('multirangeOf', () => {
  it('merges neighbours whatever the order and however often they are given', () => {
    expect(multirangeOf([3, 1, 2, 2, 9, 7])).toBe('{[1,4),[7,8),[9,10)}');
  });

  it('is the empty multirange when there is nothing', () => {
    expect(multirangeOf([])).toBe('{}');
  });
});
