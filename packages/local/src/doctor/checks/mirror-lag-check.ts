import { setTimeout as delay } from 'node:timers/promises';
import { commandLine } from '../../parts/command-line.js';
import { withDatabase, type DatabaseSession } from '../adapters/database-session.js';
import { combine, failed, skipped, warning, type Check, type Finding } from '../check.js';
import { siteState, whyNotRunning, type Examination } from '../examination.js';

/** Three heartbeats of 15 s; then, as the hub has it, five minutes. */
const FRESH_MS = 45_000;
const SILENT_MS = 5 * 60_000;
/** A site that has just been started is not late yet. */
const START_MS = 60_000;
/** How long what has just been published may be on its way. */
const ON_ITS_WAY_MS = 5_000;
const POLL_MS = 250;

/** What the hub has of a site. */
export interface SiteAtHub {
  highest: number;
  /** sequences that did not arrive, and the first of them */
  missing: number;
  firstMissing: number | null;
  /** when the hub's alarm about that was raised, ISO 8601 */
  missingSince: string | null;
  heartbeatReceivedAt: Date | null;
  lastReceivedAt: Date | null;
}

/**
 * Holds what a site published against what the hub has.
 * @param atHub null when the hub does not know the site
 * @param published the highest sequence up to which the site has handed all to its broker; null when it cannot be asked
 */
export function mirrorLagFinding(
  examination: Examination,
  site: string,
  { published, atHub, startedAt }: { published: number | null; atHub: SiteAtHub | null; startedAt: Date | null },
): Finding {
  const now = examination.now().getTime();
  const isNew = startedAt !== null && now - startedAt.getTime() < START_MS;
  const logs = commandLine(examination, `logs ${site}-mirror`);
  const judge = isNew ? warning : failed;
  if (atHub === null)
    return judge(`the hub has never heard of ${site}`, { since: startedAt?.toISOString() ?? null, fix: logs });
  const findings: Finding[] = [];
  const { highest, missing, firstMissing, missingSince, heartbeatReceivedAt, lastReceivedAt } = atHub;
  if (missing > 0 && firstMissing !== null)
    findings.push(
      failed(
        `${missing} ${missing === 1 ? 'event' : 'events'} of ${site} did not reach the hub, the first is number ${firstMissing}`,
        {
          since: missingSince,
          fix: commandLine(examination, `relay replay --site ${site} --from ${firstMissing}`),
        },
      ),
    );
  const behind = published === null ? 0 : published - highest;
  if (behind > 0)
    findings.push(
      failed(`the hub is ${behind} ${behind === 1 ? 'event' : 'events'} behind ${site}`, {
        since: lastReceivedAt?.toISOString() ?? null,
        fix: logs,
      }),
    );
  const silentMs = heartbeatReceivedAt === null ? Infinity : now - heartbeatReceivedAt.getTime();
  const since = heartbeatReceivedAt?.toISOString() ?? startedAt?.toISOString() ?? null;
  const fix = `${logs}\n${commandLine(examination, `logs ${site}-edge`)}`;
  if (heartbeatReceivedAt === null) findings.push(judge(`no heartbeat of ${site} has reached the hub`, { since, fix }));
  else if (silentMs > FRESH_MS)
    findings.push(
      (silentMs > SILENT_MS ? failed : warning)(
        `the last heartbeat of ${site} reached the hub ${Math.round(silentMs / 1000)} s ago`,
        { since, fix },
      ),
    );
  const all = published === null ? `events up to number ${highest}` : `all ${published} events that were published`;
  return combine(findings, `the hub has ${all}; the last heartbeat arrived ${Math.round(silentMs / 1000)} s ago`);
}

/** What a site publishes arrives at the hub, all of it and soon. */
export function mirrorLagCheck(examination: Examination, site: string): Check {
  return {
    name: 'mirror-lag',
    subject: site,
    run: async (signal) => {
      const why = whyNotRunning(examination, `${site}-edge`, `${site}-mirror`, 'hub');
      const hubUrl = examination.state?.hub.databaseUrl;
      const siteUrl = siteState(examination, site)?.databaseUrl;
      if (why !== null || hubUrl === undefined || siteUrl === undefined) return skipped(why ?? 'it is not running');
      // First the site, then the hub: what is published in between makes the hub look ahead, never behind.
      const published = await withDatabase(`the database of ${site}`, siteUrl, signal, publishedUpTo).catch(() => null);
      return withDatabase('the database of the hub', hubUrl, signal, async (db) => {
        const until = performance.now() + ON_ITS_WAY_MS;
        let atHub = await siteAtHub(db, site);
        while (published !== null && (atHub?.highest ?? 0) < published && performance.now() < until) {
          await delay(POLL_MS, undefined, { signal });
          atHub = await siteAtHub(db, site);
        }
        const started = examination.state?.supervisor?.startedAt;
        const startedAt = started === undefined ? null : new Date(started);
        return mirrorLagFinding(examination, site, { published, atHub, startedAt });
      });
    },
  };
}

async function publishedUpTo(db: DatabaseSession): Promise<number> {
  const [row] = await db.rows<{ published: number }>(
    `select coalesce((select min(sequence) - 1 from outbox where published_at is null), sequence)::float8 as published
       from site_state`,
  );
  return row?.published ?? 0;
}

async function siteAtHub(db: DatabaseSession, site: string): Promise<SiteAtHub | null> {
  const [row] = await db.rows<{
    highest: number;
    missing: number;
    first_missing: number | null;
    missing_since: Date | null;
    heartbeat_received_at: Date | null;
    last_received_at: Date | null;
  }>(
    `select s.highest::float8, gaps.missing, gaps.first_missing, s.heartbeat_received_at, s.last_received_at,
            (select min(since) from alarms
              where site = s.name and kind = 'sequences-missing' and closed_at is null) as missing_since
       from sites s
       cross join lateral (
         select coalesce(sum(upper(gap) - lower(gap)), 0)::float8 as missing, min(lower(gap))::float8 as first_missing
           from unnest(int8multirange(int8range(1, s.settled + 1)) - s.received) as gap) gaps
      where s.name = $1`,
    [site],
  );
  if (row === undefined) return null;
  return {
    highest: row.highest,
    missing: row.missing,
    firstMissing: row.first_missing,
    missingSince: row.missing_since?.toISOString() ?? null,
    heartbeatReceivedAt: row.heartbeat_received_at,
    lastReceivedAt: row.last_received_at,
  };
}
