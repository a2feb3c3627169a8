import { DECISIONS, LATENCY_BOUNDS_MS, type SiteHeartbeat } from '@hilum/contracts';
import { gauge, sampled, type Gauge, type Registry, type Sample } from '@hilum/runtime';
import { ALARM_KINDS } from '../alarms/alarm-rule.js';
import type { Alarm } from '../alarms/alarm-store.js';
import type { JudgedSite } from './fleet-store.js';
import { FRESH_MS, SITE_STATES } from './site-state-rule.js';

/** What the hub knew of its sites in one round. */
export interface FleetPicture {
  sites: readonly JudgedSite[];
  /** open ones, and perhaps closed ones */
  alarms: readonly Alarm[];
  /** when the states were judged in this round, in milliseconds since the epoch; null when the hub hears nothing */
  judgedAt: number | null;
}

type ValueOf = (heartbeat: SiteHeartbeat) => number | null;
type SamplesOf = (site: JudgedSite, labels: { site: string }) => Iterable<Sample>;

/**
 * What the hub knows of each site, for Prometheus. Sites are outbound-only, so a central Prometheus has their numbers
 * from here. What a heartbeat told is shown for as long as the site would be called live by it, judged at each scrape:
 * the numbers of a site that fell silent are gone, not frozen, whatever else the hub can or cannot do meanwhile. What the
 * hub knows by itself (state, missing events, results, alarms) stays.
 */
export class FleetMetrics {
  readonly #now: () => number;
  readonly #onSite: (site: string) => void;
  readonly #listening: Gauge<string>;
  readonly #judged: Gauge<string>;
  #picture: FleetPicture = { sites: [], alarms: [], judgedAt: null };
  readonly #known = new Set<string>();

