/**
 * From where on a population stability index counts as a moderate and as a large shift. These are the customary ones of
 * credit scoring (Siddiqi, Credit Risk Scorecards, 2006), not a test: see PSI_LEAST_RESULTS.
 */
export const PSI_SHIFTING = 0.1;
export const PSI_SHIFTED = 0.25;

/**
 * With fewer results an index above PSI_SHIFTING says little: without any shift, PSI · nm/(n + m) is about chi-squared
 * with bins − 1 degrees of freedom (Yurdakul, Statistical Properties of Population Stability Index, 2018), so with ten
 * bins and a reference of 700 images it passes 0.1 by chance once in twenty times when n is about 220.
 */
export const PSI_LEAST_RESULTS = 220;

/**
 * Added to each bin of both counts before shares are taken, so that an empty bin gives a large and finite contribution:
 * half an observation, as Jeffreys' prior has it. The result hardly depends on it once bins hold tens of results.
 */
export const PSI_SMOOTHING = 0.5;

/**
 * Population stability index: Σ (q − p) ln(q / p) over the bins, the symmetric Kullback–Leibler (Jeffreys) divergence of
 * two histograms with the same bins. No unit; 0 for the same shares.
 *
 * Kullback, Leibler, Ann. Math. Stat. 22 (1951) 79; bins are smoothed by PSI_SMOOTHING.
 * @param expected counts of the reference, a bin each
 * @param actual counts of what is judged, the same bins
 * @throws RangeError when there are fewer than two bins, not as many in both, or a count is negative or no number
 */
export function populationStabilityIndex(expected: readonly number[], actual: readonly number[]): number {
  if (expected.length < 2 || expected.length !== actual.length)
    throw new RangeError('both histograms must have the same bins, at least two');
  const p = smoothedShares(expected);
  const q = smoothedShares(actual);
  return p.reduce((sum, share, bin) => {
    const other = q[bin] ?? share;
    return sum + (other - share) * Math.log(other / share);
  }, 0);
}

function smoothedShares(counts: readonly number[]): number[] {
  if (!counts.every((count) => count >= 0 && Number.isFinite(count)))
    throw new RangeError('counts must be numbers from 0 on');
  const total = counts.reduce((sum, count) => sum + count + PSI_SMOOTHING, 0);
  return counts.map((count) => (count + PSI_SMOOTHING) / total);
}
