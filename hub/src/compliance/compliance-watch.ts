import { listFleetSources } from '../fleet-feed/fleet-source-store.js';
import type { ComplianceMetrics } from './compliance-metrics.js';
import { countsByPolicy, lastTransition } from './compliance-overview-store.js';
import type { FleetSource } from './compliance-state.js';
import { judgeAgain, type StateRecording } from './policy-state-store.js';
import { listPolicies } from './policy-store.js';

export interface ComplianceWatchOptions extends StateRecording {
  source: FleetSource;
  metrics: Pick<ComplianceMetrics, 'show'>;
  /** that states changed, here or at another replica */
  onChange: (transitions: number) => void;
  now: () => number;
}

/** Judges every few seconds whether what was reported can still be believed, shows the metrics, and tells of changes. */
export class ComplianceWatch {
  readonly #options: ComplianceWatchOptions;
  readonly #startedAt: number;
  #told: number | null = null;

  constructor(options: ComplianceWatchOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  /** @throws when the database is away */
  async round(): Promise<void> {
    const { database, source, metrics, onChange, now } = this.#options;
    const at = now();
    await judgeAgain(this.#options, new Date(at), this.#startedAt);
    const [policies, counts, sources, transitions] = await Promise.all([
      listPolicies(database),
      countsByPolicy(database),
      listFleetSources(database),
      lastTransition(database),
    ]);
    const seenAt = sources.find((one) => one.source === source)?.seenAt ?? null;
    metrics.show({ policies, counts }, seenAt === null ? null : (at - Date.parse(seenAt)) / 1000);
    // in the first round everything would be news
    if (this.#told !== null && transitions !== this.#told) onChange(transitions);
    this.#told = transitions;
  }
}
