import { mirroredTopics, siteTopics } from '@hilum/contracts';
import type { TopicSpec } from './kafka-admin.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** One partition each: whatever leaves a site must keep its order, and uploads are spread by the dispatcher itself. */
function topic(name: string, keptDays: number): TopicSpec {
  return { name, partitions: 1, config: { 'retention.ms': String(keptDays * DAY_MS) } };
}

/**
 * A site's topics. What is bound for the hub is kept long enough for the line to be away for a week; dead letters long
 * enough for a person to look.
 */
export function siteTopicPlan(): TopicSpec[] {
  return Object.values(siteTopics).map((name) => topic(name, name === siteTopics.uploadsDeadLetter ? 30 : 7));
}

/** The hub's copies of one site's topics: made beforehand, so that the mirror needs no say in their settings. */
export function hubTopicPlan(site: string): TopicSpec[] {
  return mirroredTopics(site).map((name) => topic(name, 7));
}
