import type { ComplianceState } from './compliance-state.js';

/** A source that has not been heard for this long may have missed anything. */
export const SOURCE_STALE_MS = 3 * 60_000;

/** How far what was reported can be believed. All times in milliseconds since the epoch. */
export interface SourceSigns {
  /** when the source last showed that its view is whole and current; null: never */
  seenAt: number | null;
  /** what the platform says of the cluster; null: it does not know the cluster, or does not watch clusters */
  availability: 'available' | 'unavailable' | 'unknown' | null;
}

export interface Judged {
  state: ComplianceState;
  message: string;
}

/**
 * What counts of a reported state. A cluster that is away goes on with its last state in Open Cluster Management, and a
 * source that has died goes on with all of them: neither is compliance.
 */
export function effectiveState(now: number, reported: Judged, signs: SourceSigns): Judged {
  const was = `it was last reported ${reported.state}`;
  if (signs.seenAt === null || now - signs.seenAt > SOURCE_STALE_MS)
    return { state: 'unknown', message: `what tells of the fleet is not heard any more; ${was}` };
  if (signs.availability === 'unavailable' || signs.availability === 'unknown')
    return { state: 'unknown', message: `the cluster is not available; ${was}` };
  return { state: reported.state, message: reported.message };
}
