import type { Site, SiteDetail } from '../api-types';
import { formatDuration, formatLatency } from '../format';

type Judged = Pick<Site, 'state' | 'lastHeartbeatAt' | 'mirrorLagSeconds'> &
  Pick<SiteDetail, 'firstSeenAt' | 'lastReceivedAt'>;

/** Why a site is in its state, in a sentence that is true now. @param now milliseconds since the epoch */
export function reasonOf(site: Judged, now: number): string {
  const { state, lastHeartbeatAt, lastReceivedAt, mirrorLagSeconds, firstSeenAt } = site;
  const ago = (time: string): string => `${formatDuration((now - Date.parse(time)) / 1000)} ago`;
  if (lastHeartbeatAt === null) {
    const seen = `Its topics were first seen here ${ago(firstSeenAt)}, and no heartbeat has come yet.`;
    return state === 'dead' ? `${seen} A site that was set up just now sends one within 15 seconds.` : seen;
  }
  const beat = `The latest heartbeat was sent ${ago(lastHeartbeatAt)}`;
  switch (state) {
    case 'live':
      return mirrorLagSeconds === null ? `${beat}.` : `${beat} and took ${formatLatency(mirrorLagSeconds * 1000)}.`;
    case 'late':
      return `${beat}; one is due every 15 seconds. It is live again with the next, or dead after five minutes of silence.`;
    case 'link-down':
      return `${beat}, but events arrive: the site works, its line was cut or is slow, and it catches up.`;
    case 'dead':
      return `${beat}, and nothing has arrived since ${lastReceivedAt === null ? 'the beginning' : ago(lastReceivedAt)}. Whether the hospital works and only its line is gone, the hub cannot know.`;
  }
}

/** The first gaps, such as `4, 9–12`. */
export function rangesText(ranges: SiteDetail['missingRanges'], missing: number): string {
  const told = ranges.map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
  const count = ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return count < missing ? `${told} and more` : told;
}
