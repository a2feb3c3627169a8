import { timingsMs, type Decision, type ModelReference } from '@hilum/contracts';
import type { Queryable } from '@hilum/runtime';
import { noDecisions, type DecisionCounts } from '../ledger/summary-store.js';
import type { ReaderWord } from './truth-label.js';

/**
 * Two-sample tests and latencies are of the newest results of a site in the period, so many at most: enough to tell a
 * distance of 0.07 from chance, few enough that a year of a large hospital costs no more than a day.
 */
export const SAMPLE_PER_SITE = 1_000;

/**
 * Of several sites so many together at most, the same number of each: a report on a thousand sites must not keep anybody
 * waiting. Ask for one site alone to have its SAMPLE_PER_SITE.
 */
export const SAMPLE_OF_ALL = 50_000;

/** Feedback of a site in the period, the newest first, so much at most. */
export const FEEDBACK_PER_SITE = 2_000;

/** Times that a site coarsens to the day may put feedback before the result that it is about. */
const COARSE_TIME_MS = 86_400_000;

/** Where the time went; `total` is from upload to scored. */
export const LATENCY_PARTS = [...(Object.keys(timingsMs.shape) as (keyof typeof timingsMs.shape)[]), 'total'] as const;
export type LatencyPart = (typeof LATENCY_PARTS)[number];
/** Milliseconds; null when the part did not run in any of the results. */
export type LatencyParts = Record<LatencyPart, { p50: number | null; p95: number | null }>;

/** A model by what it scored, ever. */
export interface ModelVolume {
  model: ModelReference;
  total: number;
  byDecision: DecisionCounts;
  /** by name */
  sites: { site: string; total: number }[];
  /** when the hub recorded its first and last result, ISO 8601 UTC */
  firstSeenAt: string;
  lastSeenAt: string;
}

export interface ModelPlace {
  firstSeenAtMs: number;
  digest: string;
}

interface VolumeRow extends Record<string, unknown> {
  model_digest: string;
  model_name: string;
  model_version: string;
  by_decision: [site: string, decision: Decision, total: number][];
  first: Date;
  last: Date;
}

/** Models that came last first. @param page continues after a place; `digest`: only this model */
export async function listModels(
  db: Queryable,
  page: { after?: ModelPlace | undefined; digest?: string | undefined; limit: number },
): Promise<ModelVolume[]> {
  const { rows } = await db.query<VolumeRow>(
    `select model_digest, min(first_received_at) as first, max(last_received_at) as last,
            (array_agg(model_name order by last_received_at desc))[1] as model_name,
            (array_agg(model_version order by last_received_at desc))[1] as model_version,
            jsonb_agg(jsonb_build_array(site, decision, total) order by site, decision) as by_decision
       from model_decision_counts
      where $1::text is null or model_digest = $1
      group by model_digest
     having $2::timestamptz is null or (min(first_received_at), model_digest) < ($2, $3)
      order by first desc, model_digest desc limit $4`,
    [
      page.digest ?? null,
      page.after === undefined ? null : new Date(page.after.firstSeenAtMs),
      page.after?.digest ?? null,
      page.limit,
    ],
  );
  return rows.map((row) => {
    const byDecision = noDecisions();
    const sites = new Map<string, number>();
    for (const [site, decision, total] of row.by_decision) {
      byDecision[decision] += total;
      sites.set(site, (sites.get(site) ?? 0) + total);
    }
    return {
      model: { name: row.model_name, version: row.model_version, digest: row.model_digest },
      total: totalOf(byDecision),
      byDecision,
      sites: [...sites].map(([site, total]) => ({ site, total })),
      firstSeenAt: row.first.toISOString(),
      lastSeenAt: row.last.toISOString(),
    };
  });
}

/** Which results of a model; from `from` until before `to`, by when they were scored. */
export interface EvidenceFilter {
  digest: string;
  site?: string | undefined;
  from: Date;
  to: Date;
}

