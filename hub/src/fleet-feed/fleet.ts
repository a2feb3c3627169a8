import type { FleetSource, Policy, PolicyReport } from '../compliance/compliance-state.js';
import type { StatePlace } from '../compliance/policy-state-store.js';
import type { FleetObject, FleetObjectId, FleetObjectKind } from './fleet-object.js';

/** What changed in the fleet. `all-…` is everything there is: what is not in it is gone. */
export type FleetChange =
  | { type: 'objects'; objects: readonly FleetObject[] }
  | { type: 'objects-gone'; ids: readonly FleetObjectId[] }
  | { type: 'all-objects'; kind: FleetObjectKind; objects: readonly FleetObject[] }
  | { type: 'policies'; policies: readonly Policy[] }
  | { type: 'all-policies'; policies: readonly Policy[] }
  | { type: 'reports'; reports: readonly PolicyReport[] }
  | { type: 'reports-gone'; places: readonly StatePlace[] }
  | { type: 'all-reports'; reports: readonly PolicyReport[] }
  /** everything until then (milliseconds since the epoch) has been told */
  | { type: 'seen'; at: number };

export const VIEW_STATES = ['starting', 'following', 'absent', 'refused', 'failing'] as const;
/**
 * - `absent`: the platform does not know this kind: it is not installed.
 * - `refused`: the hub may not see it.
 * - `failing`: it does not answer, or not as it should.
 */
export type ViewState = (typeof VIEW_STATES)[number];

/** How well one kind of thing is seen. */
export interface FleetView {
  /** as the platform calls it: `managedclusters` */
  kind: string;
  state: ViewState;
  /** until when everything of it has been told, milliseconds since the epoch; null: never */
  provenAt: number | null;
  /** of the last failure, for a person; null when there is none */
  detail: string | null;
}

/** What tells of the fleet. */
export interface Fleet {
  readonly source: FleetSource;
  /**
   * Tells of everything, then of every change, until the signal aborts. Whatever fails on the way is tried again, and
   * what could not be told is told anew as `all-…`; it never throws.
   * @param tell resolves when the changes are durable; they are told one after another
   */
  follow(tell: (changes: readonly FleetChange[]) => Promise<void>, signal: AbortSignal): Promise<void>;
  views(): FleetView[];
}
