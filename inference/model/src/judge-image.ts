import type { InputDescription, UnreadableReason } from '@hilum/contracts';
import type { GreyImage } from './decode.js';
import { refusedBySize, refusedByStats } from './gate-rule.js';
import { imageStatsOf } from './grey/image-stats.js';
import type { Release } from './release.js';

export type Judged =
  | { kind: 'worth-a-look'; input: InputDescription }
  | { kind: 'unreadable'; reason: UnreadableReason; input: InputDescription };

/**
 * What needs no network to be refused.
 * @param grey at the release's input size
 * @param input whose stats are completed
 */
export function judgeImage(grey: GreyImage, input: InputDescription, { gate }: Pick<Release, 'gate'>): Judged {
  const tooSmall = refusedBySize({ width: input.width ?? 0, height: input.height ?? 0 }, gate);
  if (tooSmall !== null) return { kind: 'unreadable', reason: tooSmall, input };
  const stats = imageStatsOf(grey);
  const described = { ...input, stats };
  const noContrast = refusedByStats(stats, gate);
  return noContrast === null
    ? { kind: 'worth-a-look', input: described }
    : { kind: 'unreadable', reason: noContrast, input: described };
}
