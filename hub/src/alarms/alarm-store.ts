import type { Queryable } from '@hilum/runtime';
import { HELD_ALARM_KINDS, type AlarmCondition, type AlarmKind, type AlarmSeverity } from './alarm-rule.js';

/** One episode of one kind of trouble at one site; at most one per site and kind is open. */
export interface Alarm {
  id: string;
  site: string;
  kind: AlarmKind;
  severity: AlarmSeverity;
  /** ISO 8601 UTC */
  since: string;
  lastSeenAt: string;
  closedAt: string | null;
  detail: string;
}

interface AlarmRow extends Record<string, unknown> {
  id: number;
  site: string;
  kind: AlarmKind;
  severity: AlarmSeverity;
  since: Date;
  last_seen_at: Date;
  closed_at: Date | null;
  detail: string;
}

/** Opens an alarm, or touches the one that is open already. */
export async function raiseAlarms(db: Queryable, now: Date, conditions: readonly AlarmCondition[]): Promise<void> {
  if (conditions.length === 0) return;
  await db.query(
    `insert into alarms (site, kind, severity, since, last_seen_at, detail)
     select site, kind, severity, $1, $1, detail
       from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as c (site, kind, severity, detail)
      order by site, kind
     on conflict (site, kind) where closed_at is null
     do update set last_seen_at = excluded.last_seen_at, severity = excluded.severity, detail = excluded.detail`,
    [
      now,
      conditions.map(({ site }) => site),
      conditions.map(({ kind }) => kind),
      conditions.map(({ severity }) => severity),
      conditions.map(({ detail }) => detail),
    ],
  );
}

/** Makes the open alarms be exactly these conditions, but for the kinds that a person closes. */
export async function reconcileAlarms(db: Queryable, now: Date, conditions: readonly AlarmCondition[]): Promise<void> {
  await raiseAlarms(db, now, conditions);
  await db.query(
    `update alarms set closed_at = $1
      where closed_at is null and kind <> all ($2::text[])
        and (site, kind) not in (select * from unnest($3::text[], $4::text[]))`,
    [now, HELD_ALARM_KINDS, conditions.map(({ site }) => site), conditions.map(({ kind }) => kind)],
  );
}

/** The open alarms, and those of the given ids whether open or not. */
export async function openAlarmsAnd(db: Queryable, ids: readonly string[]): Promise<Alarm[]> {
  const { rows } = await db.query<AlarmRow>(
    `select * from alarms where closed_at is null or id = any ($1::bigint[]) order by id`,
    [ids],
  );
  return rows.map(alarmOf);
}

/** The open alarms of one kind, newest first. */
export async function openAlarmsOf(db: Queryable, kind: AlarmKind): Promise<Alarm[]> {
  const { rows } = await db.query<AlarmRow>(
    'select * from alarms where closed_at is null and kind = $1 order by id desc',
    [kind],
  );
  return rows.map(alarmOf);
}

/** Those that were open at some moment of a period, oldest first. */
export async function alarmsOpenIn(db: Queryable, period: { since: Date; until: Date }): Promise<Alarm[]> {
  const { rows } = await db.query<AlarmRow>(
    'select * from alarms where since < $2 and (closed_at is null or closed_at >= $1) order by id',
    [period.since, period.until],
  );
  return rows.map(alarmOf);
}

/** Newest first. @param beforeId continues after this alarm */
export async function listAlarms(
  db: Queryable,
  filter: {
    site?: string | undefined;
    state?: 'open' | 'closed' | undefined;
    beforeId?: number | undefined;
    limit: number;
  },
): Promise<Alarm[]> {
  const { rows } = await db.query<AlarmRow>(
    `select * from alarms
      where ($1::text is null or site = $1)
        and ($2::text is null or (closed_at is null) = ($2 = 'open'))
        and ($3::bigint is null or id < $3)
      order by id desc limit $4`,
    [filter.site ?? null, filter.state ?? null, filter.beforeId ?? null, filter.limit],
  );
  return rows.map(alarmOf);
}

function alarmOf(row: AlarmRow): Alarm {
  return {
    id: String(row.id),
    site: row.site,
    kind: row.kind,
    severity: row.severity,
    since: row.since.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    detail: row.detail,
  };
}
