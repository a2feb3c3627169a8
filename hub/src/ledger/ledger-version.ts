import type { Queryable } from '@hilum/runtime';

/** What tells, at the cost of looking at the ends of two indexes, whether anything of the ledger changed. */
export interface LedgerVersion {
  /** another one whenever a result or a site was added, also after a restore that took some away */
  version: string;
  /** the latest scoredAt of all results, milliseconds since the epoch; null without results */
  latestScoredAtMs: number | null;
}

export async function ledgerVersion(db: Queryable): Promise<LedgerVersion> {
  const { rows } = await db.query<{ last: string | null; latest: Date | null; sites: number }>(
    `select (select position || '-' || left(id, 16) from results order by position desc limit 1) as last,
            (select max(scored_at) from results) as latest,
            (select count(*) from sites) as sites`,
  );
  const [row] = rows;
  return { version: `${row?.last ?? 'none'}-${row?.sites ?? 0}`, latestScoredAtMs: row?.latest?.getTime() ?? null };
}
