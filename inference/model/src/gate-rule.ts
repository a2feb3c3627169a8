import type { UnreadableReason } from '@hilum/contracts';
import type { ImageStats } from './image-stats.js';
import type { Release } from './release.js';

type Gate = Release['gate'];

/** Before decoding: too few pixels to show a lung, whatever the network would say of the enlarged image. */
export function refusedBySize(size: { width: number; height: number }, gate: Gate): UnreadableReason | null {
  return size.width < gate.minWidth || size.height < gate.minHeight ? 'too-small' : null;
}

/** After decoding: a uniform picture has nothing to be read, yet the network would give it some probability. */
export function refusedByStats(stats: ImageStats, gate: Gate): UnreadableReason | null {
  return stats.std < gate.minStd ? 'no-contrast' : null;
}
