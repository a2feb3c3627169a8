import { LATENCY_BOUNDS_MS, type ModelReference } from '@hilum/contracts';
import type { Database } from '@hilum/runtime';

export interface SiteNumbers {
  /** highest sequence up to which all was published at least once: a replay does not lower it; 0 before the first */
  publishedSequence: number;
  /** events that wait to be published, those to be sent again among them */
  outboxPending: number;
  /** how long the oldest of them has waited, since a replay for one that is sent again; 0 when none waits */
  relayLagSeconds: number;
  scored: number;
  unreadable: number;
  /** cumulative, as in a Prometheus histogram */
  latencyBuckets: { leMs: number | null; count: number }[];
  /** that made the latest result; null before the first */
  model: ModelReference | null;
}

/** Port for the totals of a site. */
export interface SiteNumbersStore {
  read(): Promise<SiteNumbers>;
}

/** From kept totals and indexes: cheap however many images there are; only what waits to be sent again is counted. */
export class PostgresSiteNumbersStore implements SiteNumbersStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async read(): Promise<SiteNumbers> {
    const { rows } = await this.#database.query<{
      published: number;
      pending: number;
      lag: number | null;
      scored: number;
      unreadable: number;
      latency_counts: number[];
      name: string | null;
      version: string | null;
      digest: string | null;
    }>(
      `select coalesce(waiting.first - 1, s.sequence) as published,
         waiting.pending + again.pending as pending,
         extract(epoch from now() - least(waiting.since, again.since))::double precision as lag, s.scored, s.unreadable,
         s.latency_counts::float8[],
         latest.model_name as name, latest.model_version as version, latest.model_digest as digest
       from site_state s
       cross join (select count(*) as pending, min(sequence) as first, min(queued_at) as since
                   from outbox where published_at is null) waiting
       cross join (select count(*) as pending, min(r.asked_at) as since
                   from outbox_replays r join outbox o on o.sequence between r.next_sequence and r.last_sequence
                   where o.published_at is not null) again
       left join lateral (select model_name, model_version, model_digest
                          from results order by sequence desc limit 1) latest on true`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('HILUM_EDGE_STATE_MISSING: the table site_state has lost its row');
    const { name, version, digest } = row;
    return {
      publishedSequence: row.published,
      outboxPending: row.pending,
      relayLagSeconds: Math.max(0, row.lag ?? 0),
      scored: row.scored,
      unreadable: row.unreadable,
      latencyBuckets: cumulative(row.latency_counts),
      model: name === null || version === null || digest === null ? null : { name, version, digest },
    };
  }
}

function cumulative(counts: readonly number[]): { leMs: number | null; count: number }[] {
  let sum = 0;
  return LATENCY_BOUNDS_MS.map((leMs, index) => {
    sum += counts[index] ?? 0;
    return { leMs, count: sum };
  });
}
