import { describe, expect, it } from 'vitest';
import { sampleExamination } from '../testing/sample-examination.js';
import { webhookFinding, type NotificationCounts } from './webhook-check.js';

const find = (change: Partial<NotificationCounts>, isConfigured: boolean | null) =>
  webhookFinding(
    sampleExamination(),
    'st-agnes',
    { failed: 0, failedSince: null, refused: 0, pending: 1, ...change },
    isConfigured,
  );

describe('the webhook', () => {
  it('is well when it is set and told, and when none is set', () => {
    expect(find({}, true)).toMatchObject({
      state: 'ok',
      detail: 'a webhook is set; 1 urgent finding waits to be told',
    });
    expect(find({}, null)).toMatchObject({ state: 'ok', detail: '1 urgent finding waits to be told' });
    expect(find({}, false).detail).toBe('no webhook is set: staff learn of urgent findings from the list alone');
  });

  it('is a warning when findings were given up, since the first was', () => {
    expect(find({ failed: 2, failedSince: '2026-03-01T10:00:00.000Z' }, true)).toMatchObject({
      state: 'warning',
      detail: 'staff were not told of 2 urgent findings by webhook: it never answered',
      since: '2026-03-01T10:00:00.000Z',
    });
  });

  it('is a warning when the receiver wants no more', () => {
    expect(find({ refused: 3 }, true)).toMatchObject({ state: 'warning' });
  });
});
