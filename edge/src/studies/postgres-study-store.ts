import {
  DECISIONS,
  LATENCY_BOUNDS_MS,
  isUrgent,
  type Decision,
  type ScoredInput,
  type Priority,
  type Reason,
  type StudyScored,
  type TimingsMs,
} from '@hilum/contracts';
import type { Database, Queryable } from '@hilum/runtime';
import { studyOutcome } from './study-outcome-rule.js';
import type {
  ImageResult,
  RejectedEvent,
  StudyCursor,
  StudyDetails,
  StudyFilter,
  StudyImage,
  StudyStore,
  StudySummary,
} from './study-store.js';

/** A new result and its place. */
export interface RecordedResult {
  scored: StudyScored;
  sequence: number;
  /** event id of the image's previous result, by another model */
  supersedes: string | null;
}

/** What else is written in the transaction that records results. */
export interface RecordingHooks {
  /** Id of the result's hub-bound event. */
  eventId: (scored: StudyScored) => string;
  /** Makes the hub-bound events durable. */
  announce: (client: Queryable, results: readonly RecordedResult[]) => Promise<void>;
  /** Queues the messages to staff; only findings that staff were not told of before. */
  notify: (client: Queryable, urgent: readonly RecordedResult[]) => Promise<void>;
}

interface PriorResult extends Record<string, unknown> {
  image_id: string;
  model_digest: string;
  event_id: string;
  decision: Decision;
}

interface SummaryRow extends Record<string, unknown> {
  study_id: string;
  decision: Decision;
  probability: number | null;
  reason: Reason | null;
  priority: Priority;
  image_count: number;
  uploaded_at: Date;
  scored_at: Date;
  revision: number;
}

const SUMMARY = `study_id, decision, probability, reason, priority, image_count, uploaded_at, scored_at, revision`;

/** The {@link StudyStore} in the site's PostgreSQL. */
export class PostgresStudyStore implements StudyStore {
  readonly #database: Database;
  readonly #hooks: RecordingHooks;

  constructor(database: Database, hooks: RecordingHooks) {
    this.#database = database;
    this.#hooks = hooks;
  }

