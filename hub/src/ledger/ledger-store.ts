import {
  siteTopics,
  type AuditRecorded,
  type CloudEvent,
  type FeedbackRecorded,
  type HubBoundTopic,
  type ResultRecorded,
  type SiteHeartbeat,
} from '@hilum/contracts';
import type { Database, Queryable } from '@hilum/runtime';
import { raiseAlarms } from '../alarms/alarm-store.js';
import { recordSiteEntries } from '../audit/audit-store.js';
import type { AdmittedEvent } from '../ingest/admit.js';
import { storePositions, type LogPosition } from '../ingest/position-store.js';
import { storeQuarantined, type Refused } from '../quarantine/quarantine-store.js';
import { readFloors, RETENTION_LOCK } from '../retention/partition-store.js';
import { eventKey } from './event-key.js';
import { latencyOf, SUM_COLUMNS, sumResults, type SumRow } from './result-sums.js';
import { multirangeOf } from './sequence-ranges.js';

/** What was read of one partition of a site's topic together. */
export interface LedgerBatch {
  site: string;
  topic: HubBoundTopic;
  receivedAt: Date;
  admitted: readonly AdmittedEvent[];
  refused: readonly Refused[];
  /** what follows in the partition's log */
  next: LogPosition;
}

/** What became of the events of one kind of topic, of all sites together. */
export interface Recorded {
  /** events that were not there before */
  recorded: number;
  duplicates: number;
  quarantined: number;
  /** events older than what is kept */
  expired: number;
}

/** Key of the advisory lock under which positions are given. */
const POSITION_LOCK = 0x68696c75;

/** An event of a batch, with what the tables want to know of its arrival. */
interface Arrived<Data> {
  site: string;
  /** ISO 8601 UTC */
  receivedAt: string;
  event: CloudEvent<Data>;
}

/** By the site's topic; topics of which nothing came are absent. */
export type RecordedByTopic = Map<HubBoundTopic, Recorded>;

/** New records of one site in the quarantine. */
export interface Quarantined {
  site: string;
  /** those that may hold somebody's identity */
  suspicious: number;
  others: number;
}

/**
 * Records batches of any sites in one transaction, with how far each log was read. Every statement is idempotent, so
 * what is delivered again, whole or in part and in any order, leaves the same tables.
 */
export function recordBatches(
  database: Database,
  batches: readonly LedgerBatch[],
): Promise<{ outcomes: RecordedByTopic; quarantined: Quarantined[] }> {
  return database.transaction(async (db) => {
    const results: Arrived<ResultRecorded>[] = [];
    const feedback: Arrived<FeedbackRecorded>[] = [];
    const audit: Arrived<AuditRecorded>[] = [];
    const heartbeats: Arrived<SiteHeartbeat>[] = [];
    for (const { site, receivedAt, admitted } of batches) {
      const arrived = { site, receivedAt: receivedAt.toISOString() };
      for (const { topic, event } of admitted) {
        if (topic === siteTopics.results) results.push({ ...arrived, event });
        else if (topic === siteTopics.feedback) feedback.push({ ...arrived, event });
        else if (topic === siteTopics.audit) audit.push({ ...arrived, event });
        else heartbeats.push({ ...arrived, event });
      }
    }
    // Positions must become visible in their order: a reader that has seen position 8 never looks for 7 again. So
    // only one transaction at a time may hold positions that are not committed. Taken before any row lock.
    await db.query(
      `select pg_advisory_xact_lock_shared($1)${results.length > 0 ? ', pg_advisory_xact_lock($2)' : ''}`,
      results.length > 0 ? [RETENTION_LOCK, POSITION_LOCK] : [RETENTION_LOCK],
    );
    const floors = await readFloors(db);
    const outcomes: RecordedByTopic = new Map();
    await updateSites(db, batches);
    await insertResults(db, await newOnes(db, RESULTS, floors, results, outcomes));
    await insertFeedback(db, await newOnes(db, FEEDBACK, floors, feedback, outcomes));
    await insertAudit(db, await newOnes(db, AUDIT, floors, audit, outcomes));
    const beats = unexpired(HEARTBEATS, floors, heartbeats, outcomes);
    count(outcomes, siteTopics.heartbeat, beats.length, await insertHeartbeats(db, beats));
    const quarantined = await quarantine(db, batches, outcomes);
    await storePositions(
      db,
      batches.map(({ next, receivedAt }) => ({ ...next, recordedAt: receivedAt })),
    );
    return { outcomes, quarantined };
  });
}

