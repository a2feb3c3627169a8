import { describe, expect, it } from 'vitest';
import { ago, NOW, sampleExamination } from '../testing/sample-examination.js';
import { auditFinding, type AuditSigns } from './audit-check.js';

const secondsAgo = (seconds: number): number => ago(seconds).getTime() / 1000;
const find = (change: Partial<AuditSigns>, startedAt: Date | null = ago(86_400)) =>
  auditFinding(
    sampleExamination(),
    { isIntact: true, position: 812, waiting: 2, anchoredAt: secondsAgo(20 * 3600), ...change },
    startedAt,
  );

describe('the audit of the hub', () => {
  it('is well when it is whole and was anchored within the day', () => {
    expect(find({})).toMatchObject({ state: 'ok', detail: '812 entries are chained, and anchored' });
    expect(find({ position: 0, anchoredAt: 0 })).toMatchObject({ state: 'ok' });
  });

  it('has failed when rows are not what they were, and says how to find the first', () => {
    expect(find({ isIntact: false })).toMatchObject({ state: 'failed', fix: 'npx hilum audit verify --data /data' });
  });

  it('is a warning when it was not anchored for long, since then, unless the hub has just been started', () => {
    const anchoredAt = secondsAgo(37 * 3600);
    expect(find({ anchoredAt })).toMatchObject({ state: 'warning', since: ago(37 * 3600).toISOString() });
    expect(find({ anchoredAt: 0 })).toMatchObject({ state: 'warning', since: null });
    expect(find({ anchoredAt }, ago(60)).state).toBe('ok');
    expect(find({ anchoredAt }, new Date(NOW)).state).toBe('ok');
  });

  it('is a warning when entries are not chained', () => {
    expect(find({ waiting: 1_001 })).toMatchObject({
      state: 'warning',
      detail: '1001 entries of the audit wait to be chained',
    });
  });

  it('is not judged when the hub does not say', () => {
    expect(find({ isIntact: null }).state).toBe('skipped');
  });
});
