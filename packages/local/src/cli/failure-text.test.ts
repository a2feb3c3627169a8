import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../fleet/fleet-config.js';
import { failureText } from './failure-text.js';

describe('failureText', () => {
  it('is the message of a mistake in what was asked for', () =>
    expect(failureText(new UsageError('no such site'))).toBe('no such site'));

  it('is what the system says about a file that it refuses', () => {
    let refusal: unknown;
    try {
      readFileSync('/proc/self/mem-of-nobody');
    } catch (error) {
      refusal = error;
    }
    expect(failureText(refusal)).toBe(
      "the system refuses it: ENOENT: no such file or directory, open '/proc/self/mem-of-nobody'",
    );
  });

  it('is nothing for a mistake of ours', () => {
    expect(failureText(new TypeError('x is undefined'))).toBeNull();
    expect(failureText('thrown text')).toBeNull();
  });
});
