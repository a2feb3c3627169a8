import { describe, expect, it } from 'vitest';
import { OWN_KEY_PATTERN, ownKey } from './ids.js';
import { PROBE_KEY_PREFIX, isProbeKey, probeKey } from './probe-object.js';

describe('a probe key', () => {
  it('is known again, and never the same twice', () => {
    const keys = Array.from({ length: 100 }, () => probeKey());
    expect(keys.every(isProbeKey)).toBe(true);
    expect(keys.every((key) => key.startsWith(PROBE_KEY_PREFIX))).toBe(true);
    expect(new Set(keys).size).toBe(100);
  });

  it.each([
    'chest.jpeg',
    'hilum-probe/0123456789abcdef0123456789abcdef',
    'ward/.hilum-probe/0123456789abcdef0123456789abcdef',
    '.hilum-probe/chest.jpeg',
    '.hilum-probe/0123456789abcdef0123456789abcdef.jpeg',
    '.hilum-probe/0123456789abcdef0123456789abcdef/1',
    '.hilum-probe/0123456789ABCDEF0123456789ABCDEF',
    '.hilum-probe/0123456789abcdef0123456789abcde',
    '.hilum-probe/0123456789abcdef0123456789abcdef\n',
    '.hilum-probe/',
    '.hilum-probe',
    '',
  ])('is not %j, which is an image like any other', (key) => {
    expect(isProbeKey(key)).toBe(false);
  });

  it('cannot be a key of an image that came over HTTP', () => {
    expect(isProbeKey(ownKey('0123456789abcdef0123456789abcdef', 1))).toBe(false);
    expect(OWN_KEY_PATTERN.test(probeKey())).toBe(false);
  });
});