/** What the ledger holds of a model at one site, or of all sites together. */
export interface Evidence {
  byDecision: DecisionCounts;
  /** of the probabilities of all results, a count for each bin */
  histogram: number[];
  /** how many results the next four are of */
  sampleSize: number;
  probabilities: number[];
  /** of the pixels of each image, 0..1 */
  imageMeans: number[];
  imageStds: number[];
  latencyMs: LatencyParts;
  feedback: JudgedStudy[];
}

/** A study with the last word of its readers and what the model had made of it. */
export interface JudgedStudy extends ReaderWord {
  probability: number | null;
}

/**
 * All that a report on a model is made of, by site; sites without a result in the period are not in it.
 * @param innerEdges of the histogram: the edges between its bins, ascending
 */
export async function readEvidence(
  db: Queryable,
  filter: EvidenceFilter,
  innerEdges: readonly number[],
): Promise<{ all: Evidence; sites: Map<string, Evidence> }> {
  const all = noEvidence(innerEdges.length + 1);
  const sites = new Map<string, Evidence>();
  // side by side: of a thousand sites each takes a good part of a second
  const [counts, samples, judged] = await Promise.all([
    readCounts(db, filter, innerEdges),
    readSamples(db, filter),
    readJudgedStudies(db, filter),
  ]);
  for (const { site, decision, bin, total } of counts) {
    const own = sites.get(site) ?? noEvidence(innerEdges.length + 1);
    sites.set(site, own);
    for (const evidence of [own, all]) {
      evidence.byDecision[decision] += total;
      if (bin !== null) evidence.histogram[bin] = (evidence.histogram[bin] ?? 0) + total;
    }
  }
  for (const { site, sampleSize, latencyMs, ...values } of samples) {
    const evidence = site === null ? all : sites.get(site);
    if (evidence === undefined) continue;
    Object.assign(evidence, { sampleSize, latencyMs });
    if (site === null) continue;
    Object.assign(evidence, values);
    for (const name of SAMPLED) for (const value of values[name]) all[name].push(value);
  }
  for (const { site, ...study } of judged) {
    sites.get(site)?.feedback.push(study);
    all.feedback.push(study);
  }
  return { all, sites };
}

function noEvidence(bins: number): Evidence {
  return {
    byDecision: noDecisions(),
    histogram: new Array<number>(bins).fill(0),
    sampleSize: 0,
    probabilities: [],
    imageMeans: [],
    imageStds: [],
    latencyMs: latencyOf(() => null),
    feedback: [],
  };
}

interface CountRow extends Record<string, unknown> {
  site: string;
  decision: Decision;
  bin: number | null;
  total: number;
}

/** From the index alone, a site at a time so that the period bounds what is read. */
async function readCounts(
  db: Queryable,
  { digest, site, from, to }: EvidenceFilter,
  innerEdges: readonly number[],
): Promise<CountRow[]> {
  const { rows } = await db.query<CountRow>(
    `select s.name as site, c.decision, c.bin, c.total
       from sites s cross join lateral (
         select decision, width_bucket(probability, $5::float8[]) as bin, count(*) as total
           from results
          where model_digest = $1 and site = s.name and scored_at >= $3 and scored_at < $4
          group by decision, bin) c
      where $2::text is null or s.name = $2
      order by s.name`,
    [digest, site ?? null, from, to, innerEdges],
  );
  return rows;
}

/** What of a sample is there value by value. */
const SAMPLED = ['probabilities', 'imageMeans', 'imageStds'] as const;
type Sample = Pick<Evidence, 'sampleSize' | 'latencyMs' | (typeof SAMPLED)[number]>;
interface SampleRow extends Record<string, unknown> {
  site: string | null;
  size: number;
  probabilities: number[] | null;
  means: number[] | null;
  stds: number[] | null;
}