/** Where the events of a topic go, and the time that decides into which partition. */
interface Target<Data> {
  topic: HubBoundTopic;
  table: string;
  timeOf: (data: Data) => string;
}

const RESULTS = {
  topic: siteTopics.results,
  table: 'results',
  ids: 'result_ids',
  timeOf: ({ scoredAt }: ResultRecorded): string => scoredAt,
};
const FEEDBACK = {
  topic: siteTopics.feedback,
  table: 'feedback',
  ids: 'feedback_ids',
  timeOf: ({ at }: FeedbackRecorded): string => at,
};
const AUDIT = {
  topic: siteTopics.audit,
  // where they end up; chained there, from the inbox
  table: 'audit',
  ids: 'audit_ids',
  timeOf: ({ at }: AuditRecorded): string => at,
};
const HEARTBEATS = {
  topic: siteTopics.heartbeat,
  table: 'heartbeats',
  timeOf: ({ at }: SiteHeartbeat): string => at,
};

function outcomeOf(outcomes: RecordedByTopic, topic: HubBoundTopic): Recorded {
  const outcome = outcomes.get(topic) ?? { recorded: 0, duplicates: 0, quarantined: 0, expired: 0 };
  outcomes.set(topic, outcome);
  return outcome;
}

function count(outcomes: RecordedByTopic, topic: HubBoundTopic, all: number, recorded: number): void {
  const outcome = outcomeOf(outcomes, topic);
  outcome.recorded += recorded;
  outcome.duplicates += all - recorded;
}

/** Makes a site known from its topics, before anything of it arrived. */
export async function addSites(db: Queryable, names: readonly string[], now: Date): Promise<void> {
  await db.query(
    `insert into sites (name, first_seen_at, state, state_since)
     select name, $2, 'late', $2 from unnest($1::text[]) as name order by name
     on conflict do nothing`,
    [names, now],
  );
}

interface SiteChange {
  receivedAt: Date;
  sequences: number[];
  highest: number;
  heartbeat: SiteHeartbeat | null;
}

async function updateSites(db: Queryable, batches: readonly LedgerBatch[]): Promise<void> {
  const changes = new Map<string, SiteChange>();
  for (const { site, receivedAt, admitted } of batches) {
    const change = changes.get(site) ?? { receivedAt, sequences: [], highest: 0, heartbeat: null };
    changes.set(site, change);
    if (receivedAt > change.receivedAt) change.receivedAt = receivedAt;
    for (const { topic, event } of admitted) {
      change.highest = Math.max(change.highest, event.data.sequence);
      // a heartbeat's sequence is the highest that the site has sent, not one of its own
      if (topic !== siteTopics.heartbeat) change.sequences.push(event.data.sequence);
      else if (change.heartbeat === null || Date.parse(event.data.at) >= Date.parse(change.heartbeat.at))
        change.heartbeat = event.data;
    }
  }
  const sites = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
  const names = sites.map(([name]) => name);
  const known = await lockSites(db, names);
  for (const [name, { receivedAt }] of sites) if (!known.has(name)) await addSites(db, [name], receivedAt);
  await db.query(
    `update sites s set
       last_received_at = greatest(s.last_received_at, c.received_at),
       received = s.received + c.received::int8multirange,
       highest = greatest(s.highest, c.highest),
       heartbeat = case when ${IS_LATEST_BEAT} then c.heartbeat else s.heartbeat end,
       heartbeat_at = case when ${IS_LATEST_BEAT} then c.heartbeat_at else s.heartbeat_at end,
       heartbeat_received_at = case when ${IS_LATEST_BEAT} then c.received_at else s.heartbeat_received_at end
      from unnest($1::text[], $2::timestamptz[], $3::text[], $4::bigint[], $5::jsonb[], $6::timestamptz[])
             as c (name, received_at, received, highest, heartbeat, heartbeat_at)
     where s.name = c.name`,
    [
      names,
      sites.map(([, { receivedAt }]) => receivedAt),
      sites.map(([, { sequences }]) => multirangeOf(sequences)),
      sites.map(([, { highest }]) => highest),
      sites.map(([, { heartbeat }]) => (heartbeat === null ? null : JSON.stringify(heartbeat))),
      sites.map(([, { heartbeat }]) => heartbeat?.at ?? null),
    ],
  );
}

/** One from the future was sent by a clock that ran ahead: kept, it would shut out all that follow. */
const IS_LATEST_BEAT = `c.heartbeat is not null and
  (s.heartbeat_at is null or s.heartbeat_at <= c.heartbeat_at or s.heartbeat_at > c.received_at)`;

