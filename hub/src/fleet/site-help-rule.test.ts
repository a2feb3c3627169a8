import { describe, expect, it } from 'vitest';
import { sampleHeartbeat } from '../testing/sample-events.js';
import type { SiteRow } from './fleet-store.js';
import { siteHelp } from './site-help-rule.js';

const { backlog, oldestUnscoredAgeSeconds, deadLetters, outboxPending, status, model, appVersion } = sampleHeartbeat(
  'st-agnes',
  0,
);
const LIVE: SiteRow = {
  ...{ name: 'st-agnes', state: 'live', stateSince: '2026-05-04T12:00:00.000Z' },
  ...{ lastHeartbeatAt: '2026-05-04T12:00:00.000Z', backlog, oldestUnscoredAgeSeconds, deadLetters, outboxPending },
  ...{ mirrorLagSeconds: 0, status, missing: 0, model, appVersion, cluster: null },
  counts: { total: 0, byDecision: { normal: 0, review: 0, 'pneumonia-suspected': 0, unreadable: 0 } },
};
const commands = (row: Partial<SiteRow>, more: Partial<Parameters<typeof siteHelp>[0]> = {}): string[] =>
  siteHelp({ row: { ...LIVE, ...row }, missing: [], openAlarms: [], ...more }).map(({ command }) => command);

describe('siteHelp', () => {
  it('has nothing to say of a site that is well', () => {
    expect(commands({})).toEqual([]);
  });

  it.each([
    ['late', ['hilum doctor --site st-agnes', 'hilum logs st-agnes-mirror']],
    ['link-down', ['hilum doctor --site st-agnes', 'hilum logs st-agnes-mirror']],
    ['dead', ['hilum doctor --site st-agnes', 'hilum status', 'hilum logs st-agnes-mirror']],
  ] as const)('begins with the doctor for a site that is %s', (state, expected) => {
    expect(commands({ state })).toEqual(expected);
  });

  it('names the log of each component that is down by its process', () => {
    const parts = { store: 'up', kafka: 'unknown', database: 'down', inference: 'down' } as const;
    expect(commands({ status: parts })).toEqual([
      'hilum doctor --site st-agnes',
      'hilum logs st-agnes-postgres',
      'hilum logs st-agnes-inference',
    ]);
  });

  it('sends again what is missing, from the first gap to the last', () => {
    const missing = [
      { from: 4, to: 4 },
      { from: 9, to: 12 },
    ];
    expect(commands({ missing: 5 }, { missing })).toEqual(['hilum relay replay --site st-agnes --from 4 --to 12']);
  });

  it('looks at dead letters before it sends them again, and at what images wait for', () => {
    expect(commands({ deadLetters: 2 })).toEqual([
      'hilum dlq list --site st-agnes',
      'hilum dlq resend --all --site st-agnes',
    ]);
    expect(commands({ oldestUnscoredAgeSeconds: 121 })).toEqual([
      'hilum doctor --site st-agnes',
      'hilum logs st-agnes-dispatcher',
    ]);
  });
});
