import type { Policy } from '@hilum/contracts';
import type { Finding } from '../doctor/check.js';
import type { Examination } from '../doctor/examination.js';

/** What a policy demands cannot be there yet. */
export interface Pending {
  state: 'pending';
  /** why, as a plain sentence */
  detail: string;
}

/** A policy that running code checks on this machine. */
export interface LocalPolicy extends Omit<Policy, 'remediation'> {
  /** where it applies */
  of: readonly ('hub' | 'site')[];
  /**
   * `ok` is compliant, `warning` and `failed` are not, `skipped` is unknown.
   * @param subject `hub` or the name of a site
   * @param signal aborts when the time is over
   * @throws when it could not be looked at, which is unknown as well
   */
  check: (
    examination: Examination,
    subject: string,
    signal: AbortSignal,
  ) => Promise<Finding | Pending> | Finding | Pending;
}
