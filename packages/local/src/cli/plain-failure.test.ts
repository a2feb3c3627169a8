import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../fleet/fleet-config.js';
import { plainFailure } from './plain-failure.js';

describe('plainFailure', () => {
  it('is the message of a mistake in what was asked for', () =>
    expect(plainFailure(new UsageError('no such site'))).toBe('no such site'));

  it('is what the system says about a file that it refuses', () => {
    let refusal: unknown;
    try {
      readFileSync('/proc/self/mem-of-nobody');
    } catch (error) {
      refusal = error;
    }
    expect(plainFailure(refusal)).toBe(
      "the system refuses it: ENOENT: no such file or directory, open '/proc/self/mem-of-nobody'",
    );
  });

  it('is nothing for a mistake of ours', () => {
    expect(plainFailure(new TypeError('x is undefined'))).toBeNull();
    expect(plainFailure('thrown text')).toBeNull();
  });
});