/**
 * Locks sites in the order of their names, as all do who change several: two that wait for each other would be refused.
 * @returns those that are known
 */
export async function lockSites(db: Queryable, names: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ name: string }>(
    'select name from sites where name = any ($1::text[]) order by name for update',
    [names],
  );
  return new Set(rows.map(({ name }) => name));
}

/** Those that are not older than what is kept; the others are counted as expired. */
function unexpired<Data>(
  { topic, table, timeOf }: Target<Data>,
  floors: ReadonlyMap<string, number>,
  arrived: readonly Arrived<Data>[],
  outcomes: RecordedByTopic,
): Arrived<Data>[] {
  const floor = floors.get(table) ?? Number.NEGATIVE_INFINITY;
  const kept = arrived.filter(({ event }) => Date.parse(timeOf(event.data)) >= floor);
  outcomeOf(outcomes, topic).expired += arrived.length - kept.length;
  return kept;
}

/** Those that are kept and were never recorded, each once; their ids are from now on. */
async function newOnes<Data>(
  db: Queryable,
  target: Target<Data> & { ids: string },
  floors: ReadonlyMap<string, number>,
  arrived: readonly Arrived<Data>[],
  outcomes: RecordedByTopic,
): Promise<Arrived<Data>[]> {
  const kept = unexpired(target, floors, arrived, outcomes);
  if (kept.length === 0) return [];
  const keys = kept.map(({ site, event }) => eventKey(site, event.id));
  const { rows } = await db.query<{ key: string }>(
    `insert into ${target.ids} (key, day)
     select key, (at at time zone 'UTC')::date from unnest($1::uuid[], $2::timestamptz[]) as e (key, at)
     on conflict do nothing returning key`,
    [keys, kept.map(({ event }) => target.timeOf(event.data))],
  );
  const added = new Set(rows.map(({ key }) => key));
  count(outcomes, target.topic, kept.length, added.size);
  // of several alike the first is the new one
  return kept.filter((_, index) => added.delete(keys[index] ?? ''));
}

async function insertResults(db: Queryable, arrived: readonly Arrived<ResultRecorded>[]): Promise<void> {
  if (arrived.length === 0) return;
  const events = arrived.map(({ event }) => event);
  await db.query(
    `insert into results (id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision,
                          probability, reason, priority, model_name, model_version, model_digest, input, timings_ms,
                          uploaded_at, scored_at, supersedes, latency_ms)
     select id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision, probability, reason,
            priority, model_name, model_version, model_digest, input, timings_ms, uploaded_at, scored_at, supersedes,
            latency_ms
       from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
                   $8::text[], $9::float8[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
                   $15::jsonb[], $16::jsonb[], $17::timestamptz[], $18::timestamptz[], $19::text[], $20::float8[])
            with ordinality
            as e (id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision, probability,
                  reason, priority, model_name, model_version, model_digest, input, timings_ms, uploaded_at, scored_at,
                  supersedes, latency_ms, nr)
      order by nr`,
    [
      events.map(({ id }) => id),
      arrived.map(({ site }) => site),
      events.map(({ data }) => data.sequence),
      arrived.map(({ receivedAt }) => receivedAt),
      events.map(({ trace }) => trace?.traceId ?? null),
      events.map(({ data }) => data.studyPseudonym),
      events.map(({ data }) => data.imagePseudonym),
      events.map(({ data }) => data.decision),
      events.map(({ data }) => data.probability),
      events.map(({ data }) => data.reason),
      events.map(({ data }) => data.priority),
      events.map(({ data }) => data.model.name),
      events.map(({ data }) => data.model.version),
      events.map(({ data }) => data.model.digest),
      events.map(({ data }) => JSON.stringify(data.input)),
      events.map(({ data }) => JSON.stringify(data.timingsMs)),
      events.map(({ data }) => data.uploadedAt),
      events.map(({ data }) => data.scoredAt),
      events.map(({ data }) => data.supersedes),
      events.map(({ data }) => latencyOf(data)),
    ],
  );
  const sums = sumResults(events.map(({ data }) => data));
  await addSums(db, 'site_hours', 'hour', sums.hours);
  await addSums(db, 'site_days', 'day', sums.days);
  await db.query(
    `insert into site_decision_counts (site, decision, total)
     select site, decision, total from unnest($1::text[], $2::text[], $3::bigint[]) as t (site, decision, total)
     on conflict (site, decision) do update set total = site_decision_counts.total + excluded.total`,
    [
      sums.totals.map(({ site }) => site),
      sums.totals.map(({ decision }) => decision),
      sums.totals.map(({ total }) => total),
    ],
  );
}

