/**
 * P-values adjusted for being several, so that the chance of any false alarm among them stays below the level that one is
 * compared with, however they depend on each other.
 *
 * Holm, Scand. J. Stat. 6 (1979) 65: sorted, the k-th of m is multiplied by m − k + 1, and none may be below the one before.
 * @returns in the order given
 * @throws RangeError when one is not between 0 and 1
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  if (!pValues.every((p) => p >= 0 && p <= 1)) throw new RangeError('p-values must be between 0 and 1');
  const adjusted = new Array<number>(pValues.length);
  let least = 0;
  [...pValues.entries()]
    .sort(([, a], [, b]) => a - b)
    .forEach(([index, p], rank) => {
      least = Math.max(least, Math.min(1, (pValues.length - rank) * p));
      adjusted[index] = least;
    });
  return adjusted;
}