  async record(scored: readonly StudyScored[]): Promise<StudyScored[]> {
    if (scored.length === 0) return [];
    return this.#database.transaction(async (client) => {
      const { rows } = await client.query<{ sequence: number; latency_counts: number[] }>(
        'select sequence, latency_counts::float8[] from site_state for update',
      );
      const state = rows[0];
      if (state === undefined) throw new Error('HILUM_EDGE_STATE_MISSING: the table site_state has lost its row');
      const priorByImage = await priorResults(client, scored);
      const fresh: RecordedResult[] = [];
      const urgent: RecordedResult[] = [];
      const latencyCounts = LATENCY_BOUNDS_MS.map((_, index) => state.latency_counts[index] ?? 0);
      for (const result of scored) {
        const priors = priorByImage.get(result.imageId) ?? [];
        if (priors.some(({ model_digest }) => model_digest === result.model.digest)) continue;
        const previous = priors.at(-1);
        const recorded = {
          scored: result,
          sequence: state.sequence + fresh.length + 1,
          supersedes: previous?.event_id ?? null,
        };
        fresh.push(recorded);
        if (isUrgent(result) && !(previous !== undefined && isUrgent(previous))) urgent.push(recorded);
        if (previous === undefined) countLatency(latencyCounts, result);
        priors.push({
          image_id: result.imageId,
          model_digest: result.model.digest,
          event_id: this.#hooks.eventId(result),
          decision: result.decision,
        });
        priorByImage.set(result.imageId, priors);
      }
      if (fresh.length === 0) return [];
      await insertImages(client, fresh);
      await this.#insertResults(client, fresh);
      await refreshStudies(client, fresh);
      await this.#hooks.announce(client, fresh);
      if (urgent.length > 0) await this.#hooks.notify(client, urgent);
      const unreadable = fresh.filter((result) => result.scored.decision === 'unreadable').length;
      await client.query(
        `update site_state set sequence = sequence + $1, scored = scored + $2, unreadable = unreadable + $3,
           latency_counts = $4::bigint[]`,
        [fresh.length, fresh.length - unreadable, unreadable, latencyCounts],
      );
      return fresh.map((result) => result.scored);
    });
  }

  async #insertResults(client: Queryable, results: readonly RecordedResult[]): Promise<void> {
    const rows = results.map(({ scored, sequence }) => ({
      image_id: scored.imageId,
      model_digest: scored.model.digest,
      event_id: this.#hooks.eventId(scored),
      sequence,
      model_name: scored.model.name,
      model_version: scored.model.version,
      decision: scored.decision,
      probability: scored.probability,
      reason: scored.reason,
      input: scored.input,
      timings_ms: scored.timingsMs,
      result_key: scored.resultKey,
      heat_map_key: scored.heatMapKey,
      trace_id: scored.traceId,
      scored_at: milliseconds(scored.scoredAt),
    }));
    await client.query(
      `insert into results (image_id, model_digest, event_id, sequence, model_name, model_version, decision,
         probability, reason, input, timings_ms, result_key, heat_map_key, trace_id, scored_at)
       select * from json_to_recordset($1::json) as row(image_id text, model_digest text, event_id text,
         sequence bigint, model_name text, model_version text, decision text, probability double precision,
         reason text, input json, timings_ms json, result_key text, heat_map_key text, trace_id text,
         scored_at timestamptz)`,
      [JSON.stringify(rows)],
    );
  }

  async reject(event: RejectedEvent): Promise<void> {
    await this.#database.query(
      `insert into rejected_events (topic, partition, record_offset, code, detail) values ($1, $2, $3, $4, $5)
       on conflict do nothing`,
      [event.topic, event.partition, event.offset, event.code, event.detail],
    );
  }

  async list(filter: StudyFilter, after: StudyCursor | null, limit: number): Promise<StudySummary[]> {
    const { rows } = await this.#database.query<SummaryRow>(
      `select ${SUMMARY} from studies
       where ($1::text is null or decision = $1) and ($2::text is null or priority = $2)
         and ($3::timestamptz is null or (uploaded_at, study_id) < ($3, $4))
       order by uploaded_at desc, study_id desc limit $5`,
      [filter.decision, filter.priority, after?.uploadedAt ?? null, after?.studyId ?? null, limit],
    );
    return rows.map(summaryOf);
  }

  async find(studyId: string): Promise<StudyDetails | null> {
    const { rows } = await this.#database.query<SummaryRow>(`select ${SUMMARY} from studies where study_id = $1`, [
      studyId,
    ]);
    const [study] = rows;
    return study === undefined ? null : { ...summaryOf(study), images: await this.#imagesOf(studyId) };
  }

  async #imagesOf(studyId: string): Promise<StudyImage[]> {
    const { rows } = await this.#database.query<ImageRow>(
      `select i.image_id, i.bucket, i.object_key, i.version_id, i.e_tag, i.bytes, i.content_type, i.sha256, i.priority,
         i.trace_id, i.uploaded_at, r.sequence, r.model_name, r.model_version, r.model_digest, r.decision,
         r.probability, r.reason, r.input, r.timings_ms, r.result_key, r.heat_map_key, r.scored_at
       from images i join results r using (image_id) where i.study_id = $1
       order by i.uploaded_at, i.object_key, i.image_id, r.sequence desc`,
      [studyId],
    );
    const images = new Map<string, StudyImage>();
    for (const row of rows) {
      const image = images.get(row.image_id) ?? imageOf(row);
      image.results.push(resultOf(row));
      images.set(row.image_id, image);
    }
    return [...images.values()];
  }

  async heatMapKey(studyId: string, imageId: string): Promise<string | null> {
    const { rows } = await this.#database.query<{ heat_map_key: string }>(
      `select r.heat_map_key from images i join results r using (image_id)
       where i.study_id = $1 and i.image_id = $2 and r.heat_map_key is not null order by r.sequence desc limit 1`,
      [studyId, imageId],
    );
    return rows[0]?.heat_map_key ?? null;
  }

  async changedAfter(revision: number, limit: number): Promise<StudySummary[]> {
    const { rows } = await this.#database.query<SummaryRow>(
      `select ${SUMMARY} from studies where revision > $1 order by revision limit $2`,
      [revision, limit],
    );
    return rows.map(summaryOf);
  }

  async latestRevision(): Promise<number> {
    const { rows } = await this.#database.query<{ sequence: number }>('select sequence from site_state');
    return rows[0]?.sequence ?? 0;
  }

  async countsSince(time: Date): Promise<Record<Decision, number>> {
    const { rows } = await this.#database.query<{ decision: Decision; count: number }>(
      'select decision, count(*) as count from studies where uploaded_at >= $1 group by decision',
      [time],
    );
    const counts = Object.fromEntries(DECISIONS.map((decision) => [decision, 0])) as Record<Decision, number>;
    for (const { decision, count } of rows) counts[decision] = count;
    return counts;
  }

  async withOutcome(imageIds: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.#database.query<{ image_id: string }>(
      'select image_id from images where image_id = any($1::text[])',
      [imageIds],
    );
    return new Set(rows.map(({ image_id }) => image_id));
  }
}

async function priorResults(client: Queryable, scored: readonly StudyScored[]): Promise<Map<string, PriorResult[]>> {
  const { rows } = await client.query<PriorResult>(
    `select image_id, model_digest, event_id, decision from results where image_id = any($1::text[]) order by sequence`,
    [scored.map(({ imageId }) => imageId)],
  );
  const byImage = new Map<string, PriorResult[]>();
  for (const row of rows) byImage.set(row.image_id, [...(byImage.get(row.image_id) ?? []), row]);
  return byImage;
}

function countLatency(counts: number[], { uploadedAt, scoredAt }: StudyScored): void {
  const latencyMs = Date.parse(scoredAt) - Date.parse(uploadedAt);
  const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => bound === null || latencyMs <= bound);
  counts[bucket] = (counts[bucket] ?? 0) + 1;
}

