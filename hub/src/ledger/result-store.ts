import type { ResultRecorded } from '@hilum/contracts';
import type { Queryable } from '@hilum/runtime';

/** A recorded result as the API tells it: the event and what the hub knows about its arrival. */
export interface ResultRow extends ResultRecorded {
  id: string;
  /** ISO 8601 UTC */
  receivedAt: string;
  traceId: string | null;
}

export interface PositionedResult {
  /** order of recording */
  position: number;
  result: ResultRow;
}

export interface ResultFilter {
  site?: string | undefined;
  decision?: string | undefined;
  model?: ModelFilter | undefined;
  /** scored at this time or later, ISO 8601 */
  since?: string | undefined;
  /** scored before this time */
  until?: string | undefined;
}

export interface ModelFilter {
  name?: string | undefined;
  version?: string | undefined;
  digest?: string | undefined;
}

interface DbRow extends Record<string, unknown> {
  id: string;
  position: number;
  site: string;
  sequence: number;
  received_at: Date;
  trace_id: string | null;
  study_pseudonym: string;
  image_pseudonym: string;
  decision: ResultRecorded['decision'];
  probability: number | null;
  reason: ResultRecorded['reason'];
  priority: ResultRecorded['priority'];
  model_name: string;
  model_version: string;
  model_digest: string;
  input: ResultRecorded['input'];
  timings_ms: ResultRecorded['timingsMs'];
  uploaded_at: Date;
  scored_at: Date;
  supersedes: string | null;
}

/** Newest first, by order of recording. @param before continues below this position */
export async function listResults(
  db: Queryable,
  filter: ResultFilter,
  page: { before?: number | undefined; limit: number },
): Promise<PositionedResult[]> {
  // only the conditions asked for, so that the planner can use the index that fits them
  const conditions: string[] = [];
  const values: unknown[] = [];
  const where = (condition: (parameter: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  where((p) => `site = ${p}`, filter.site);
  where((p) => `decision = ${p}`, filter.decision);
  where((p) => `model_name = ${p}`, filter.model?.name);
  where((p) => `model_version = ${p}`, filter.model?.version);
  where((p) => `model_digest = ${p}`, filter.model?.digest);
  where((p) => `scored_at >= ${p}`, filter.since);
  where((p) => `scored_at < ${p}`, filter.until);
  where((p) => `position < ${p}`, page.before);
  values.push(page.limit);
  const { rows } = await db.query<DbRow>(
    `select * from results ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
      order by position desc limit $${values.length}`,
    values,
  );
  return rows.map(resultOf);
}

/**
 * All that a filter lets through, newest first, a page at a time; each is asked for when the one before it is done with.
 * What is recorded meanwhile is not in it.
 */
export async function* resultPages(
  db: Queryable,
  filter: ResultFilter,
  pageRows: number,
): AsyncGenerator<readonly ResultRow[]> {
  let before: number | undefined;
  for (;;) {
    const page = await listResults(db, filter, { before, limit: pageRows });
    if (page.length > 0) yield page.map(({ result }) => result);
    if (page.length < pageRows) return;
    before = page.at(-1)?.position;
  }
}

/** Oldest first, from after a position: what a stream continues with. */
export async function resultsAfter(db: Queryable, position: number, limit: number): Promise<PositionedResult[]> {
  const { rows } = await db.query<DbRow>(`select * from results where position > $1 order by position limit $2`, [
    position,
    limit,
  ]);
  return rows.map(resultOf);
}

/** Whether more than `count` results were recorded after a position; looks no further than that. */
export async function hasMoreAfter(db: Queryable, position: number, count: number): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    `select exists (select 1 from results where position > $1 order by position offset $2 limit 1) as found`,
    [position, count],
  );
  return rows[0]?.found === true;
}

/** 0 when there is none. */
export async function lastPosition(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ position: number | null }>(`select max(position) as position from results`);
  return rows[0]?.position ?? 0;
}

function resultOf(row: DbRow): PositionedResult {
  return {
    position: row.position,
    result: {
      id: row.id,
      receivedAt: row.received_at.toISOString(),
      traceId: row.trace_id,
      site: row.site,
      sequence: row.sequence,
      studyPseudonym: row.study_pseudonym,
      imagePseudonym: row.image_pseudonym,
      decision: row.decision,
      probability: row.probability,
      reason: row.reason,
      priority: row.priority,
      model: { name: row.model_name, version: row.model_version, digest: row.model_digest },
      input: row.input,
      timingsMs: row.timings_ms,
      uploadedAt: row.uploaded_at.toISOString(),
      scoredAt: row.scored_at.toISOString(),
      supersedes: row.supersedes,
    },
  };
}