async function addSums(db: Queryable, table: string, unit: string, rows: readonly SumRow[]): Promise<void> {
  await db.query(
    `insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)
     on conflict (site, ${unit}) do update set
       ${SUM_COLUMNS.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ')}`,
    [JSON.stringify(rows)],
  );
}

async function insertFeedback(db: Queryable, arrived: readonly Arrived<FeedbackRecorded>[]): Promise<void> {
  if (arrived.length === 0) return;
  const events = arrived.map(({ event }) => event);
  await db.query(
    `insert into feedback (id, site, sequence, received_at, trace_id, study_pseudonym, model_digest, verdict, label,
                           reason_code, at)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
                          $8::text[], $9::text[], $10::text[], $11::timestamptz[])`,
    [
      events.map(({ id }) => id),
      arrived.map(({ site }) => site),
      events.map(({ data }) => data.sequence),
      arrived.map(({ receivedAt }) => receivedAt),
      events.map(({ trace }) => trace?.traceId ?? null),
      events.map(({ data }) => data.studyPseudonym),
      events.map(({ data }) => data.modelDigest),
      events.map(({ data }) => data.verdict),
      events.map(({ data }) => data.label),
      events.map(({ data }) => data.reasonCode),
      events.map(({ data }) => data.at),
    ],
  );
}

async function insertAudit(db: Queryable, arrived: readonly Arrived<AuditRecorded>[]): Promise<void> {
  if (arrived.length === 0) return;
  await recordSiteEntries(
    db,
    arrived.map(({ site, receivedAt, event: { id, trace, data } }) => ({
      ...{ id, site, receivedAt, sequence: data.sequence, traceId: trace?.traceId ?? null },
      ...{ actorRole: data.actorRole, actorPseudonym: data.actorPseudonym, action: data.action },
      ...{ subjectPseudonym: data.subjectPseudonym, at: data.at },
    })),
  );
}

/** @returns how many were not there before */
async function insertHeartbeats(db: Queryable, arrived: readonly Arrived<SiteHeartbeat>[]): Promise<number> {
  if (arrived.length === 0) return 0;
  const beats = arrived.map(({ event }) => event.data);
  const { rowCount } = await db.query(
    `insert into heartbeats (site, at, received_at, sequence, backlog, oldest_unscored_age_seconds, dead_letters,
                             outbox_pending, scored, unreadable, model_name, model_version, app_version, store, kafka,
                             database, inference)
     select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::float8[],
                          $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::text[],
                          $13::text[], $14::text[], $15::text[], $16::text[], $17::text[])
     on conflict (site, at) do nothing`,
    [
      arrived.map(({ site }) => site),
      beats.map(({ at }) => at),
      arrived.map(({ receivedAt }) => receivedAt),
      beats.map(({ sequence }) => sequence),
      beats.map(({ backlog }) => backlog),
      beats.map(({ oldestUnscoredAgeSeconds }) => oldestUnscoredAgeSeconds),
      beats.map(({ deadLetters }) => deadLetters),
      beats.map(({ outboxPending }) => outboxPending),
      beats.map(({ scored }) => scored),
      beats.map(({ unreadable }) => unreadable),
      beats.map(({ model }) => model?.name ?? null),
      beats.map(({ model }) => model?.version ?? null),
      beats.map(({ appVersion }) => appVersion),
      beats.map(({ status }) => status.store),
      beats.map(({ status }) => status.kafka),
      beats.map(({ status }) => status.database),
      beats.map(({ status }) => status.inference),
    ],
  );
  return rowCount;
}

async function quarantine(
  db: Queryable,
  batches: readonly LedgerBatch[],
  outcomes: RecordedByTopic,
): Promise<Quarantined[]> {
  const found: Quarantined[] = [];
  for (const { site, topic, receivedAt, refused } of batches) {
    if (refused.length === 0) continue;
    const quarantined = await storeQuarantined(db, site, receivedAt, refused);
    outcomeOf(outcomes, topic).quarantined += quarantined.length;
    const suspicious = quarantined.filter(({ mayBeIdentity }) => mayBeIdentity);
    found.push({ site, suspicious: suspicious.length, others: quarantined.length - suspicious.length });
    const last = suspicious.at(-1);
    if (last !== undefined)
      await raiseAlarms(db, receivedAt, [
        {
          site,
          kind: 'quarantine',
          severity: 'critical',
          // the fields that were wrong are in the quarantine
          detail: `${suspicious.length} event(s) refused on ${last.message.topic}: ${last.code}`,
        },
      ]);
  }
  return found;
}
