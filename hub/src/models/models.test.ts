import { readFile } from 'node:fs/promises';
import { DECISIONS, decide, siteTopics, type ResultRecorded } from '@hilum/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReleaseCatalogue } from '../releases/release-catalogue.js';
import { hex64, sampleFeedback, sampleMessage, sampleModel, sampleResult } from '../testing/sample-events.js';
import { sampleRelease, sampleReleaseFile } from '../testing/sample-release.js';
import { serveTestHub, TEST_TOKENS } from '../testing/serve-test-hub.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';
import type { ModelReport, SiteJudgement } from './model-report.js';
import { SAMPLE_OF_ALL, SAMPLE_PER_SITE, type ModelVolume } from './model-store.js';
import { populationStabilityIndex } from './statistics/psi.js';

// From events to the API's answer, on a real database.

const tokens = TEST_TOKENS;
const known = sampleRelease();
const withHistogramOnly = sampleRelease({
  version: '0.9.0',
  model: { sha256: hex64('old weights') },
  reference: { ...sampleReleaseFile().reference, quantiles: undefined, images: undefined },
});
let hub: TestHub;
let server: { close: () => Promise<void>; port: number };

beforeAll(async () => {
  hub = await startTestHub();
  server = await serveTestHub(hub, { catalogue: new ReleaseCatalogue([known, withHistogramOnly]) });
});
beforeEach(async () => {
  await hub.reset();
  hub.clock.now = Date.UTC(2026, 4, 5, 12);
});
afterAll(async () => {
  await server.close();
  await hub.stop();
});

async function ask<Answer>(path: string): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    headers: { authorization: `Bearer ${tokens['data-science']}` },
  });
  expect(response.status, path).toBe(200);
  return (await response.json()) as Answer;
}

async function refusal(path: string): Promise<{ status: number; code: string; detail: string }> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    headers: { authorization: `Bearer ${tokens['data-science']}` },
  });
  return (await response.json()) as { status: number; code: string; detail: string };
}

const reportOf = (query = '', digest = sampleModel.digest): Promise<ModelReport> =>
  ask<ModelReport>(`/api/v1/models/${digest}${query}`);

async function record(site: string, changes: Partial<ResultRecorded>[], first = 1): Promise<void> {
  await hub.ingest.handleBatch(
    changes.map((change, index) =>
      sampleMessage(siteTopics.results, sampleResult(site, first + index, change), {
        id: hex64(`result ${site} ${change.model?.digest ?? ''} ${first + index}`),
      }),
    ),
  );
}

/** A result of a probability with the decision that the sample release makes of it. */
function scored(probability: number, change: Partial<ResultRecorded> = {}): Partial<ResultRecorded> {
  return { ...decide({ kind: 'scored', probability }, known.thresholds), ...change };
}

/** Feedback about the studies of the first results of a site, by their sequence. */
async function giveFeedback(
  site: string,
  words: ({ about: number } & Parameters<typeof sampleFeedback>[2])[],
  first = 10_001,
): Promise<void> {
  await hub.ingest.handleBatch(
    words.map(({ about, ...change }, index) =>
      sampleMessage(
        siteTopics.feedback,
        sampleFeedback(site, first + index, {
          studyPseudonym: hex64(`study ${site} ${about}`),
          label: null,
          reasonCode: null,
          verdict: 'agree',
          ...change,
        }),
      ),
    ),
  );
}

/** As the reference has it: half of the probabilities below 0.1, half above 0.9, image statistics spread evenly. */
function asReference(count: number): Partial<ResultRecorded>[] {
  return Array.from({ length: count }, (_, index) => {
    const place = (index + 0.5) / count;
    const stats = { mean: 0.4 + 0.2 * place, std: 0.15 + 0.1 * place, min: 0, max: 1 };
    const probability = index % 2 === 0 ? 0.1 * place : 0.9 + 0.1 * place;
    return scored(probability, { input: { kind: 'jpeg', width: 1800, height: 1400, bits: 8, stats } });
  });
}

