import type { Decision, ModelReference, SiteHeartbeat } from '@hilum/contracts';
import type { Queryable } from '@hilum/runtime';
import { noDecisions, type DecisionCounts } from '../ledger/summary-store.js';
import { SOURCE_STALE_MS } from '../compliance/effective-state-rule.js';
import type { Availability, FleetCluster } from '../fleet-feed/fleet-object.js';
import { clusterReading, type ClusterReading, type SiteState } from './site-state-rule.js';

/** A record on another topic may arrive a little earlier than the one before it: no gap counts before this. */
export const GAP_GRACE_MS = 30_000;

/** A site as the API tells it. What only a heartbeat tells is null before the first. */
export interface SiteRow {
  name: string;
  state: SiteState;
  /** ISO 8601 UTC */
  stateSince: string;
  lastHeartbeatAt: string | null;
  backlog: number | null;
  oldestUnscoredAgeSeconds: number | null;
  deadLetters: number | null;
  /** events that wait at the site to be sent here */
  outboxPending: number | null;
  /** from the sending of the latest heartbeat, by the site's clock, to its receipt, by the hub's */
  mirrorLagSeconds: number | null;
  status: SiteHeartbeat['status'] | null;
  missing: number;
  counts: { total: number; byDecision: DecisionCounts };
  model: ModelReference | null;
  appVersion: string | null;
  /** what the platform says of its cluster; null when it does not know it */
  cluster: SiteCluster | null;
}

export interface SiteCluster {
  availability: Availability;
  /** ISO 8601 UTC */
  since: string | null;
  message: string;
  accepted: boolean;
  joined: boolean;
  /** null while what tells of the fleet is not heard */
  reading: ClusterReading | null;
}

/** A site with what the state rule and the alarm rule judge by. */
export interface JudgedSite {
  row: SiteRow;
  heartbeat: SiteHeartbeat | null;
  firstSeenAt: Date;
  lastReceivedAt: Date | null;
  heartbeatAt: Date | null;
  heartbeatReceivedAt: Date | null;
}

interface DbRow extends Record<string, unknown> {
  name: string;
  first_seen_at: Date;
  last_received_at: Date | null;
  state: SiteState;
  state_since: Date;
  heartbeat: SiteHeartbeat | null;
  heartbeat_at: Date | null;
  heartbeat_received_at: Date | null;
  missing: number;
  counts: Partial<Record<Decision, number>> | null;
  cluster: FleetCluster | null;
  cluster_seen_at: Date | null;
}

const GAPS = 'unnest(int8multirange(int8range(1, settled + 1)) - received) as gap';
const JUDGED_SITES = `
  select s.name, first_seen_at, last_received_at, state, state_since, heartbeat, heartbeat_at, heartbeat_received_at,
         (select coalesce(sum(upper(gap) - lower(gap)), 0)::bigint from ${GAPS}) as missing,
         (select jsonb_object_agg(decision, total) from site_decision_counts c where c.site = s.name) as counts,
         cluster.data as cluster, source.seen_at as cluster_seen_at
    from sites s
    left join fleet_sources source on source.seen_at = (select max(seen_at) from fleet_sources)
    left join fleet_objects cluster
           on cluster.source = source.source and cluster.kind = 'cluster' and cluster.namespace = '' and cluster.name = s.name`;

/**
 * By name, ascending.
 * @param page continues after a name; without a limit: all
 * @param now milliseconds since the epoch, for how old what is known of clusters is
 */
export async function listSites(
  db: Queryable,
  page: { after?: string | undefined; limit?: number | undefined } = {},
  now = Date.now(),
): Promise<JudgedSite[]> {
  const { rows } = await db.query<DbRow>(
    `${JUDGED_SITES} where $1::text is null or s.name > $1 order by s.name limit $2`,
    [page.after ?? null, page.limit ?? null],
  );
  return rows.map((row) => judgedSiteOf(row, now));
}

/** @param now as for {@link listSites} */
export async function findSite(db: Queryable, name: string, now = Date.now()): Promise<JudgedSite | null> {
  const { rows } = await db.query<DbRow>(`${JUDGED_SITES} where s.name = $1`, [name]);
  return rows[0] === undefined ? null : judgedSiteOf(rows[0], now);
}

/** Numbers of events of a site that did not arrive, both ends included. */
export interface MissingRange {
  from: number;
  to: number;
}

