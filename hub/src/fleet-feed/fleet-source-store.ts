import type { Queryable } from '@hilum/runtime';
import type { FleetSource } from '../compliance/compliance-state.js';

export interface KnownFleetSource {
  source: FleetSource;
  /** when it last showed that its view is whole and current, ISO 8601 UTC; null: never */
  seenAt: string | null;
}

export async function listFleetSources(db: Queryable): Promise<KnownFleetSource[]> {
  const { rows } = await db.query<{ source: FleetSource; seen_at: Date }>(
    'select source, seen_at from fleet_sources order by source',
  );
  return rows.map(({ source, seen_at: seenAt }) => ({ source, seenAt: seenAt.toISOString() }));
}

/** Notes that a source's view is whole and current. */
export async function noteSeen(db: Queryable, source: FleetSource, at: Date): Promise<void> {
  await db.query(
    `insert into fleet_sources (source, seen_at) values ($1, $2)
     on conflict (source) do update set seen_at = excluded.seen_at`,
    [source, at],
  );
}

/** Counts that something was told, so that answers made from it can be told apart. */
export async function noteChange(db: Queryable, source: FleetSource): Promise<void> {
  await db.query('update fleet_sources set version = version + 1 where source = $1', [source]);
}

/** Another one whenever what is known of the fleet may have changed. */
export async function fleetVersion(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ version: string | null }>(
    `select string_agg(source || '-' || version || '-' || extract(epoch from seen_at)::text, '-' order by source) as version
       from fleet_sources`,
  );
  return rows[0]?.version ?? 'none';
}
