import type { Queryable } from '@hilum/runtime';

/** What tells, at the cost of looking at the ends of a few indexes, whether anything of the ledger changed. */
export interface LedgerVersion {
  /** another one whenever results or a site were added or results expired, also after a restore that took some away */
  version: string;
  /** the latest scoredAt of all results, milliseconds since the epoch; null without results */
  latestScoredAtMs: number | null;
}

export async function ledgerVersion(db: Queryable): Promise<LedgerVersion> {
  const { rows } = await db.query<{ last: string | null; latest: Date | null; sites: number; drops: number | null }>(
    `select (select position || '-' || left(id, 16) from results order by position desc limit 1) as last,
            (select max(scored_at) from results) as latest,
            (select count(*) from sites) as sites,
            (select max(id) from retention_drops) as drops`,
  );
  const [row] = rows;
  return {
    version: `${row?.last ?? 'none'}-${row?.sites ?? 0}-${row?.drops ?? 0}`,
    latestScoredAtMs: row?.latest?.getTime() ?? null,
  };
}
