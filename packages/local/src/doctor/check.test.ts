import { describe, expect, it } from 'vitest';
import { byGravity, combine, failed, ok, skipped, warning } from './check.js';

describe('several findings as one', () => {
  it('are well when each is well or was skipped', () => {
    expect(combine([ok('a'), skipped('b')], 'all well')).toEqual(ok('all well'));
    expect(combine([], 'all well')).toEqual(ok('all well'));
  });

  it('have the gravest state, every detail with the gravest first, the earliest time and each fix once', () => {
    const findings = [
      warning('slow', { since: '2026-03-01T08:00:00.000Z', fix: 'wait' }),
      ok('fine'),
      failed('down', { since: '2026-03-01T09:00:00.000Z', fix: 'hilum up' }),
      failed('gone', { fix: 'hilum up' }),
    ];
    expect(combine(findings, 'all well')).toEqual({
      state: 'failed',
      detail: 'down; gone; slow',
      since: '2026-03-01T08:00:00.000Z',
      fix: 'hilum up\nwait',
    });
  });

  it('order failed before warning before skipped before ok', () => {
    expect((['ok', 'skipped', 'failed', 'warning'] as const).toSorted(byGravity)).toEqual([
      'failed',
      'warning',
      'skipped',
      'ok',
    ]);
  });
});
