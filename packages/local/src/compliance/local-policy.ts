import type { Policy } from '@hilum/contracts';
import type { Finding } from '../doctor/check.js';
import type { Examination } from '../doctor/examination.js';

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
  check: (examination: Examination, subject: string, signal: AbortSignal) => Promise<Finding | 'pending'> | Finding;
}
