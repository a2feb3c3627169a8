import { DECISIONS, siteTopics, type Decision } from '@hilum/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleMessage, sampleResult } from '../testing/sample-events.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, latencyBucket } from './latency-buckets.js';
import { SUM_COLUMNS } from './result-sums.js';
import { summarise, summaryPlan, type Stretch } from './summary-store.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SITES = ['riverside', 'st-agnes'];
const START = Date.UTC(2026, 3, 28);
const DAYS = 6;

interface Made {
  site: string;
  at: number;
  latencyMs: number;
  decision: Decision;
}

/** The same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

let hub: TestHub;
const made: Made[] = [];

beforeAll(async () => {
  hub = await startTestHub();
  await hub.retention.round();
  const next = numbers(7);
  for (let sequence = 1; sequence <= 3_000; sequence += 1) {
    // some exactly at the borders of hours and days
    const exact = START + next() * DAYS * DAY_MS;
    const border = sequence % 10 === 0 ? HOUR_MS : sequence % 11 === 0 ? DAY_MS : 1;
    made.push({
      site: SITES[sequence % 2] ?? '',
      at: Math.floor(exact / border) * border,
      latencyMs: Math.floor(20 + 10 ** (1 + next() * 5)),
      decision: DECISIONS[Math.floor(next() * 4)] ?? 'normal',
    });
  }
  await Promise.all(
    SITES.map((site) =>
      hub.ingest.handleBatch(
        made.flatMap((one, index) =>
          one.site !== site
            ? []
            : [
                sampleMessage(
                  siteTopics.results,
                  sampleResult(site, index + 1, {
                    scoredAt: new Date(one.at).toISOString(),
                    uploadedAt: new Date(one.at - one.latencyMs).toISOString(),
                    decision: one.decision,
                  }),
                ),
              ],
        ),
      ),
    ),
  );
});
afterAll(() => hub.stop());

describe('summarise', () => {
  const next = numbers(11);
  const randomTime = (): number => START - DAY_MS + Math.floor(next() * (DAYS + 2) * DAY_MS);
  const windows: [string, number, number][] = [
    ['everything', START - DAY_MS, START + (DAYS + 1) * DAY_MS],
    ['one day', START + DAY_MS, START + 2 * DAY_MS],
    ['one hour', START + 5 * HOUR_MS, START + 6 * HOUR_MS],
    ['the first half of an hour', START, START + HOUR_MS / 2 - 1],
    ['the second half of an hour', START + HOUR_MS / 2 + 1, START + HOUR_MS],
    ['both sides of a full hour', START + 0.7 * HOUR_MS, START + 1.3 * HOUR_MS],
    ['both sides of midnight', START + 0.6 * DAY_MS, START + 1.4 * DAY_MS],
    ['one millisecond of a full hour', START + 10 * HOUR_MS, START + 10 * HOUR_MS + 1],
    ['nothing', START + 10 * HOUR_MS, START + 10 * HOUR_MS],
    ...Array.from({ length: 40 }, (_, index): [string, number, number] => {
      const [from, until] = [randomTime(), randomTime()].sort((a, b) => a - b) as [number, number];
      return [`window ${index}`, from, until];
    }),
  ];

  it.each(windows)('of %s is what the results themselves say', async (_, from, until) => {
    const summary = await summarise(hub.database, new Date(from), new Date(until));
    for (const site of SITES) {
      const inside = made.filter((one) => one.site === site && one.at >= from && one.at < until);
      const found = summary.sites.find((row) => row.site === site);
      expect(found?.total).toBe(inside.length);
      for (const decision of DECISIONS)
        expect(found?.byDecision[decision]).toBe(inside.filter((one) => one.decision === decision).length);
      const sorted = inside.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
      for (const [name, share] of [
        ['p50', 0.5],
        ['p95', 0.95],
      ] as const) {
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
        const told = found?.latencyMs[name] ?? null;
        if (exact === undefined) expect(told).toBeNull();
        else expect(latencyBucket(told ?? Number.NaN)).toBe(latencyBucket(exact));
      }
    }
    expect(summary.total).toBe(made.filter((one) => one.at >= from && one.at < until).length);
  });
});

describe('summaryPlan', () => {
  it('counts at most half an hour of results at each end, and the rest from sums', () => {
    const next = numbers(3);
    for (let round = 0; round < 500; round += 1) {
      const from = Math.floor(next() * 40 * DAY_MS);
      const until = from + Math.floor(next() * 40 * DAY_MS);
      const { days, hours, results } = summaryPlan(from, until);
      const lengthOf = (stretches: Stretch[]): number =>
        stretches.reduce((sum, stretch) => sum + stretch.sign * (stretch.until - stretch.from), 0);
      expect(lengthOf(days) + lengthOf(hours) + lengthOf(results)).toBe(until - from);
      for (const stretch of results) expect(stretch.until - stretch.from).toBeLessThanOrEqual(HOUR_MS);
      if (until - from > HOUR_MS)
        for (const stretch of results) expect(stretch.until - stretch.from).toBeLessThanOrEqual(HOUR_MS / 2);
      for (const stretch of hours) {
        expect(stretch.until - stretch.from).toBeLessThanOrEqual(DAY_MS);
        expect([stretch.from % HOUR_MS, stretch.until % HOUR_MS]).toEqual([0, 0]);
      }
      for (const stretch of days) expect([stretch.from % DAY_MS, stretch.until % DAY_MS]).toEqual([0, 0]);
    }
  });
});

describe('the sums', () => {
  it('have the columns that the buckets and decisions need, and PostgreSQL sorts latencies as we do', async () => {
    for (const table of ['site_hours', 'site_days']) {
      const { rows } = await hub.database.query<{ name: string }>(
        `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 2 order by attnum`,
        [table],
      );
      expect(rows.map(({ name }) => name)).toEqual(SUM_COLUMNS);
    }
    const latencies = [-1, 0, ...LATENCY_BOUNDS_MS.flatMap((bound) => [bound - 0.01, bound, bound + 0.01]), 1e12];
    const { rows } = await hub.database.query<{ bucket: number }>(
      `select width_bucket(latency, $2::float8[]) as bucket
         from unnest($1::float8[]) with ordinality as l (latency, nr) order by nr`,
      [latencies, LATENCY_BOUNDS_MS],
    );
    expect(rows.map(({ bucket }) => bucket)).toEqual(latencies.map(latencyBucket));
    expect(Math.max(...rows.map(({ bucket }) => bucket))).toBe(LATENCY_BUCKETS - 1);
  });
});
