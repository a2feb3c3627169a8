import type { Database, Queryable } from '@hilum/runtime';
import { eventKey } from '../ledger/event-key.js';
import type { LedgerTable } from '../retention/ledger-tables.js';
import { ledgerTable } from '../retention/partition-store.js';
import type { ComplianceState, FleetSource, PolicyEvent, PolicyReport, PolicyState } from './compliance-state.js';
import { effectiveState, SOURCE_STALE_MS, type Judged, type SourceSigns } from './effective-state-rule.js';
import { applyReport, type CurrentState, type Reported, type Transition } from './history-rule.js';

/** Advisory lock under which states change: two hubs that follow the same platform tell the same things. */
const COMPLIANCE_LOCK = 0x68696c70;

interface StateRow extends Record<string, unknown> {
  policy: string;
  site: string;
  state: ComplianceState;
  message: string;
  since: Date;
  observed_at: Date;
  reported: Reported;
}

export interface StateFilter {
  policy?: string | undefined;
  site?: string | undefined;
  state?: ComplianceState | undefined;
}

/** A place in the list: what follows has a later policy, or the same one and a later site. */
export interface StatePlace {
  policy: string;
  site: string;
}

/** By policy and site, ascending. @param page continues after a place; without a limit: all */
export async function listPolicyStates(
  db: Queryable,
  filter: StateFilter = {},
  page: { after?: StatePlace | undefined; limit?: number | undefined } = {},
): Promise<PolicyState[]> {
  const { rows } = await db.query<StateRow>(
    `select policy, site, state, message, since, observed_at from policy_states
      where ($1::text is null or policy = $1) and ($2::text is null or site = $2) and ($3::text is null or state = $3)
        and ($4::text is null or (policy collate "C", site collate "C") > ($4, $5::text))
      order by policy collate "C", site collate "C" limit $6`,
    [
      filter.policy ?? null,
      filter.site ?? null,
      filter.state ?? null,
      page.after?.policy ?? null,
      page.after?.site ?? null,
      page.limit ?? null,
    ],
  );
  return rows.map((row) => ({
    policy: row.policy,
    site: row.site,
    state: row.state,
    message: row.message,
    since: row.since.toISOString(),
    observedAt: row.observed_at.toISOString(),
  }));
}

/** What keeping the history needs besides the database. */
export interface StateRecording {
  database: Database;
  /** makes the partitions for events of these times, as Retention.cover */
  cover: (table: LedgerTable, times: Iterable<number>) => Promise<void>;
}

interface Change {
  policy: string;
  site: string;
  next: CurrentState;
  observedAt: Date;
}
type Recorded = Transition & { policy: string; site: string };

/**
 * Records what a source reports of policies that are stored already (others are passed over): their states now, and what
 * of their history is not here yet. Idempotent, and safe to be done by several hubs.
 * @returns the states that are not what they were
 */
export async function recordReports(
  { database, cover }: StateRecording,
  now: Date,
  reports: readonly PolicyReport[],
): Promise<PolicyState[]> {
  if (reports.length === 0) return [];
  await cover(transitionsTable(), [
    now.getTime(),
    ...reports.flatMap(({ events }) => events.map(({ at }) => Date.parse(at))),
  ]);
  return database.transaction(async (db) => {
    await db.query('select pg_advisory_xact_lock($1)', [COMPLIANCE_LOCK]);
    const current = await readCurrent(db, reports);
    const availability = await readAvailability(db, reports);
    const known = reports.filter((report) => availability.has(placeOf(report)));
    const fresh = await freshEvents(db, now, known);
    const changes: Change[] = [];
    const transitions: Recorded[] = [];
    const changed: PolicyState[] = [];
    for (const report of known) {
      const { policy, site } = report;
      const before = current.get(placeOf(report)) ?? null;
      const judged = effectiveState(now.getTime(), report, {
        // that it reports shows that it is heard
        seenAt: now.getTime(),
        availability: availability.get(placeOf(report)) ?? null,
      });
      const applied = applyReport(now.getTime(), {
        current: before,
        report,
        events: fresh.get(placeOf(report)) ?? [],
        judged,
      });
      changes.push({ policy, site, next: applied.next, observedAt: now });
      transitions.push(...applied.transitions.map((transition) => ({ ...transition, policy, site })));
      if (before?.state !== applied.next.state || before.message !== applied.next.message)
        changed.push(stateOf({ policy, site, next: applied.next, observedAt: now }));
    }
    await storeTransitions(db, now, transitions);
    await storeStates(db, changes);
    return changed;
  });
}

