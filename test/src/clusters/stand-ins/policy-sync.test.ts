import { describe, expect, it } from 'vitest';
import { overallCompliance } from './policy-sync.js';

describe('overallCompliance', () => {
  it('is broken as soon as one template is, whatever the others are', () => {
    expect(overallCompliance(['Compliant', 'NonCompliant', 'Pending'])).toBe('NonCompliant');
    expect(overallCompliance([undefined, 'NonCompliant'])).toBe('NonCompliant');
  });

  it('is not known before every template was judged', () => {
    expect(overallCompliance(['Compliant', undefined])).toBeUndefined();
    expect(overallCompliance([])).toBeUndefined();
  });

  it('is kept only when every template is', () => {
    expect(overallCompliance(['Compliant', 'Compliant'])).toBe('Compliant');
    expect(overallCompliance(['Compliant', 'Pending'])).toBe('Pending');
  });
});
