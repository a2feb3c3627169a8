import { isSiteName } from './site-name.js';

/** Topics of a hospital's own broker. Those in {@link HUB_BOUND_TOPICS} are mirrored to the hub, no other ever is. */
export const siteTopics = {
  uploads: 'xray.uploads.v1',
  uploadsDeadLetter: 'xray.uploads.dlq.v1',
  studyScored: 'study.scored.v1',
  results: 'results.deid.v1',
  feedback: 'feedback.deid.v1',
  heartbeat: 'heartbeat.v1',
  audit: 'audit.v1',
} as const;

export type SiteTopic = (typeof siteTopics)[keyof typeof siteTopics];

/** The allow-list: everything that may leave a hospital. MirrorMaker, ACLs and the hub's subscription are built from it. */
export const HUB_BOUND_TOPICS = [
  siteTopics.results,
  siteTopics.feedback,
  siteTopics.heartbeat,
  siteTopics.audit,
] as const;

export type HubBoundTopic = (typeof HUB_BOUND_TOPICS)[number];

/**
 * The name a site's topic has at the hub: `<site>.<topic>`, MirrorMaker's DefaultReplicationPolicy.
 * @throws RangeError when `site` is not a valid site name, for the prefix then would not prove the origin.
 */
export function mirroredTopic(site: string, topic: HubBoundTopic): string {
  if (!isSiteName(site)) throw new RangeError(`site must be a valid site name, such as st-agnes`);
  return `${site}.${topic}`;
}

/** All topics the hub holds for one site. */
export function mirroredTopics(site: string): string[] {
  return HUB_BOUND_TOPICS.map((topic) => mirroredTopic(site, topic));
}

/** Splits a hub topic into site and topic; null for anything that is not a mirrored topic of the allow-list. */
export function parseMirroredTopic(name: string): { site: string; topic: HubBoundTopic } | null {
  const dot = name.indexOf('.');
  if (dot < 0) return null;
  const site = name.slice(0, dot);
  const topic = HUB_BOUND_TOPICS.find((candidate) => candidate === name.slice(dot + 1));
  return topic !== undefined && isSiteName(site) ? { site, topic } : null;
}
