import {
  siteTopics,
  type AuditRecorded,
  type CloudEvent,
  type FeedbackRecorded,
  type ResultRecorded,
  type SiteHeartbeat,
} from '@hilum/contracts';
import type { Database, Queryable } from '@hilum/runtime';
import { raiseAlarms } from '../alarms/alarm-store.js';
import type { AdmittedEvent } from '../ingest/admit.js';
import { storeQuarantined, type Refused } from '../quarantine/quarantine-store.js';
import { multirangeOf } from './sequence-ranges.js';

/** What arrived of one site together. */
export interface LedgerBatch {
  site: string;
  receivedAt: Date;
  admitted: readonly AdmittedEvent[];
  refused: readonly Refused[];
}

export interface Recorded {
  /** events that were not there before; a heartbeat always counts */
  recorded: number;
  duplicates: number;
  quarantined: number;
  /** those of the quarantined that may hold somebody's identity */
  suspicious: number;
}

/** Key of the advisory lock under which positions are given. */
const POSITION_LOCK = 0x68696c75;

/**
 * Records a batch in one transaction. Every statement is idempotent, so a batch that is delivered again, whole or in
 * part and in any order, leaves the same tables.
 */
export function recordBatch(database: Database, batch: LedgerBatch): Promise<Recorded> {
  return database.transaction(async (db) => {
    const results: CloudEvent<ResultRecorded>[] = [];
    const feedback: CloudEvent<FeedbackRecorded>[] = [];
    const audit: CloudEvent<AuditRecorded>[] = [];
    const heartbeats: CloudEvent<SiteHeartbeat>[] = [];
    for (const admitted of batch.admitted) {
      if (admitted.topic === siteTopics.results) results.push(admitted.event);
      else if (admitted.topic === siteTopics.feedback) feedback.push(admitted.event);
      else if (admitted.topic === siteTopics.audit) audit.push(admitted.event);
      else heartbeats.push(admitted.event);
    }
    // Positions must become visible in their order: a reader that has seen position 8 never looks for 7 again. So
    // only one transaction at a time may hold positions that are not committed. Taken before any row lock.
    if (results.length > 0) await db.query('select pg_advisory_xact_lock($1)', [POSITION_LOCK]);
    await updateSite(db, batch, heartbeats);
    const newResults = await insertResults(db, batch, results);
    const newFeedback = await insertFeedback(db, batch, feedback);
    const newAudit = await insertAudit(db, batch, audit);
    const quarantined = await storeQuarantined(db, batch.site, batch.receivedAt, batch.refused);
    const suspicious = quarantined.filter(({ mayBeIdentity }) => mayBeIdentity);
    const last = suspicious.at(-1);
    if (last !== undefined)
      await raiseAlarms(db, batch.receivedAt, [
        {
          site: batch.site,
          kind: 'quarantine',
          severity: 'critical',
          // the fields that were wrong are in the quarantine
          detail: `${suspicious.length} event(s) refused on ${last.message.topic}: ${last.code}`,
        },
      ]);
    const recorded = newResults + newFeedback + newAudit + heartbeats.length;
    return {
      recorded,
      duplicates: batch.admitted.length - recorded,
      quarantined: quarantined.length,
      suspicious: suspicious.length,
    };
  });
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

async function updateSite(
  db: Queryable,
  { site, receivedAt, admitted }: LedgerBatch,
  heartbeats: readonly CloudEvent<SiteHeartbeat>[],
): Promise<void> {
  // a heartbeat's sequence is the highest that the site has sent, not one of its own
  const own = admitted.filter(({ topic }) => topic !== siteTopics.heartbeat).map(({ event }) => event.data.sequence);
  const highest = Math.max(0, ...admitted.map(({ event }) => event.data.sequence));
  const latest = heartbeats.reduce<CloudEvent<SiteHeartbeat> | undefined>(
    (best, event) => (best === undefined || Date.parse(event.data.at) >= Date.parse(best.data.at) ? event : best),
    undefined,
  );
  await addSites(db, [site], receivedAt);
  await db.query(
    `update sites set
       last_received_at = greatest(last_received_at, $2),
       received = received + $3::int8multirange,
       highest = greatest(highest, $4)
     where name = $1`,
    [site, receivedAt, multirangeOf(own), highest],
  );
  if (latest === undefined) return;
  // one from the future was sent by a clock that ran ahead: kept, it would shut out all that follow
  await db.query(
    `update sites set heartbeat = $2, heartbeat_at = $3, heartbeat_received_at = $4
      where name = $1 and (heartbeat_at is null or heartbeat_at <= $3 or heartbeat_at > $4)`,
    [site, JSON.stringify(latest.data), latest.data.at, receivedAt],
  );
}

async function insertResults(
  db: Queryable,
  { site, receivedAt }: LedgerBatch,
  events: readonly CloudEvent<ResultRecorded>[],
): Promise<number> {
  if (events.length === 0) return 0;
  const { rows } = await db.query<{ decision: string; total: number }>(
    `with added as (
       insert into results (id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision,
                            probability, reason, priority, model_name, model_version, model_digest, input, timings_ms,
                            uploaded_at, scored_at, supersedes)
       select id, $1, sequence, $2, trace_id, study_pseudonym, image_pseudonym, decision, probability, reason,
              priority, model_name, model_version, model_digest, input::jsonb, timings_ms::jsonb, uploaded_at,
              scored_at, supersedes
         from unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::float8[],
                     $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                     $17::timestamptz[], $18::timestamptz[], $19::text[]) with ordinality
              as e (id, sequence, trace_id, study_pseudonym, image_pseudonym, decision, probability, reason, priority,
                    model_name, model_version, model_digest, input, timings_ms, uploaded_at, scored_at, supersedes, nr)
        order by nr
       on conflict (id) do nothing
       returning decision),
     counted as (select decision, count(*) as total from added group by decision),
     totals as (
       insert into site_decision_counts (site, decision, total)
       select $1, decision, total from counted
       on conflict (site, decision) do update set total = site_decision_counts.total + excluded.total)
     select decision, total from counted`,
    [
      site,
      receivedAt,
      events.map(({ id }) => id),
      events.map(({ data }) => data.sequence),
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
    ],
  );
  return rows.reduce((sum, { total }) => sum + total, 0);
}

async function insertFeedback(
  db: Queryable,
  { site, receivedAt }: LedgerBatch,
  events: readonly CloudEvent<FeedbackRecorded>[],
): Promise<number> {
  if (events.length === 0) return 0;
  const { rowCount } = await db.query(
    `insert into feedback (id, site, sequence, received_at, trace_id, study_pseudonym, model_digest, verdict, label,
                           reason_code, at)
     select id, $1, sequence, $2, trace_id, study_pseudonym, model_digest, verdict, label, reason_code, at
       from unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                   $11::timestamptz[])
            as e (id, sequence, trace_id, study_pseudonym, model_digest, verdict, label, reason_code, at)
     on conflict (id) do nothing`,
    [
      site,
      receivedAt,
      events.map(({ id }) => id),
      events.map(({ data }) => data.sequence),
      events.map(({ trace }) => trace?.traceId ?? null),
      events.map(({ data }) => data.studyPseudonym),
      events.map(({ data }) => data.modelDigest),
      events.map(({ data }) => data.verdict),
      events.map(({ data }) => data.label),
      events.map(({ data }) => data.reasonCode),
      events.map(({ data }) => data.at),
    ],
  );
  return rowCount;
}

async function insertAudit(
  db: Queryable,
  { site, receivedAt }: LedgerBatch,
  events: readonly CloudEvent<AuditRecorded>[],
): Promise<number> {
  if (events.length === 0) return 0;
  const { rowCount } = await db.query(
    `insert into audit (id, site, sequence, received_at, trace_id, actor_role, actor_pseudonym, action,
                        subject_pseudonym, at)
     select id, $1, sequence, $2, trace_id, actor_role, actor_pseudonym, action, subject_pseudonym, at
       from unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                   $10::timestamptz[])
            as e (id, sequence, trace_id, actor_role, actor_pseudonym, action, subject_pseudonym, at)
     on conflict (id) do nothing`,
    [
      site,
      receivedAt,
      events.map(({ id }) => id),
      events.map(({ data }) => data.sequence),
      events.map(({ trace }) => trace?.traceId ?? null),
      events.map(({ data }) => data.actorRole),
      events.map(({ data }) => data.actorPseudonym),
      events.map(({ data }) => data.action),
      events.map(({ data }) => data.subjectPseudonym),
      events.map(({ data }) => data.at),
    ],
  );
  return rowCount;
}
