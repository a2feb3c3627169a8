import { siteTopics } from '@hilum/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sampleHeartbeat, sampleMessage, sampleResult } from '../testing/sample-events.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';
import { historySteps, readHistory } from './site-history-store.js';

const HOUR_MS = 3_600_000;
const SITE = 'st-agnes';
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
});
beforeEach(() => hub.reset());
afterAll(() => hub.stop());

describe('historySteps', () => {
  it.each([
    [1, 1],
    [24, 1],
    [7 * 24, 3],
    [31 * 24, 24],
  ])('cuts %d hours into steps of %d, at most 60 of them, that cover the whole of it', (hours, stepHours) => {
    const until = Date.UTC(2026, 4, 4, 12, 20);
    const { stepMs, starts } = historySteps(until - hours * HOUR_MS, until);
    expect(stepMs).toBe(stepHours * HOUR_MS);
    expect(starts.length).toBeLessThanOrEqual(60);
    expect(starts[0]).toBeLessThanOrEqual(until - hours * HOUR_MS);
    expect((starts.at(-1) ?? 0) + stepMs).toBeGreaterThanOrEqual(until);
  });
});

describe('readHistory', () => {
  it('gives the worst that heartbeats told and the sums of results, and nothing where there was nothing', async () => {
    const at = (minutes: number): string => new Date(Date.UTC(2026, 4, 4, 10, minutes)).toISOString();
    const beats = [
      sampleHeartbeat(SITE, 0, { at: at(1), backlog: 3, oldestUnscoredAgeSeconds: 9 }),
      sampleHeartbeat(SITE, 0, { at: at(2), backlog: 8, oldestUnscoredAgeSeconds: 4 }),
    ];
    hub.clock.now = Date.UTC(2026, 4, 4, 10, 2, 1);
    await hub.ingest.handleBatch(beats.map((data) => sampleMessage(siteTopics.heartbeat, data)));
    const results = [
      sampleResult(SITE, 1, { uploadedAt: at(5), scoredAt: at(6) }),
      sampleResult(SITE, 2, {
        uploadedAt: at(5),
        scoredAt: at(6),
        decision: 'unreadable',
        probability: null,
        reason: 'corrupt',
      }),
      sampleResult('riverside', 1, { uploadedAt: at(5), scoredAt: at(6) }),
    ];
    for (const result of results) await hub.ingest.handleBatch([sampleMessage(siteTopics.results, result)]);
    const history = await readHistory(hub.database, SITE, new Date(at(0)), new Date(at(70)));
    expect(history).toMatchObject({ site: SITE, from: at(0), to: at(70), stepSeconds: 3600 });
    expect(history.points).toEqual([
      {
        at: at(0),
        backlog: 8,
        oldestUnscoredAgeSeconds: 9,
        mirrorLagSeconds: 61,
        total: 2,
        unreadable: 1,
        // a minute, as well as its bucket from 40 to 63 seconds tells
        latencyMs: { p50: 45_750, p95: 57_250 },
      },
      {
        at: at(60),
        backlog: null,
        oldestUnscoredAgeSeconds: null,
        mirrorLagSeconds: null,
        total: 0,
        unreadable: 0,
        latencyMs: { p50: null, p95: null },
      },
    ]);
  });
});
