import { isSiteName } from '@hilum/contracts';

/**
 * Why a site cannot have this name, or null when it can. `hub` is a valid topic prefix, but here it names the hub's own
 * processes and its certificate.
 */
export function siteNameProblem(name: string): string | null {
  if (!isSiteName(name)) {
    return `"${name}" is not a site name: 1 to 40 lower-case letters, digits or inner hyphens, such as st-agnes`;
  }
  return name === 'hub' || name.startsWith('hub-')
    ? `"${name}" is taken by the hub's own processes: choose a name that is not hub and does not begin with hub-`
    : null;
}

const FIRST_SITES = ['st-agnes', 'riverside'];

/** The n-th default site (from 0): st-agnes, riverside, site-3, … */
export function defaultSiteName(index: number): string {
  return FIRST_SITES[index] ?? `site-${index + 1}`;
}
