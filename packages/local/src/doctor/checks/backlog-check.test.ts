import { describe, expect, it } from 'vitest';
import { ago, sampleExamination } from '../testing/sample-examination.js';
import { backlogFinding, type Backlog } from './backlog-check.js';

const find = (change: Partial<Backlog>) =>
  backlogFinding(sampleExamination(), 'st-agnes', {
    lag: 3,
    deadLetters: 0,
    oldestUnscoredAgeSeconds: 4,
    ...change,
  });

describe('the backlog', () => {
  it('is well while images are young, whether the edge can be asked or not', () => {
    expect(find({})).toMatchObject({ state: 'ok', detail: '3 notifications wait, no dead letters' });
    expect(find({ oldestUnscoredAgeSeconds: null, deadLetters: null })).toMatchObject({
      state: 'ok',
      detail: '3 notifications wait',
    });
    expect(find({ oldestUnscoredAgeSeconds: 120, lag: 500 }).state).toBe('ok');
  });

  it('is a warning, then failed, when an image waits long, since it came', () => {
    expect(find({ oldestUnscoredAgeSeconds: 121 })).toMatchObject({ state: 'warning', since: ago(121).toISOString() });
    expect(find({ oldestUnscoredAgeSeconds: 901 })).toMatchObject({ state: 'failed', since: ago(901).toISOString() });
  });

  it('is a warning when many wait', () => {
    expect(find({ lag: 501 })).toMatchObject({ state: 'warning', detail: '501 notifications wait for delivery' });
  });

  it('is a warning with dead letters, and how to look at them', () => {
    expect(find({ deadLetters: 2 })).toEqual({
      state: 'warning',
      detail: '2 notifications lie in the dead letters',
      since: null,
      fix: 'npx hilum dlq list --site st-agnes --data /data',
    });
  });
});