  /** @param options.onSite told once of each site */
  constructor(registry: Registry, options: { now: () => number; onSite: (site: string) => void }) {
    this.#now = options.now;
    this.#onSite = options.onSite;
    this.#listening = gauge(registry, 'hilum_hub_listening', '1 while the broker answers, else 0');
    this.#judged = gauge(
      registry,
      'hilum_hub_fleet_judged_timestamp_seconds',
      'When the states of the sites were last judged, in seconds since the epoch; 0 before the first time',
    );
    this.#addKnown(registry);
    this.#addTold(registry);
    this.#addAlarms(registry);
  }

  /** Whether the hub hears its broker. */
  listening(isListening: boolean): void {
    this.#listening.set(isListening ? 1 : 0);
  }

  show(picture: FleetPicture): void {
    this.#picture = picture;
    if (picture.judgedAt !== null) this.#judged.set(picture.judgedAt / 1000);
    for (const { row } of picture.sites) {
      if (this.#known.has(row.name)) continue;
      this.#known.add(row.name);
      this.#onSite(row.name);
    }
  }

  #add(registry: Registry, type: 'gauge' | 'counter' | 'histogram', name: string, help: string, of: SamplesOf): void {
    const samples = (): Sample[] => this.#picture.sites.flatMap((site) => [...of(site, { site: site.row.name })]);
    sampled(registry, { name, help, type }, samples);
  }

  /** What the hub knows by itself. */
  #addKnown(registry: Registry): void {
    this.#add(
      registry,
      'gauge',
      'hilum_hub_site_state',
      '1 for the state that a site is in, else 0',
      ({ row }, { site }) =>
        SITE_STATES.map((state) => ({ labels: { site, state }, value: row.state === state ? 1 : 0 })),
    );
    this.#add(
      registry,
      'gauge',
      'hilum_hub_site_missing_events',
      'Events sent by the site that did not arrive',
      ({ row }, labels) => [{ labels, value: row.missing }],
    );
    this.#add(
      registry,
      'counter',
      'hilum_hub_site_results_total',
      'Results of the site in the ledger, by decision',
      ({ row }, { site }) =>
        DECISIONS.map((decision) => ({ labels: { site, decision }, value: row.counts.byDecision[decision] })),
    );
    this.#add(
      registry,
      'gauge',
      'hilum_hub_site_heartbeat_age_seconds',
      'Time since the latest heartbeat was sent, or received when it names a later time',
      (site, labels) => {
        const at = beatAtOf(site);
        return at === null ? [] : [{ labels, value: (this.#now() - at) / 1000 }];
      },
    );
    this.#add(
      registry,
      'gauge',
      'hilum_hub_site_heartbeat_delay_seconds',
      'From the sending of the latest heartbeat, by the clock of the site, to its receipt, by that of the hub',
      ({ heartbeatAt, heartbeatReceivedAt }, labels) =>
        heartbeatAt === null || heartbeatReceivedAt === null || !this.#isFresh(heartbeatReceivedAt.getTime())
          ? []
          : [{ labels, value: (heartbeatReceivedAt.getTime() - heartbeatAt.getTime()) / 1000 }],
    );
  }

  /** What only the heartbeat tells. */
  #addTold(registry: Registry): void {
    const told = (
      type: 'gauge' | 'counter' | 'histogram',
      name: string,
      help: string,
      of: (beat: SiteHeartbeat, labels: { site: string }) => Iterable<Sample>,
    ): void =>
      this.#add(registry, type, name, help, (site, labels) => {
        const at = beatAtOf(site);
        return site.heartbeat === null || at === null || !this.#isFresh(at) ? [] : of(site.heartbeat, labels);
      });
    const one = (type: 'gauge' | 'counter', name: string, help: string, of: ValueOf): void =>
      told(type, name, help, (beat, labels) => {
        const value = of(beat);
        return value === null ? [] : [{ labels, value }];
      });
    // while its database is away a site repeats what it last knew, after a restart nothing: no number at all is truer
    const counted =
      (of: ValueOf): ValueOf =>
      (beat) =>
        beat.status.database === 'up' ? of(beat) : null;

    one('gauge', 'hilum_hub_site_backlog_images', 'Images at the site without an outcome', (beat) => beat.backlog);
    one(
      'gauge',
      'hilum_hub_site_oldest_unscored_age_seconds',
      'Age of the oldest of them, 0 when there is none',
      (beat) => beat.oldestUnscoredAgeSeconds,
    );
    one(
      'gauge',
      'hilum_hub_site_dead_letters',
      'Notifications that the site could not deliver and that nobody has settled',
      (beat) => beat.deadLetters,
    );
    one(
      'gauge',
      'hilum_hub_site_outbox_pending_events',
      'Events for the hub that the site has not handed to its broker',
      counted((beat) => beat.outboxPending),
    );
    one(
      'counter',
      'hilum_hub_site_scored_images_total',
      'Images with a decision since the site was installed',
      counted((beat) => beat.scored),
    );
    one(
      'counter',
      'hilum_hub_site_unreadable_images_total',
      'Images that could not be read since the site was installed',
      counted((beat) => beat.unreadable),
    );
    told(
      'histogram',
      'hilum_hub_site_latency_seconds',
      'From upload to outcome since the site was installed; the sum is not known',
      (beat, labels) => (beat.status.database === 'up' ? latencySamples(beat, labels) : []),
    );
    told(
      'gauge',
      'hilum_hub_site_component_up',
      '1 when the component answered the site, 0 when not; nothing when it was not asked',
      (beat, { site }) =>
        Object.entries(beat.status)
          .filter(([, state]) => state !== 'unknown')
          .map(([component, state]) => ({ labels: { site, component }, value: state === 'up' ? 1 : 0 })),
    );
    told(
      'gauge',
      'hilum_hub_site_model_info',
      'The model that made the latest result; always 1',
      ({ model }, { site }) =>
        model === null
          ? []
          : [{ labels: { site, name: model.name, version: model.version, digest: model.digest }, value: 1 }],
    );
    told('gauge', 'hilum_hub_site_app_info', 'The version that the site runs; always 1', (beat, { site }) => [
      { labels: { site, version: beat.appVersion }, value: 1 },
    ]);
  }

  #addAlarms(registry: Registry): void {
    const open = (): Alarm[] => this.#picture.alarms.filter(({ closedAt }) => closedAt === null);
    sampled(registry, { name: 'hilum_hub_alarms_open', help: 'Open alarms', type: 'gauge' }, () => {
      const alarms = open();
      return ALARM_KINDS.map((kind) => ({
        labels: { kind },
        value: alarms.filter((alarm) => alarm.kind === kind).length,
      }));
    });
    sampled(
      registry,
      { name: 'hilum_hub_site_alarm_open', help: '1 for each open alarm; nothing for others', type: 'gauge' },
      () => open().map(({ site, kind, severity }) => ({ labels: { site, kind, severity }, value: 1 })),
    );
  }

  #isFresh(at: number): boolean {
    return this.#now() - at <= FRESH_MS;
  }
}

/** As the site's state is judged: a clock that runs ahead makes nothing younger. */
function beatAtOf({ heartbeatAt, heartbeatReceivedAt }: JudgedSite): number | null {
  return heartbeatAt === null || heartbeatReceivedAt === null
    ? null
    : Math.min(heartbeatAt.getTime(), heartbeatReceivedAt.getTime());
}

/** The agreed bounds and no others, so that a site cannot make series; none at all without the total. */
function latencySamples({ latencyBuckets }: SiteHeartbeat, { site }: { site: string }): Sample[] {
  const counts = new Map(latencyBuckets.map(({ leMs, count }) => [leMs, count]));
  const total = counts.get(null);
  if (total === undefined) return [];
  const buckets = LATENCY_BOUNDS_MS.flatMap((leMs): Sample[] => {
    const value = counts.get(leMs);
    const le = leMs === null ? '+Inf' : String(leMs / 1000);
    return value === undefined ? [] : [{ labels: { site, le }, value, suffix: '_bucket' }];
  });
  return [...buckets, { labels: { site }, value: total, suffix: '_count' }];
}