function judgementOf(report: ModelReport, site: string): SiteJudgement {
  const found = report.sites.find((judgement) => judgement.site === site);
  if (found === undefined) throw new Error(`the report has no ${site}`);
  return found;
}

describe('the list of models', () => {
  it('counts each model by site and decision, once however often an event comes', async () => {
    const newer = { name: 'cxr-triage', version: '1.1.0', digest: `sha256:${hex64('newer weights')}` };
    await record('st-agnes', [scored(0.1), scored(0.5), scored(0.9)]);
    await record('st-agnes', [scored(0.1), scored(0.5)]);
    hub.clock.now += 1_000;
    await record('riverside', [scored(0.1), scored(0.2, { model: newer })]);
    const { items } = await ask<{ items: (ModelVolume & { reference: string })[] }>('/api/v1/models');
    expect(items).toEqual([
      {
        model: newer,
        total: 1,
        byDecision: { normal: 1, review: 0, 'pneumonia-suspected': 0, unreadable: 0 },
        sites: [{ site: 'riverside', total: 1 }],
        firstSeenAt: '2026-05-05T12:00:01.000Z',
        lastSeenAt: '2026-05-05T12:00:01.000Z',
        reference: 'none',
      },
      {
        model: sampleModel,
        total: 4,
        byDecision: { normal: 2, review: 1, 'pneumonia-suspected': 1, unreadable: 0 },
        sites: [
          { site: 'riverside', total: 1 },
          { site: 'st-agnes', total: 3 },
        ],
        firstSeenAt: '2026-05-05T12:00:00.000Z',
        lastSeenAt: '2026-05-05T12:00:01.000Z',
        reference: 'quantiles',
      },
    ]);
  });

  it('pages through models by its cursor without losing or repeating one', async () => {
    const digests = ['a', 'b', 'c'].map((name) => `sha256:${hex64(name)}`);
    for (const digest of digests) await record('st-agnes', [scored(0.1, { model: { ...sampleModel, digest } })]);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { items: ModelVolume[]; nextCursor: string | null } = await ask(
        `/api/v1/models?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map(({ model }) => model.digest));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(digests.sort().reverse());
  });

  it('agrees with the results when they were recorded before there was a list', async () => {
    await record('st-agnes', [scored(0.1), scored(0.5)]);
    const before = await ask('/api/v1/models');
    const migration = new URL('../../migrations/0003_models.sql', import.meta.url);
    const backfill = /^insert into model_decision_counts \(.*?;$/ms.exec(await readFile(migration, 'utf8'))?.[0] ?? '';
    await hub.database.query('delete from model_decision_counts');
    await hub.database.query(backfill);
    expect(await ask('/api/v1/models')).toEqual(before);
  });
});

describe('the report on a model', () => {
  it('is refused for a digest that is none, and for one that nobody knows', async () => {
    expect(await refusal('/api/v1/models/latest')).toMatchObject({ status: 400, detail: /^digest: must be sha256:/ });
    const unknown = `/api/v1/models/sha256:${hex64('unknown')}`;
    expect(await refusal(unknown)).toMatchObject({ status: 404, code: 'HILUM_HUB_MODEL_UNKNOWN' });
    const turned = `/api/v1/models/${sampleModel.digest}?since=2026-05-04T12:00:00Z&until=2026-05-03T12:00:00Z`;
    expect(await refusal(turned)).toMatchObject({ status: 400, detail: 'since: must not be later than until' });
  });

  it('is empty for a release that has not scored yet', async () => {
    const report = await reportOf('', withHistogramOnly.digest);
    expect(report).toMatchObject({
      model: { version: '0.9.0' },
      from: '2026-04-28T12:00:00.000Z',
      to: '2026-05-05T12:00:00.000Z',
      reference: { reason: 'no-reference', images: 500 },
      all: { total: 0, drift: { probability: { level: null, reason: 'too-few-results' } } },
      sites: [],
    });
  });

  it('finds no shift where results are as the release’s reference', async () => {
    await record('st-agnes', asReference(300));
    const report = await reportOf();
    expect(report.reference).toEqual({
      reason: null,
      counts: known.reference?.probabilityHistogram?.counts,
      images: 500,
    });
    const { drift, distribution, total, sampleSize } = judgementOf(report, 'st-agnes');
    expect([total, sampleSize]).toEqual([300, 300]);
    expect(distribution).toEqual([150, 0, 0, 0, 0, 0, 0, 0, 0, 150]);
    expect(drift.probability.level).toBe('stable');
    expect(drift.probability.psi).toBeLessThan(0.02);
    expect(drift.images.level).toBe('stable');
    for (const test of drift.images.tests) expect(test.adjustedPValue).toBeGreaterThan(0.9);
  });

  it('says where it shifts, by site, and judges all together too', async () => {
    await record('st-agnes', asReference(300));
    const darker = asReference(300).map((result) => ({
      ...scored(0.5),
      input: {
        ...(result.input as ResultRecorded['input']),
        stats: { mean: (result.input?.stats?.mean ?? 0) - 0.15, std: result.input?.stats?.std ?? 0, min: 0, max: 1 },
      },
    }));
    await record('riverside', darker);
    const report = await reportOf();
    expect(report.sites.map(({ site }) => site)).toEqual(['riverside', 'st-agnes']);
    const { drift } = judgementOf(report, 'riverside');
    expect(drift.probability).toMatchObject({
      level: 'shifted',
      psi: populationStabilityIndex(report.reference.counts ?? [], [0, 0, 0, 0, 0, 300, 0, 0, 0, 0]),
      test: { method: 'asymptotic' },
    });
    // half of the reference lies on either side
    expect(drift.probability.test?.statistic).toBeCloseTo(0.5, 2);
    expect(drift.images.level).toBe('shifted');
    const [mean, std] = drift.images.tests;
    expect(mean).toMatchObject({ name: 'imageMean' });
    expect(mean?.adjustedPValue).toBeLessThan(1e-6);
    expect(std?.adjustedPValue).toBeGreaterThan(0.9);
    expect(judgementOf(report, 'st-agnes').drift.probability.level).toBe('stable');
    expect(report.all).toMatchObject({ site: null, total: 600, sampleSize: 600 });
    const only = await reportOf('?site=riverside');
    expect(only.sites).toHaveLength(1);
    expect(only.all).toEqual({ ...judgementOf(report, 'riverside'), site: null });
  });

  it('calls no shift by too few results, and says so', async () => {
    await record('st-agnes', asReference(12));
    const { drift } = judgementOf(await reportOf(), 'st-agnes');
    expect(drift.probability).toMatchObject({ level: null, reason: 'too-few-results', psi: null });
    expect(drift.probability.test).toMatchObject({ method: 'exact' });
    expect(drift.images).toEqual({ level: null, reason: 'too-few-results', tests: [] });
  });

  it('compares as far as the release allows, and says what is missing', async () => {
    const { name, version, digest } = withHistogramOnly;
    await record(
      'st-agnes',
      asReference(300).map((result) => ({ ...result, model: { name, version, digest } })),
    );
    const report = await reportOf('', digest);
    expect(report.reference.reason).toBe('no-reference');
    expect(report.all.drift.probability).toMatchObject({ level: 'stable', test: null });
    expect(report.all.drift.images).toEqual({ level: null, reason: 'no-reference', tests: [] });
    const unknown = { ...sampleModel, digest: `sha256:${hex64('home-made')}` };
    await record('st-agnes', [scored(0.31, { model: unknown })]);
    const bare = await reportOf('', unknown.digest);
    expect(bare).toMatchObject({ thresholds: null, reference: { reason: 'no-release', counts: null, images: null } });
    expect(bare.all.drift).toMatchObject({ probability: { reason: 'no-release' }, images: { reason: 'no-release' } });
    expect(bare.all.distribution).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  });

  it('counts what was scored in the period, and keeps unreadable images out of the distribution', async () => {
    const unreadable: Partial<ResultRecorded> = {
      decision: 'unreadable',
      probability: null,
      reason: 'corrupt',
      input: { kind: 'unknown', width: null, height: null, bits: null, stats: null },
    };
    await record('st-agnes', [
      scored(0.05),
      unreadable,
      scored(0.95, { scoredAt: '2026-05-04T11:59:59.999Z' }),
      scored(1, { scoredAt: '2026-05-04T13:00:00.000Z' }),
    ]);
    const { all } = await reportOf('?since=2026-05-04T12:00:00Z&until=2026-05-04T13:00:00Z');
    expect(all.byDecision).toEqual({ normal: 1, review: 0, 'pneumonia-suspected': 0, unreadable: 1 });
    expect(all.distribution).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect((await reportOf()).all.distribution).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
  });

  it('tells where the time went', async () => {
    await record(
      'st-agnes',
      [10, 20, 30].map((predict) =>
        scored(0.1, {
          timingsMs: { notify: 1, queue: 2, fetch: 3, decode: 4, predict, explain: null, publish: 6 },
          uploadedAt: '2026-05-04T12:00:00.000Z',
          scoredAt: `2026-05-04T12:00:00.${predict}0Z`,
        }),
      ),
    );
    const { latencyMs } = (await reportOf()).all;
    expect(latencyMs).toMatchObject({
      notify: { p50: 1, p95: 1 },
      predict: { p50: 20, p95: 29 },
      explain: { p50: null, p95: null },
      total: { p50: 200, p95: 290 },
    });
  });

  it('tests the newest results only, so many a site', async () => {
    const many = SAMPLE_PER_SITE + 100;
    await record(
      'st-agnes',
      Array.from({ length: many }, (_, index) =>
        scored(0.05, { scoredAt: new Date(Date.UTC(2026, 4, 4, 12) + index * 1_000).toISOString() }),
      ),
    );
    const { total, sampleSize, latencyMs } = (await reportOf()).all;
    expect([total, sampleSize]).toEqual([many, SAMPLE_PER_SITE]);
    // all were uploaded at noon, so the latency tells which results were taken
    expect(latencyMs.total.p50).toBe((100 + (SAMPLE_PER_SITE - 1) / 2) * 1_000);
  });
});

describe('a report on more sites than can give all of theirs', () => {
  it('tests as many of each, and all of one that is asked for alone', async () => {
    const sites = 4 * (SAMPLE_OF_ALL / SAMPLE_PER_SITE);
    const many = SAMPLE_PER_SITE / 2;
    await record(
      'st-agnes',
      Array.from({ length: many }, () => scored(0.05)),
    );
    for (let index = 1; index < sites; index += 1) await record(`site-${index}`, [scored(0.05)]);
    const report = await reportOf();
    expect([judgementOf(report, 'st-agnes').total, judgementOf(report, 'st-agnes').sampleSize]).toEqual([
      many,
      SAMPLE_PER_SITE / 4,
    ]);
    expect(report.all.sampleSize).toBe(SAMPLE_PER_SITE / 4 + sites - 1);
    expect(judgementOf(await reportOf('?site=st-agnes'), 'st-agnes').sampleSize).toBe(many);
  });
});

describe('feedback in the report', () => {
  const twenty = [0.02, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.6, 0.85, 0.95].flatMap((p) => [p, p + 0.01]);

  it('is not shown from fewer than ten studies', async () => {
    await record(
      'st-agnes',
      twenty.map((p) => scored(p)),
    );
    await giveFeedback(
      'st-agnes',
      Array.from({ length: 9 }, (_, index) => ({ about: index + 1 })),
    );
    const { feedback } = (await reportOf()).all;
    const few = { value: null, low: null, high: null, reason: 'too-few-feedback' };
    expect(feedback).toMatchObject({
      basis: 'labelled-studies-only',
      studies: 9,
      agreement: few,
      auroc: few,
      calibration: { reason: 'too-few-feedback', expectedError: null, intercept: few, slope: few, curve: [] },
    });
    for (const decision of DECISIONS) expect(feedback.agreementByDecision[decision]).toEqual(few);
  });

  it('is a share that agrees, an AUROC and a calibration once there is enough', async () => {
    await record(
      'st-agnes',
      twenty.map((p) => scored(p)),
    );
    await giveFeedback(
      'st-agnes',
      twenty.map((p, index) => ({
        about: index + 1,
        verdict: index === 19 || index === 2 ? 'disagree' : 'agree',
        label: (p > 0.4 && index !== 19) || index === 2 ? 'pneumonia' : 'normal',
      })),
    );
    const { feedback } = (await reportOf()).all;
    expect(feedback).toMatchObject({ studies: 20, labelled: 20, contradictory: 0 });
    expect(feedback.agreement).toMatchObject({ value: 0.9, reason: null });
    expect(feedback.agreement.low).toBeCloseTo(0.699, 3);
    expect(feedback.agreementByDecision.normal.value).toBeCloseTo(13 / 14, 12);
    expect(feedback.agreementByDecision['pneumonia-suspected'].reason).toBe('too-few-feedback');
    // of 6 × 14 pairs, the missed one loses 12 and the highest score of all, which is normal, beats 6
    expect(feedback.auroc.value).toBeCloseTo((5 * 13 + 2) / 84, 12);
    expect(feedback.auroc.reason).toBeNull();
    expect(feedback.labelledShare).toEqual({ normal: 1, review: null, 'pneumonia-suspected': null });
    expect(feedback.calibration.curve.map(({ count }) => count)).toEqual([10, 10]);
    expect(feedback.calibration.slope.value).toBeGreaterThan(0);
  });

  it('needs five studies with and five without pneumonia to compare them', async () => {
    await record(
      'st-agnes',
      twenty.map((p) => scored(p)),
    );
    await giveFeedback(
      'st-agnes',
      Array.from({ length: 12 }, (_, index) => ({ about: index + 1, label: 'normal' as const })),
    );
    const { auroc, calibration } = (await reportOf()).all.feedback;
    expect(auroc.reason).toBe('too-few-of-a-class');
    expect(calibration).toMatchObject({ reason: null, slope: { reason: 'too-few-of-a-class' } });
    expect(calibration.expectedError).toBeGreaterThan(0);
  });

  it('takes the last word on a study, and the outcome that staff saw of its images', async () => {
    const study = { studyPseudonym: hex64('study st-agnes 1') };
    await record('st-agnes', [scored(0.02, study), scored(0.9, study), scored(0.5, study)]);
    await giveFeedback('st-agnes', [
      { about: 1, verdict: 'disagree', reasonCode: 'overcalled', at: '2026-05-04T12:10:00.000Z' },
      { about: 1, verdict: 'agree', label: 'pneumonia', at: '2026-05-04T12:20:00.000Z' },
    ]);
    await giveFeedback('st-agnes', [{ about: 1, at: '2026-05-04T12:15:00.000Z' }], 10_101);
    await record(
      'st-agnes',
      Array.from({ length: 10 }, () => scored(0.9)),
      11,
    );
    await giveFeedback(
      'st-agnes',
      Array.from({ length: 10 }, (_, index) => ({ about: 11 + index })),
      10_201,
    );
    const { feedback } = (await reportOf()).all;
    expect(feedback).toMatchObject({ studies: 11, labelled: 11, contradictory: 0 });
    expect(feedback.agreementByDecision['pneumonia-suspected'].value).toBe(1);
  });

  it('leaves out contradictions, other models, other periods and studies that nobody scored', async () => {
    await record('st-agnes', [scored(0.9), scored(0.9), scored(0.9, { scoredAt: '2026-04-01T12:00:00.000Z' })]);
    await giveFeedback('st-agnes', [
      { about: 1, verdict: 'agree', label: 'normal' },
      { about: 2, modelDigest: withHistogramOnly.digest },
      { about: 3 },
      { about: 99 },
    ]);
    await giveFeedback('riverside', [{ about: 1 }]);
    const report = await reportOf();
    expect(report.all.feedback).toMatchObject({ studies: 1, labelled: 0, contradictory: 1 });
    expect(report.sites.map(({ site }) => site)).toEqual(['st-agnes']);
  });
});

describe('the list of releases', () => {
  it('tells what is known of each, and no weights', async () => {
    const { items } = await ask<{ items: unknown[] }>('/api/v1/releases');
    expect(items).toEqual([known, withHistogramOnly]);
  });
});
