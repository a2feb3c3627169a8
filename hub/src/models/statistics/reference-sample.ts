/**
 * A sample of a size whose quantiles are those given, linear between them as numpy's: what a two-sample test compares
 * with when a release tells quantiles instead of its images. With 101 quantiles its distribution function is within 0.01
 * of the true one, far below the distances that count as a shift.
 * @param quantiles at equal steps from the least to the greatest, ascending
 * @param size how many values the quantiles were taken of, at least 2
 * @returns ascending, in the quantiles' unit
 * @throws RangeError when there are fewer than two quantiles or they do not ascend, or for a size below 2
 */
export function referenceSample(quantiles: readonly number[], size: number): number[] {
  if (quantiles.length < 2 || quantiles.some((value, index) => !(value >= (quantiles[index - 1] ?? value))))
    throw new RangeError('quantiles must be at least two and ascend');
  if (!(Number.isInteger(size) && size >= 2)) throw new RangeError('size must be a whole number from 2 on');
  return Array.from({ length: size }, (_, index) => {
    const place = (index * (quantiles.length - 1)) / (size - 1);
    const below = Math.min(Math.floor(place), quantiles.length - 2);
    const [low = 0, high = 0] = [quantiles[below], quantiles[below + 1]];
    return low + (place - below) * (high - low);
  });
}
