import type { FleetSource } from '../compliance/compliance-state.js';
import {
  endOtherStates,
  endRemovedStates,
  endStates,
  recordReports,
  type StateRecording,
} from '../compliance/policy-state-store.js';
import { markRemoved, storePolicies } from '../compliance/policy-store.js';
import { removeFleetObjects, removeOtherFleetObjects, storeFleetObjects } from './fleet-object-store.js';
import { noteChange, noteSeen } from './fleet-source-store.js';
import type { FleetChange } from './fleet.js';

/** Reports recorded in one transaction: a thousand hospitals with twenty policies each must not hold one open for long. */
const REPORTS_AT_ONCE = 500;

export interface RecorderOptions extends StateRecording {
  source: FleetSource;
  now: () => number;
}

/** Writes what a {@link Fleet} tells into the database. */
export class FleetRecorder {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Durable when it resolves. @throws when it could not be written; it may be told again */
  async record(changes: readonly FleetChange[]): Promise<void> {
    for (const change of changes) await this.#record(change);
  }

  async #record(change: FleetChange): Promise<void> {
    const { database, source } = this.#options;
    const now = new Date(this.#options.now());
    switch (change.type) {
      case 'seen':
        return noteSeen(database, source, new Date(change.at));
      case 'objects':
        await storeFleetObjects(database, now, source, change.objects);
        break;
      case 'objects-gone':
        await removeFleetObjects(database, source, change.ids);
        break;
      case 'all-objects':
        await storeFleetObjects(database, now, source, change.objects);
        await removeOtherFleetObjects(database, source, change.kind, change.objects);
        break;
      case 'policies':
        await storePolicies(database, now, source, change.policies);
        break;
      case 'all-policies': {
        await storePolicies(database, now, source, change.policies);
        await markRemoved(
          database,
          now,
          source,
          change.policies.map(({ name }) => name),
        );
        await endRemovedStates(this.#options, now, source);
        break;
      }
      case 'reports':
        await this.#reports(change.reports);
        break;
      case 'reports-gone':
        await endStates(this.#options, now, change.places);
        break;
      case 'all-reports':
        await this.#reports(change.reports);
        await endOtherStates(this.#options, now, source, change.reports);
        break;
    }
    await noteChange(database, source);
  }

  async #reports(reports: Extract<FleetChange, { type: 'reports' }>['reports']): Promise<void> {
    for (let start = 0; start < reports.length; start += REPORTS_AT_ONCE) {
      const now = new Date(this.#options.now());
      await recordReports(this.#options, now, reports.slice(start, start + REPORTS_AT_ONCE));
    }
  }
}
