import { formatCount } from '../format';
import type { ShiftLevel, SiteJudgement } from './model-types';

/** More rows or bars than these are not read; every site can be chosen by its name. */
export const SITES_SHOWN = 20;

/** Those with the most results. */
export function largest(sites: readonly SiteJudgement[]): readonly SiteJudgement[] {
  return sites.length <= SITES_SHOWN ? sites : top(sites, ({ total }) => total);
}

const SHIFT_RANK: Record<ShiftLevel, number> = { stable: 0, shifting: 1, shifted: 2 };

/** Those that are furthest from the reference. */
export function mostShifted(sites: readonly SiteJudgement[]): readonly SiteJudgement[] {
  if (sites.length <= SITES_SHOWN) return sites;
  const rankOf = (level: ShiftLevel | null): number => (level === null ? -1 : SHIFT_RANK[level]);
  return top(
    sites,
    ({ drift }) =>
      10 * Math.max(rankOf(drift.probability.level), rankOf(drift.images.level)) + (drift.probability.psi ?? 0),
  );
}

/** Those that readers said the most about. */
export function mostRead(sites: readonly SiteJudgement[]): readonly SiteJudgement[] {
  return sites.length <= SITES_SHOWN ? sites : top(sites, ({ feedback }) => feedback.studies);
}

/** Says which are left out, when some are. */
export function leftOutText(sites: readonly SiteJudgement[], which: string): string | null {
  if (sites.length <= SITES_SHOWN) return null;
  return `The ${SITES_SHOWN} of ${formatCount(sites.length)} sites ${which}; choose a site above to see another.`;
}

function top(sites: readonly SiteJudgement[], valueOf: (site: SiteJudgement) => number): SiteJudgement[] {
  return [...sites].sort((a, b) => valueOf(b) - valueOf(a)).slice(0, SITES_SHOWN);
}
