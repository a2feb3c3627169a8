import type { Site, SiteState } from './api-types';
import { formatCount, formatDuration } from './format';

/** From here on images are called old: as `hilum doctor` does. */
const OLD_UNSCORED_SECONDS = 120;

/** What is wrong at a site beside its state, in words, the worst first. */
export function troubleOf(site: Site): string[] {
  const down = Object.entries(site.status ?? {}).flatMap(([component, state]) => (state === 'down' ? [component] : []));
  const { missing, deadLetters, oldestUnscoredAgeSeconds: oldest } = site;
  return [
    ...(down.length > 0 ? [`${down.join(', ')} down`] : []),
    ...(missing > 0 ? [`${formatCount(missing)} missing`] : []),
    ...((deadLetters ?? 0) > 0 ? [`${formatCount(deadLetters)} dead ${deadLetters === 1 ? 'letter' : 'letters'}`] : []),
    ...((oldest ?? 0) > OLD_UNSCORED_SECONDS ? [`oldest image waits ${formatDuration(oldest ?? 0)}`] : []),
  ];
}

const STATE_RANK = { dead: 0, 'link-down': 2, late: 3, live: 5 } as const satisfies Record<SiteState, number>;
const COMPONENT_DOWN = 1;
const OTHER_TROUBLE = 4;

/** How badly a site needs looking at; 0 is the worst. */
export function rankOf(site: Site): number {
  const ofState = STATE_RANK[site.state];
  if (Object.values(site.status ?? {}).includes('down')) return Math.min(ofState, COMPONENT_DOWN);
  return troubleOf(site).length > 0 ? Math.min(ofState, OTHER_TROUBLE) : ofState;
}

export function needsAttention(site: Site): boolean {
  return rankOf(site) < STATE_RANK.live;
}
