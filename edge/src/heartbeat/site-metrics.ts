import { gauge, type Registry } from '@hilum/runtime';
import { COMPONENTS, type Heartbeat } from './heartbeat.js';

/** The numbers of the heartbeat as metrics of the site itself, as of the last heartbeat. */
export function addSiteMetrics(
  registry: Registry,
  sources: {
    heartbeat: Heartbeat;
    reconciler: { backlog: { images: number; oldestAgeSeconds: number } };
    notifications: { counts: () => Promise<Record<string, number>> };
  },
): void {
  const { heartbeat, reconciler, notifications } = sources;
  gauge(registry, 'hilum_edge_backlog_images', 'images in the intake bucket without an outcome', [], (g) =>
    g.set(reconciler.backlog.images),
  );
  gauge(registry, 'hilum_edge_oldest_unscored_age_seconds', 'age of the oldest of them', [], (g) =>
    g.set(reconciler.backlog.oldestAgeSeconds),
  );
  gauge(registry, 'hilum_edge_outbox_pending_events', 'hub-bound events not yet published', [], (g) =>
    g.set(heartbeat.numbers.outboxPending),
  );
  gauge(registry, 'hilum_edge_relay_lag_seconds', 'age of the oldest of them', [], (g) =>
    g.set(heartbeat.numbers.relayLagSeconds),
  );
  gauge(
    registry,
    'hilum_edge_dead_letters',
    'notifications that could not be delivered and wait for somebody',
    [],
    (g) => g.set(heartbeat.deadLetters),
  );
  gauge(registry, 'hilum_edge_component_up', '1 when the component answered the last check', ['component'], (g) => {
    for (const component of COMPONENTS) g.set({ component }, heartbeat.status[component] === 'up' ? 1 : 0);
  });
  gauge(registry, 'hilum_edge_notifications', 'notifications of urgent findings by state', ['state'], async (g) => {
    try {
      for (const [state, count] of Object.entries(await notifications.counts())) g.set({ state }, count);
    } catch {
      // the database is away; a wrong number would be worse than none
      g.reset();
    }
  });
}