/** The lowest ones first. */
export async function missingRanges(db: Queryable, site: string, limit: number): Promise<MissingRange[]> {
  const { rows } = await db.query<MissingRange & Record<string, unknown>>(
    `select lower(gap) as from, upper(gap) - 1 as to from sites, ${GAPS} where name = $1 order by 1 limit $2`,
    [site, limit],
  );
  return rows.map(({ from, to }) => ({ from, to }));
}

/** In the order of names, as all who change several sites lock them: two that wait for each other would be refused. */
const LOCKED_SITES = 'select name from sites where name = any ($2::text[]) order by name for update';

/** Records the states that changed, and the change. */
export async function changeStates(
  db: Queryable,
  now: Date,
  changes: readonly { name: string; state: SiteState }[],
): Promise<void> {
  if (changes.length === 0) return;
  await db.query(
    `with locked as materialized (${LOCKED_SITES}),
     changed as (
       update sites set state = c.state, state_since = $1
         from unnest($2::text[], $3::text[]) as c (name, state) join locked using (name)
        where sites.name = c.name and sites.state <> c.state
       returning sites.name, sites.state)
     insert into site_state_changes (site, state, at) select name, state, $1 from changed`,
    [now, changes.map(({ name }) => name), changes.map(({ state }) => state)],
  );
}

/**
 * Notes how far each site's sequence is known now, and lets gaps count as missing below what was known a grace period
 * ago. Called every few seconds; safe to be called by several replicas.
 */
export async function settleSequences(db: Queryable, now: Date): Promise<void> {
  await db.query(
    `insert into sequence_marks (site, highest, seen_at)
     select name, highest, $1 from sites where highest > settled order by name
     on conflict do nothing`,
    [now],
  );
  const { rows } = await db.query<{ site: string; highest: number }>(
    // A mark from the far future was made before the clock was set back: it would hide gaps until that time comes. One
    // from the near future is of another replica, whose clock is a little ahead of this one's.
    `delete from sequence_marks where seen_at <= $1 or seen_at > $2 returning site, highest`,
    [new Date(now.getTime() - GAP_GRACE_MS), new Date(now.getTime() + GAP_GRACE_MS)],
  );
  await db.query(
    `with locked as materialized (${LOCKED_SITES})
     update sites set settled = greatest(settled, m.highest)
       from (select site, max(highest) as highest from unnest($2::text[], $1::bigint[]) as r (site, highest)
              group by site) m join locked on locked.name = m.site
      where sites.name = m.site`,
    [rows.map(({ highest }) => highest), rows.map(({ site }) => site)],
  );
}

function judgedSiteOf(row: DbRow, now: number): JudgedSite {
  const byDecision = { ...noDecisions(), ...row.counts };
  return {
    row: {
      name: row.name,
      state: row.state,
      stateSince: row.state_since.toISOString(),
      lastHeartbeatAt: row.heartbeat_at?.toISOString() ?? null,
      backlog: row.heartbeat?.backlog ?? null,
      oldestUnscoredAgeSeconds: row.heartbeat?.oldestUnscoredAgeSeconds ?? null,
      deadLetters: row.heartbeat?.deadLetters ?? null,
      outboxPending: row.heartbeat?.outboxPending ?? null,
      mirrorLagSeconds:
        row.heartbeat_at === null || row.heartbeat_received_at === null
          ? null
          : Math.max(0, row.heartbeat_received_at.getTime() - row.heartbeat_at.getTime()) / 1000,
      status: row.heartbeat?.status ?? null,
      missing: row.missing,
      counts: { total: Object.values(byDecision).reduce((sum, count) => sum + count, 0), byDecision },
      model: row.heartbeat?.model ?? null,
      appVersion: row.heartbeat?.appVersion ?? null,
      cluster: clusterOf(row, now),
    },
    heartbeat: row.heartbeat,
    firstSeenAt: row.first_seen_at,
    lastReceivedAt: row.last_received_at,
    heartbeatAt: row.heartbeat_at,
    heartbeatReceivedAt: row.heartbeat_received_at,
  };
}

function clusterOf({ state, cluster, cluster_seen_at: seenAt }: DbRow, now: number): SiteCluster | null {
  if (cluster === null) return null;
  const { availability, availabilitySince: since, message, accepted, joined } = cluster;
  if (seenAt === null || now - seenAt.getTime() > SOURCE_STALE_MS)
    return {
      ...{ availability: 'unknown', since: null, accepted, joined, reading: null },
      message: `what tells of the fleet is not heard any more; it last said that the cluster was ${availability}`,
    };
  return { availability, since, message, accepted, joined, reading: clusterReading(state, availability) };
}
