import { describe, expect, it } from 'vitest';
import { isSiteName, siteName } from './site-name.js';

describe('a site name', () => {
  it.each(['a', '7', 'st-agnes', 'site-3', 'a--b', 'x'.repeat(40)])('may be %j', (name) => {
    expect(isSiteName(name)).toBe(true);
    expect(siteName.safeParse(name).success).toBe(true);
  });

  it.each(['', '-', 'a-', '-a', 'A', 'a.b', 'a_b', 'a b', 'ä', 'a\n', 'x'.repeat(41)])('may not be %j', (name) => {
    expect(isSiteName(name)).toBe(false);
    expect(siteName.safeParse(name).success).toBe(false);
  });
});
