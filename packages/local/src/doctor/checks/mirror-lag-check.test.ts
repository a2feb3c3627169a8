import { describe, expect, it } from 'vitest';
import { ago, sampleExamination } from '../testing/sample-examination.js';
import { mirrorLagFinding, type SiteAtHub } from './mirror-lag-check.js';

const atHub = (change: Partial<SiteAtHub> = {}): SiteAtHub => ({
  highest: 20,
  missing: 0,
  firstMissing: null,
  missingSince: null,
  heartbeatReceivedAt: ago(5),
  lastReceivedAt: ago(5),
  ...change,
});
const find = (hub: SiteAtHub | null, published: number | null = 20, startedAt = ago(3_600)) =>
  mirrorLagFinding(sampleExamination(), 'st-agnes', { published, atHub: hub, startedAt });

describe('what a site published', () => {
  it('is well when the hub has it all and hears of the site', () => {
    expect(find(atHub())).toMatchObject({
      state: 'ok',
      detail: 'the hub has all 20 events that were published; the last heartbeat arrived 5 s ago',
    });
    expect(find(atHub(), 18).state).toBe('ok');
    expect(find(atHub(), null)).toMatchObject({ state: 'ok' });
  });

  it('and did not reach the hub is failed, with the command that sends it again from the first of it', () => {
    const since = ago(90).toISOString();
    expect(find(atHub({ missing: 3, firstMissing: 7, missingSince: since }))).toEqual({
      state: 'failed',
      detail: '3 events of st-agnes did not reach the hub, the first is number 7',
      since,
      fix: 'npx hilum relay replay --site st-agnes --from 7 --data /data',
    });
  });

  it('and is still under way after its time is failed, since the last arrival', () => {
    expect(find(atHub({ highest: 19, lastReceivedAt: ago(120) }))).toMatchObject({
      state: 'failed',
      detail: 'the hub is 1 event behind st-agnes',
      since: ago(120).toISOString(),
    });
  });
});

describe('the heartbeat of a site', () => {
  it.each([
    [45, 'ok'],
    [46, 'warning'],
    [300, 'warning'],
    [301, 'failed'],
  ])('that is %d s old is %s', (seconds, state) => {
    expect(find(atHub({ heartbeatReceivedAt: ago(seconds) }))).toMatchObject({
      state,
      since: state === 'ok' ? null : ago(seconds).toISOString(),
    });
  });

  it('that never came is failed, and a warning within the first minute', () => {
    expect(find(atHub({ heartbeatReceivedAt: null })).state).toBe('failed');
    expect(find(atHub({ heartbeatReceivedAt: null }), 20, ago(59)).state).toBe('warning');
    expect(find(null).state).toBe('failed');
    expect(find(null, 20, ago(59))).toMatchObject({ state: 'warning', detail: 'the hub has never heard of st-agnes' });
  });
});
