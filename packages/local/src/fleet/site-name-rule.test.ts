import { describe, expect, it } from 'vitest';
import { defaultSiteName, siteNameProblem } from './site-name-rule.js';

describe('siteNameProblem', () => {
  it.each(['st-agnes', 'a', 'site-3', '9', 'a'.repeat(40), 'hubert'])('finds none with %s', (name) => {
    expect(siteNameProblem(name)).toBeNull();
  });

  it.each(['', '-a', 'a-', 'St-Agnes', 'a.b', 'a_b', 'a b', '../a', 'a'.repeat(41), 'ä'])('refuses "%s"', (name) => {
    expect(siteNameProblem(name)).toContain('is not a site name');
  });

  it.each(['hub', 'hub-kafka', 'hub-2'])('refuses %s, for the hub has processes of such names', (name) => {
    expect(siteNameProblem(name)).toContain("taken by the hub's own processes");
  });
});

describe('defaultSiteName', () => {
  it('gives two hospitals their names and numbers the rest', () => {
    expect([0, 1, 2, 3].map(defaultSiteName)).toEqual(['st-agnes', 'riverside', 'site-3', 'site-4']);
  });
});