/** The newest results of each site; with `site` null of all of them together, without their values once more. */
async function readSamples(
  db: Queryable,
  { digest, site, from, to }: EvidenceFilter,
): Promise<(Sample & { site: string | null })[]> {
  const parts = LATENCY_PARTS.map((part) => {
    const value = part === 'total' ? 'latency_ms' : `(timings_ms->>'${part}')::float8`;
    return `percentile_cont(array[0.5, 0.95]) within group (order by ${value}) as "${part}"`;
  });
  const { rows } = await db.query<SampleRow>(
    `with newest as materialized (
       select s.name as site, r.probability, r.timings_ms, r.latency_ms,
              (r.input->'stats'->>'mean')::float8 as mean, (r.input->'stats'->>'std')::float8 as std
         from sites s cross join lateral (
           select probability, input, timings_ms, latency_ms from results
            where model_digest = $1 and site = s.name and scored_at >= $3 and scored_at < $4
            order by scored_at desc
            limit least($5, greatest(1, $6 / (select count(*) from sites where $2::text is null or name = $2)))) r
        where $2::text is null or s.name = $2)
     select site, count(*) as size,
            array_agg(probability) filter (where probability is not null) as probabilities,
            array_agg(mean) filter (where mean is not null) as means,
            array_agg(std) filter (where std is not null) as stds,
            ${parts.join(', ')}
       from newest group by site
     union all
     select null, count(*), null, null, null, ${parts.join(', ')}
       from newest`,
    [digest, site ?? null, from, to, SAMPLE_PER_SITE, SAMPLE_OF_ALL],
  );
  return rows.map((row) => ({
    site: row.site,
    sampleSize: row.size,
    probabilities: row.probabilities ?? [],
    imageMeans: row.means ?? [],
    imageStds: row.stds ?? [],
    latencyMs: latencyOf((part) => row[part] as [number, number] | null),
  }));
}

interface JudgedRow extends Record<string, unknown>, JudgedStudy {
  site: string;
}

/**
 * Each study that readers gave feedback on, once, with their last word and the outcome that they saw: of several images
 * the most pressing one, as a site's list shows it. Feedback given after the period counts too when the result is in it.
 */
async function readJudgedStudies(
  db: Queryable,
  { digest, site, from, to }: EvidenceFilter,
): Promise<(JudgedStudy & { site: string })[]> {
  const { rows } = await db.query<JudgedRow>(
    `with words as (
       select distinct on (f.site, f.study_pseudonym) f.*
         from sites s cross join lateral (
           select site, study_pseudonym, verdict, label, reason_code, at, sequence from feedback
            where model_digest = $1 and site = s.name and at >= $5
            order by at desc limit $6) f
        where $2::text is null or s.name = $2
        order by f.site, f.study_pseudonym, f.at desc, f.sequence desc)
     select w.site, w.verdict, w.label, w.reason_code as "reasonCode", o.decision, o.probability
       from words w cross join lateral (
         select decision, probability from results r
          where r.study_pseudonym = w.study_pseudonym and r.site = w.site and r.model_digest = $1
            and r.scored_at >= $3 and r.scored_at < $4
          order by array_position(array['pneumonia-suspected', 'review', 'unreadable', 'normal'], decision),
                   probability desc nulls last
          limit 1) o`,
    [digest, site ?? null, from, to, new Date(from.getTime() - COARSE_TIME_MS), FEEDBACK_PER_SITE],
  );
  return rows;
}

function latencyOf(percentiles: (part: LatencyPart) => [number | null, number | null] | null): LatencyParts {
  return Object.fromEntries(
    LATENCY_PARTS.map((part) => {
      const [p50, p95] = percentiles(part) ?? [null, null];
      return [part, { p50, p95 }];
    }),
  ) as LatencyParts;
}

function totalOf(byDecision: DecisionCounts): number {
  return Object.values(byDecision).reduce((sum, count) => sum + count, 0);
}
