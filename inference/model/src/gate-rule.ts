import type { Doubt, UnreadableReason } from '@hilum/contracts';
import type { Exposure, ImageStats } from './grey/image-stats.js';
import type { Release } from './release.js';

type Gate = Release['gate'];

/** What a network's gate can tell an image to be. Turned clockwise, in degrees; a mirrored chest counts as a chest. */
export const GATE_CLASSES = ['chest', 'inverted', 'rotated-90', 'rotated-180', 'rotated-270', 'not-chest'] as const;
export type GateClass = (typeof GATE_CLASSES)[number];

/** Before decoding: too few pixels to show a lung, whatever the network would say of the enlarged image. */
export function refusedBySize(size: { width: number; height: number }, gate: Gate): UnreadableReason | null {
  return size.width < gate.minWidth || size.height < gate.minHeight ? 'too-small' : null;
}

/** After decoding: a uniform picture has nothing to be read, yet the network would give it some probability. */
export function refusedByStats(stats: ImageStats, gate: Gate): UnreadableReason | null {
  return stats.std < gate.minStd ? 'no-contrast' : null;
}

/** Asked together, since a turned chest may be taken for some of one turn and some of another. */
const TURNED = ['rotated-90', 'rotated-180', 'rotated-270'] as const satisfies readonly GateClass[];

/**
 * What the network's gate says an image is. A chest unless another class reaches its operating point; these are at least
 * one half, so no two do. How an image is turned is asked of the three turns together, then of the likeliest.
 */
export function verdictOf(logits: ArrayLike<number>, { classes, thresholds }: NonNullable<Gate['network']>): GateClass {
  const top = Math.max(...classes.map((_name, at) => logits[at] ?? Number.NaN));
  const weights = classes.map((_name, at) => Math.exp((logits[at] ?? Number.NaN) - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const probabilityOf = (name: GateClass): number => (weights[classes.indexOf(name)] ?? 0) / total;
  if (probabilityOf('not-chest') >= thresholds.notChest) return 'not-chest';
  if (probabilityOf('inverted') >= thresholds.inverted) return 'inverted';
  if (!(TURNED.reduce((sum, name) => sum + probabilityOf(name), 0) >= thresholds.rotated)) return 'chest';
  return TURNED.reduce<GateClass>(
    (likeliest, name) => (probabilityOf(name) > probabilityOf(likeliest) ? name : likeliest),
    TURNED[0],
  );
}

/** Degrees clockwise by which an image of this class is turned. */
export function turnOf(name: GateClass): 0 | 90 | 180 | 270 {
  if (name === 'rotated-90') return 90;
  if (name === 'rotated-180') return 180;
  return name === 'rotated-270' ? 270 : 0;
}

/** Too little of the chest is left to be seen for a score that means something. */
export function doubtOfExposure({ white, black }: Exposure, { exposure }: Gate): Doubt | null {
  if (exposure === undefined) return null;
  if (white > exposure.maxWhite) return 'over-exposed';
  return black > exposure.maxBlack ? 'under-exposed' : null;
}
