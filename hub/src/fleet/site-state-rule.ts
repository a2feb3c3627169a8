export const SITE_STATES = ['live', 'late', 'link-down', 'dead'] as const;
export type SiteState = (typeof SITE_STATES)[number];

/** Three heartbeats of 15 s. */
export const FRESH_MS = 45_000;
export const SILENT_MS = 5 * 60_000;

/** All times in milliseconds since the epoch. */
export interface SiteSigns {
  /** when the hub first saw the site's topics */
  firstSeenAt: number;
  /** when anything of the site last arrived, by the hub's clock */
  lastReceivedAt: number | null;
  /** the latest heartbeat: its own time by the site's clock, and its arrival by the hub's */
  heartbeat: { at: number; receivedAt: number } | null;
  /** since when the hub has been listening without interruption: before, silence says nothing about the site */
  listeningSince: number;
}

/**
 * - `live`: a fresh heartbeat.
 * - `link-down`: things arrive, but the newest heartbeat is old. The site works; its link was cut and is catching up.
 * - `late`: nothing fresh, silent for up to five minutes.
 * - `dead`: silent for longer.
 * A site that never sent a heartbeat is late from the time that its topics were first seen.
 */
export function siteStateAt(now: number, signs: SiteSigns): SiteState {
  const { firstSeenAt, lastReceivedAt, heartbeat, listeningSince } = signs;
  // a site's clock that runs ahead must not keep it live after it went silent
  const beatAt = heartbeat === null ? null : Math.min(heartbeat.at, heartbeat.receivedAt);
  if (beatAt !== null && now - beatAt <= FRESH_MS) return 'live';
  if (beatAt !== null && lastReceivedAt !== null && now - lastReceivedAt <= FRESH_MS) return 'link-down';
  const silentSince = Math.max(lastReceivedAt ?? firstSeenAt, listeningSince);
  return now - silentSince <= SILENT_MS ? 'late' : 'dead';
}

export const CLUSTER_READINGS = [
  'in-touch',
  'cluster-unwell',
  'services-silent',
  'agent-silent',
  'unreachable',
] as const;
/**
 * What heartbeats and the platform say together of a site. A site's state stays by its heartbeats: they are what the hub
 * promises results by. The platform's agent takes another way to the hub, so that beside it one can tell what is cut.
 * - `in-touch`: both are heard.
 * - `cluster-unwell`: both are heard, and the agent says that its cluster is not available.
 * - `services-silent`: the agent is heard, events are not. The line is up: look at the site's services and its mirror.
 * - `agent-silent`: events arrive, the agent is not heard. Results are safe; nothing can be rolled out or checked there.
 * - `unreachable`: neither is heard. The line is cut, or the site is down.
 */
export type ClusterReading = (typeof CLUSTER_READINGS)[number];

/** @param availability of the site's cluster, as the platform says now */
export function clusterReading(
  state: SiteState,
  availability: 'available' | 'unavailable' | 'unknown',
): ClusterReading {
  // a link that is catching up carries events
  const hasEvents = state === 'live' || state === 'link-down';
  // that a cluster is unavailable is said by its agent, or by the platform having asked it
  if (availability === 'unknown') return hasEvents ? 'agent-silent' : 'unreachable';
  if (!hasEvents) return 'services-silent';
  return availability === 'available' ? 'in-touch' : 'cluster-unwell';
}
