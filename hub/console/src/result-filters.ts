import { useCallback, useEffect, useState } from 'react';
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

/** The filters live in the address, so that a link shows what its sender saw. */
export function useResultFilters(): [ResultFilters, (filters: ResultFilters) => void] {
  const [filters, setFilters] = useState(() => filtersFrom(window.location.search));
  useEffect(() => {
    const follow = (): void => setFilters(filtersFrom(window.location.search));
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, []);
  const change = useCallback((next: ResultFilters) => {
    const query = new URLSearchParams();
    if (next.site !== null) query.set('site', next.site);
    if (next.decision !== null) query.set('decision', next.decision);
    const search = query.toString();
    window.history.pushState(null, '', search === '' ? window.location.pathname : `?${search}`);
    setFilters(next);
  }, []);
  return [filters, change];
}