async function insertImages(client: Queryable, results: readonly RecordedResult[]): Promise<void> {
  const rows = results.map(({ scored }) => ({
    image_id: scored.imageId,
    study_id: scored.studyId,
    bucket: scored.source.bucket,
    object_key: scored.source.key,
    version_id: scored.source.versionId,
    e_tag: scored.source.eTag,
    bytes: scored.source.bytes,
    content_type: scored.source.contentType,
    sha256: scored.source.sha256,
    priority: scored.priority,
    trace_id: scored.traceId,
    uploaded_at: milliseconds(scored.uploadedAt),
  }));
  await client.query(
    `insert into images (image_id, study_id, bucket, object_key, version_id, e_tag, bytes, content_type, sha256,
       priority, trace_id, uploaded_at)
     select * from json_to_recordset($1::json) as row(image_id text, study_id text, bucket text, object_key text,
       version_id text, e_tag text, bytes bigint, content_type text, sha256 text, priority text, trace_id text,
       uploaded_at timestamptz)
     on conflict (image_id) do nothing`,
    [JSON.stringify(rows)],
  );
}

interface LatestRow extends Record<string, unknown> {
  study_id: string;
  decision: Decision;
  probability: number | null;
  reason: Reason | null;
  priority: Priority;
  uploaded_at: Date;
  scored_at: Date;
  sequence: number;
}

/** Brings the studies of new results up to date from the latest result of each of their images. */
async function refreshStudies(client: Queryable, results: readonly RecordedResult[]): Promise<void> {
  const { rows: latest } = await client.query<LatestRow>(
    `select distinct on (i.image_id) i.study_id, r.decision, r.probability, r.reason, i.priority, i.uploaded_at,
       r.scored_at, r.sequence
     from images i join results r using (image_id) where i.study_id = any($1::text[])
     order by i.image_id, r.sequence desc`,
    [[...new Set(results.map(({ scored }) => scored.studyId))]],
  );
  const byStudy = new Map<string, LatestRow[]>();
  for (const row of latest) byStudy.set(row.study_id, [...(byStudy.get(row.study_id) ?? []), row]);
  const studies = [...byStudy].map(([study_id, images]) => ({
    study_id,
    ...studyOutcome(images),
    image_count: images.length,
    uploaded_at: new Date(Math.min(...images.map((image) => image.uploaded_at.getTime()))).toISOString(),
    scored_at: new Date(Math.max(...images.map((image) => image.scored_at.getTime()))).toISOString(),
    revision: Math.max(...images.map((image) => image.sequence)),
  }));
  await client.query(
    `insert into studies (study_id, decision, probability, reason, priority, image_count, uploaded_at, scored_at,
       revision)
     select * from json_to_recordset($1::json) as row(study_id text, decision text, probability double precision,
       reason text, priority text, image_count integer, uploaded_at timestamptz, scored_at timestamptz,
       revision bigint)
     on conflict (study_id) do update set decision = excluded.decision, probability = excluded.probability,
       reason = excluded.reason, priority = excluded.priority, image_count = excluded.image_count,
       uploaded_at = excluded.uploaded_at, scored_at = excluded.scored_at, revision = excluded.revision`,
    [JSON.stringify(studies)],
  );
}

/** Cut to what a Date holds: a cursor made from a finer time than it can carry would skip or repeat rows. */
function milliseconds(time: string): string {
  return new Date(time).toISOString();
}

function summaryOf(row: SummaryRow): StudySummary {
  return {
    studyId: row.study_id,
    decision: row.decision,
    probability: row.probability,
    reason: row.reason,
    priority: row.priority,
    imageCount: row.image_count,
    uploadedAt: row.uploaded_at.toISOString(),
    scoredAt: row.scored_at.toISOString(),
    revision: row.revision,
  };
}

interface ImageRow extends Record<string, unknown> {
  image_id: string;
  bucket: string;
  object_key: string;
  version_id: string | null;
  e_tag: string;
  bytes: number;
  content_type: string | null;
  sha256: string | null;
  priority: Priority;
  trace_id: string;
  uploaded_at: Date;
  sequence: number;
  model_name: string;
  model_version: string;
  model_digest: string;
  decision: Decision;
  probability: number | null;
  reason: Reason | null;
  input: ScoredInput;
  timings_ms: TimingsMs;
  result_key: string;
  heat_map_key: string | null;
  scored_at: Date;
}

function imageOf(row: ImageRow): StudyImage {
  return {
    imageId: row.image_id,
    source: {
      bucket: row.bucket,
      key: row.object_key,
      versionId: row.version_id,
      eTag: row.e_tag,
      bytes: row.bytes,
      contentType: row.content_type,
      sha256: row.sha256,
    },
    priority: row.priority,
    traceId: row.trace_id,
    uploadedAt: row.uploaded_at.toISOString(),
    results: [],
  };
}

function resultOf(row: ImageRow): ImageResult {
  return {
    model: { name: row.model_name, version: row.model_version, digest: row.model_digest },
    decision: row.decision,
    probability: row.probability,
    reason: row.reason,
    input: row.input,
    timingsMs: row.timings_ms,
    resultKey: row.result_key,
    heatMapKey: row.heat_map_key,
    scoredAt: row.scored_at.toISOString(),
    sequence: row.sequence,
  };
}