/** Ends the states of policies that no longer apply at a cluster; their history stays. @returns how many there were */
export function endStates(
  { database, cover }: StateRecording,
  now: Date,
  places: readonly StatePlace[],
): Promise<number> {
  return endWhere({ database, cover }, now, {
    text: '(policy, site) in (select * from unnest($1::text[], $2::text[]))',
    values: [places.map(({ policy }) => policy), places.map(({ site }) => site)],
  });
}

/** Ends the states of a source's policies but for these. @returns how many there were */
export function endOtherStates(
  { database, cover }: StateRecording,
  now: Date,
  source: FleetSource,
  kept: readonly StatePlace[],
): Promise<number> {
  return endWhere({ database, cover }, now, {
    text: `policy in (select name from policies where source = $3)
           and (policy, site) not in (select * from unnest($1::text[], $2::text[]))`,
    values: [kept.map(({ policy }) => policy), kept.map(({ site }) => site), source],
  });
}

/** Ends the states of a source's policies that are gone. @returns how many there were */
export function endRemovedStates({ database, cover }: StateRecording, now: Date, source: FleetSource): Promise<number> {
  return endWhere({ database, cover }, now, {
    text: 'policy in (select name from policies where source = $1 and removed_at is not null)',
    values: [source],
  });
}

async function endWhere(
  { database, cover }: StateRecording,
  now: Date,
  condition: { text: string; values: unknown[] },
): Promise<number> {
  await cover(transitionsTable(), [now.getTime()]);
  return database.transaction(async (db) => {
    await db.query('select pg_advisory_xact_lock($1)', [COMPLIANCE_LOCK]);
    const { rows } = await db.query<{ policy: string; site: string; state: ComplianceState }>(
      `delete from policy_states where ${condition.text} returning policy, site, state`,
      condition.values,
    );
    await storeTransitions(
      db,
      now,
      rows.map(({ policy, site, state }) => ({
        policy,
        site,
        template: null,
        from: state,
        to: null,
        message: 'the policy no longer applies here',
        at: now.getTime(),
      })),
    );
    return rows.length;
  });
}

/**
 * Judges again what was reported: makes states unknown whose source or cluster is not heard any more, and believes them
 * again when it is. To be called every few seconds.
 * @param listeningSince since when this hub has been following its source, milliseconds since the epoch: that it did not
 *   listen itself says nothing of the source
 * @returns the states that are not what they were
 */
export async function judgeAgain(
  { database, cover }: StateRecording,
  now: Date,
  listeningSince: number,
): Promise<PolicyState[]> {
  // most of the time nothing differs, and nothing is locked then
  if ((await readDoubtful(database, now, listeningSince)).length === 0) return [];
  await cover(transitionsTable(), [now.getTime()]);
  return database.transaction(async (db) => {
    await db.query('select pg_advisory_xact_lock($1)', [COMPLIANCE_LOCK]);
    const changes: Change[] = [];
    const transitions: Recorded[] = [];
    for (const row of await readDoubtful(db, now, listeningSince)) {
      const judged: Judged = effectiveState(now.getTime(), row.reported, {
        seenAt: row.seen_at.getTime(),
        availability: row.availability,
      });
      if (judged.state === row.state && judged.message === row.message) continue;
      const { policy, site } = row;
      const isMoved = judged.state !== row.state;
      const since = isMoved ? now.getTime() : row.since.getTime();
      changes.push({ policy, site, next: { ...judged, since, reported: row.reported }, observedAt: row.observed_at });
      if (isMoved)
        transitions.push({
          ...{ policy, site, template: null },
          ...{ from: row.state, to: judged.state, message: judged.message, at: now.getTime() },
        });
    }
    await storeTransitions(db, now, transitions);
    await storeStates(db, changes);
    return changes.map(stateOf);
  });
}

type DoubtfulRow = StateRow & { seen_at: Date; availability: SourceSigns['availability'] };

const SIGNS_OF_STATES = `
  join policies p on p.name = s.policy
  left join fleet_sources f on f.source = p.source
  left join fleet_objects c on c.source = p.source and c.kind = 'cluster' and c.namespace = '' and c.name = s.site`;

/** States whose judgement may differ from what it was. */
async function readDoubtful(db: Queryable, now: Date, listeningSince: number): Promise<DoubtfulRow[]> {
  const { rows } = await db.query<DoubtfulRow>(
    `select * from (
       select s.*, greatest(f.seen_at, $2::timestamptz) as seen_at, c.data ->> 'availability' as availability
         from policy_states s ${SIGNS_OF_STATES}) as s
      where (seen_at < $1 or coalesce(availability, 'available') <> 'available')
            = (state = reported ->> 'state' and message = reported ->> 'message')`,
    [new Date(now.getTime() - SOURCE_STALE_MS), new Date(listeningSince)],
  );
  return rows;
}

