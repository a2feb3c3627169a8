import { counter, gauge, sampled, type Counter, type Gauge, type Registry, type Sample } from '@hilum/runtime';
import type { Fleet } from '../fleet-feed/fleet.js';
import { COMPLIANCE_STATES, type KnownPolicy } from './compliance-state.js';
import type { StateCounts } from './compliance-overview-store.js';

/** What the hub knew of policies in one round. */
export interface CompliancePicture {
  policies: readonly KnownPolicy[];
  counts: ReadonlyMap<string, StateCounts>;
}

/**
 * Policies by name, and in how many places each is in which state: the places themselves are in the API, so that a
 * thousand hospitals do not make twenty thousand series.
 */
export class ComplianceMetrics {
  readonly resyncs: Counter<'kind'>;
  readonly #seen: Gauge<string>;
  #picture: CompliancePicture = { policies: [], counts: new Map() };
  #fleet: Fleet | null = null;

  /** @param now milliseconds since the epoch: a scrape shows ages as of its own time */
  constructor(registry: Registry, now: () => number) {
    sampled(
      registry,
      { name: 'hilum_hub_policy_sites', help: 'Sites where a policy is in a state', type: 'gauge' },
      () => this.#policySamples(),
    );
    sampled(
      registry,
      {
        name: 'hilum_hub_fleet_view_age_seconds',
        help: 'Time since everything of a kind of the platform’s objects was known to be seen; +Inf before the first time',
        type: 'gauge',
      },
      () =>
        (this.#fleet?.views() ?? []).map(({ kind, provenAt }) => ({
          labels: { kind },
          value: provenAt === null ? Number.POSITIVE_INFINITY : (now() - provenAt) / 1000,
        })),
    );
    sampled(
      registry,
      {
        name: 'hilum_hub_fleet_view_following',
        help: '1 while a kind of the platform’s objects is followed, else 0; absent when it is not installed',
        type: 'gauge',
      },
      () =>
        (this.#fleet?.views() ?? [])
          .filter(({ state }) => state !== 'absent')
          .map(({ kind, state }) => ({ labels: { kind }, value: state === 'following' ? 1 : 0 })),
    );
    this.#seen = gauge(
      registry,
      'hilum_hub_fleet_source_age_seconds',
      'Time since what tells of the fleet was last heard by any replica; -1 when nothing is set up to tell of it',
    );
    this.#seen.set(-1);
    this.resyncs = counter(registry, 'hilum_hub_fleet_resyncs_total', 'Times that all objects of a kind were listed', [
      'kind',
    ]);
  }

  follow(fleet: Fleet): void {
    this.#fleet = fleet;
  }

  /** @param sourceAgeSeconds null: it was never heard */
  show(picture: CompliancePicture, sourceAgeSeconds: number | null): void {
    this.#picture = picture;
    this.#seen.set(sourceAgeSeconds ?? Number.POSITIVE_INFINITY);
  }

  #policySamples(): Sample[] {
    const { policies, counts } = this.#picture;
    return policies
      .filter(({ removedAt }) => removedAt === null)
      .flatMap(({ name: policy, severity }) =>
        COMPLIANCE_STATES.map((state) => ({
          labels: { policy, policy_severity: severity, state },
          value: counts.get(policy)?.[state] ?? 0,
        })),
      );
  }
}
