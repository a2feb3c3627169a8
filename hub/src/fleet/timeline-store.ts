import type { ModelReference } from '@hilum/contracts';
import type { Queryable } from '@hilum/runtime';
import type { AlarmKind, AlarmSeverity } from '../alarms/alarm-rule.js';
import type { SiteState } from './site-state-rule.js';

interface EntryOf<Kind extends string> {
  id: string;
  site: string;
  /** ISO 8601 UTC, by the hub's clock */
  at: string;
  kind: Kind;
}

interface AlarmDetail {
  alarmId: string;
  kind: AlarmKind;
  severity: AlarmSeverity;
  detail: string;
}

/** One thing that happened to a site. */
export type TimelineEntry =
  | EntryOf<'first-seen'>
  | (EntryOf<'state'> & { detail: { from: SiteState | null; to: SiteState } })
  | (EntryOf<'alarm-opened' | 'alarm-closed'> & { detail: AlarmDetail })
  | (EntryOf<'model'> & { detail: { from: ModelReference | null; to: ModelReference } })
  | (EntryOf<'app'> & { detail: { from: string | null; to: string } });

/** Behind which entry a page begins. What happened at one moment is in the order of source and id. */
export interface TimelinePlace {
  atMs: number;
  source: number;
  id: number;
}

type Row = Record<string, unknown> & {
  site: string;
  at: Date;
  source: number;
  id: number;
  kind: TimelineEntry['kind'];
  detail: unknown;
};

const ALARM = `jsonb_build_object('alarmId', id::text, 'kind', kind, 'severity', severity, 'detail', detail)`;

/** That a site is late or dead is told by its state. */
const NO_REPETITION = `kind not in ('site-late', 'site-dead')`;

/** Where entries are kept; a source's number is part of the order, and so of cursors. */
const SOURCES = [
  {
    from: 'sites s',
    site: 'name',
    at: 'first_seen_at',
    // many may be seen for the first time at one moment, and have no number
    id: `('x' || left(md5(name), 13))::bit(52)`,
    kind: `'first-seen'`,
    detail: 'null::jsonb',
    only: 'true',
  },
  {
    from: 'site_state_changes s',
    site: 'site',
    at: 'at',
    id: 'id',
    kind: `'state'`,
    detail: `jsonb_build_object('to', state, 'from',
      (select state from site_state_changes p where p.site = s.site and p.id < s.id order by p.id desc limit 1))`,
    only: 'true',
  },
  { from: 'alarms s', site: 'site', at: 'since', id: 'id', kind: `'alarm-opened'`, detail: ALARM, only: NO_REPETITION },
  {
    from: 'alarms s',
    site: 'site',
    at: 'closed_at',
    id: 'id',
    kind: `'alarm-closed'`,
    detail: ALARM,
    only: NO_REPETITION,
  },
  {
    from: 'site_changes s',
    site: 'site',
    at: 'at',
    id: 'id',
    kind: 'kind',
    detail: `jsonb_build_object('from', before, 'to', after)`,
    only: 'true',
  },
] as const;

/** Each source gives its newest in the order of its index; the newest of those are the page. */
function timelineOf(isOfOneSite: boolean): string {
  const branches = SOURCES.map(
    ({ from, site, at, id, kind, detail, only }, source) =>
      `(select ${site} as site, ${at} as at, ${source} as source, ${id}::bigint as id, ${kind} as kind,
               ${detail} as detail
          from ${from}
         where ${isOfOneSite ? `${site} = $5` : '$5::text is null'} and ${at} is not null and ${only}
           and ($1::timestamptz is null
                or ${at} <= $1 and (${at}, ${source}, ${id}::bigint) < ($1, $2::int, $3::bigint))
         order by ${at} desc, ${id}::bigint desc limit $4)`,
  );
  return `select * from (${branches.join(' union all ')}) entries order by at desc, source desc, id desc limit $4`;
}

const OF_ONE_SITE = timelineOf(true);
const OF_ALL_SITES = timelineOf(false);

/** What happened at one site or at all, newest first. @param page continues after a place */
export async function listTimeline(
  db: Queryable,
  site: string | undefined,
  page: { after?: TimelinePlace | undefined; limit: number },
): Promise<{ entry: TimelineEntry; place: TimelinePlace }[]> {
  const { after, limit } = page;
  const { rows } = await db.query<Row>(site === undefined ? OF_ALL_SITES : OF_ONE_SITE, [
    after === undefined ? null : new Date(after.atMs),
    after?.source ?? null,
    after?.id ?? null,
    limit,
    site ?? null,
  ]);
  return rows.map((row) => ({
    entry: {
      id: `${row.kind}-${row.id}`,
      site: row.site,
      at: row.at.toISOString(),
      kind: row.kind,
      ...(row.detail === null ? {} : { detail: row.detail }),
    } as TimelineEntry,
    place: { atMs: row.at.getTime(), source: row.source, id: row.id },
  }));
}