function placeOf({ policy, site }: StatePlace): string {
  return `${policy}\n${site}`;
}

/** Whether each cluster is available, by place; a place of a policy that is not stored is left out. */
async function readAvailability(
  db: Queryable,
  places: readonly StatePlace[],
): Promise<Map<string, SourceSigns['availability']>> {
  const { rows } = await db.query<Pick<DoubtfulRow, 'policy' | 'site' | 'availability'>>(
    `select s.policy, s.site, c.data ->> 'availability' as availability
       from unnest($1::text[], $2::text[]) as s (policy, site) ${SIGNS_OF_STATES}`,
    [places.map(({ policy }) => policy), places.map(({ site }) => site)],
  );
  return new Map(rows.map((row) => [placeOf(row), row.availability]));
}

async function readCurrent(db: Queryable, places: readonly StatePlace[]): Promise<Map<string, CurrentState>> {
  const { rows } = await db.query<StateRow>(
    `select * from policy_states where (policy, site) in (select * from unnest($1::text[], $2::text[]))`,
    [places.map(({ policy }) => policy), places.map(({ site }) => site)],
  );
  return new Map(
    rows.map(({ policy, site, state, message, since, reported }) => [
      placeOf({ policy, site }),
      { state, message, since: since.getTime(), reported },
    ]),
  );
}

/** The events that are not in the history yet, which they are from now on; what has expired is not taken again. */
async function freshEvents(
  db: Queryable,
  now: Date,
  reports: readonly PolicyReport[],
): Promise<Map<string, PolicyEvent[]>> {
  const { rows: floors } = await db.query<{ floor: Date }>('select floor from retention where table_name = $1', [
    transitionsTable().name,
  ]);
  const floor = floors[0]?.floor.getTime() ?? Number.NEGATIVE_INFINITY;
  const byKey = new Map<string, { place: string; event: PolicyEvent }>();
  for (const report of reports)
    for (const event of report.events)
      if (Date.parse(event.at) >= floor)
        byKey.set(eventKey(report.site, `${report.policy}\n${event.template}\n${event.id}`), {
          place: placeOf(report),
          event,
        });
  const entries = [...byKey];
  const { rows } = await db.query<{ key: string }>(
    `insert into policy_event_ids (key, day)
     select key, (at at time zone 'UTC')::date from unnest($1::uuid[], $2::timestamptz[]) as e (key, at)
     on conflict do nothing returning key`,
    [
      entries.map(([key]) => key),
      // a clock that is ahead must not keep an id for longer than its row
      entries.map(([, { event }]) => new Date(Math.min(Date.parse(event.at), now.getTime()))),
    ],
  );
  const fresh = new Map<string, PolicyEvent[]>();
  for (const { key } of rows) {
    const entry = byKey.get(key);
    if (entry !== undefined) fresh.set(entry.place, [...(fresh.get(entry.place) ?? []), entry.event]);
  }
  return fresh;
}

async function storeStates(db: Queryable, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await db.query(
    `insert into policy_states (policy, site, state, message, since, observed_at, reported)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::jsonb[])
     on conflict (policy, site) do update set
       state = excluded.state, message = excluded.message, since = excluded.since,
       observed_at = excluded.observed_at, reported = excluded.reported`,
    [
      changes.map(({ policy }) => policy),
      changes.map(({ site }) => site),
      changes.map(({ next }) => next.state),
      changes.map(({ next }) => next.message),
      changes.map(({ next }) => new Date(next.since)),
      changes.map(({ observedAt }) => observedAt),
      changes.map(({ next }) => JSON.stringify(next.reported)),
    ],
  );
}

async function storeTransitions(db: Queryable, now: Date, transitions: readonly Recorded[]): Promise<void> {
  if (transitions.length === 0) return;
  await db.query(
    `insert into policy_transitions (policy, site, template, from_state, to_state, message, at, recorded_at)
     select policy, site, template, from_state, to_state, message, at, $8
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
            with ordinality as t (policy, site, template, from_state, to_state, message, at, n)
      order by n`,
    [
      transitions.map(({ policy }) => policy),
      transitions.map(({ site }) => site),
      transitions.map(({ template }) => template),
      transitions.map(({ from }) => from),
      transitions.map(({ to }) => to),
      transitions.map(({ message }) => message),
      transitions.map(({ at }) => new Date(at)),
      now,
    ],
  );
}

function stateOf({ policy, site, next, observedAt }: Change): PolicyState {
  return {
    policy,
    site,
    state: next.state,
    message: next.message,
    since: new Date(next.since).toISOString(),
    observedAt: observedAt.toISOString(),
  };
}

function transitionsTable(): LedgerTable {
  return ledgerTable('policy_transitions');
}
