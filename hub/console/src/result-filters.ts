import { DECISIONS, type Decision, type Result } from './api-types';

export interface ResultFilters {
  site: string | null;
  decision: Decision | null;
}

export function filtersFrom(search: string): ResultFilters {
  const query = new URLSearchParams(search);
  const site = query.get('site');
  return {
    // as the hub would refuse any other name
    site: site !== null && /^[a-z0-9-]{1,40}$/.test(site) ? site : null,
    decision: DECISIONS.find((decision) => decision === query.get('decision')) ?? null,
  };
}

export function matches(filters: ResultFilters, result: Result): boolean {
  return (
    (filters.site === null || filters.site === result.site) &&
    (filters.decision === null || filters.decision === result.decision)
  );
}

/** The address of the results under these filters. */
export function resultsAddressOf({ site, decision }: ResultFilters): string {
  const query = new URLSearchParams();
  if (site !== null) query.set('site', site);
  if (decision !== null) query.set('decision', decision);
  return query.size === 0 ? '/results' : `/results?${query.toString()}`;
}
