/**
 * Up to so many pairs (n · m) the p-value is exact. Beyond, both samples are so large that the asymptotic one differs by
 * less than a tenth of itself where it matters, and the exact one would hold up everything else for milliseconds.
 */
export const EXACT_PAIRS = 100_000;

export interface KsTest {
  /** greatest distance between the two empirical distribution functions, 0..1 */
  statistic: number;
  /** two-sided */
  pValue: number;
  method: 'exact' | 'asymptotic';
}

/**
 * Two-sample Kolmogorov–Smirnov test: are both samples of one continuous distribution? With ties (rounded values) the
 * p-value is too large, never too small, so a rejection holds.
 *
 * Exact p-value: the share of the lattice paths from (0, 0) to (n, m) that leave the band of the statistic, by recursion
 * (Hodges, Ark. Mat. 3 (1958) 469). Asymptotic: Kolmogorov's distribution of √(nm/(n + m)) · D (Smirnov, Ann. Math.
 * Stat. 19 (1948) 279). `method` chooses by EXACT_PAIRS when not given.
 * @param a any order, any unit
 * @param b the same unit
 * @throws RangeError when a sample is empty or holds what is not a number
 */
export function kolmogorovSmirnov(a: readonly number[], b: readonly number[], method?: KsTest['method']): KsTest {
  const [x, y] = [sorted(a), sorted(b)];
  const [n, m] = [x.length, y.length];
  // in whole numbers of 1/(n m), so that equal distances compare equal
  let greatest = 0;
  for (let i = 0, j = 0; i < n && j < m;) {
    const value = Math.min(x[i] ?? 0, y[j] ?? 0);
    while (i < n && x[i] === value) i += 1;
    while (j < m && y[j] === value) j += 1;
    greatest = Math.max(greatest, Math.abs(i * m - j * n));
  }
  const statistic = greatest / (n * m);
  const chosen = method ?? (n * m <= EXACT_PAIRS ? 'exact' : 'asymptotic');
  const pValue =
    chosen === 'exact' ? exactPValue(n, m, greatest) : kolmogorovTail(Math.sqrt((n * m) / (n + m)) * statistic);
  return { statistic, pValue, method: chosen };
}

/**
 * P(K > x) of Kolmogorov's distribution, by whichever of its two series converges at once (Marsaglia, Tsang, Wang,
 * J. Stat. Softw. 8 (2003) 18).
 */
export function kolmogorovTail(x: number): number {
  if (x <= 0) return 1;
  let sum = 0;
  if (x < 1.18) {
    for (let k = 1; k <= 9; k += 2) sum += Math.exp(-(k ** 2 * Math.PI ** 2) / (8 * x ** 2));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  for (let k = 1; k <= 8; k += 1) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k ** 2 * x ** 2);
  return sum;
}

/**
 * The probability that a random lattice path touches the band's edge. Of the paths to (i, j), the share i/(i + j) comes
 * from (i − 1, j); summing the outside instead of taking the inside from 1 keeps small p-values accurate. Diagonal by
 * diagonal, where no value waits for its neighbour, and only within the band: a report of a thousand sites has three
 * thousand of these.
 */
function exactPValue(a: number, b: number, distance: number): number {
  if (distance === 0) return 1;
  const [n, m] = [Math.min(a, b), Math.max(a, b)];
  // by i; outside of the band, and where no path has been yet, it is certain
  const outside = new Float64Array(n + 1).fill(1);
  let left = 0;
  for (let steps = 0; steps <= n + m; steps += 1) {
    const first = Math.max(0, steps - m, Math.floor((steps * n - distance) / (n + m)) + 1);
    const last = Math.min(n, steps, Math.ceil((steps * n + distance) / (n + m)) - 1);
    const share = steps === 0 ? 0 : 1 / steps;
    // (i − 1, j), of the diagonal before
    let below = first === 0 ? 0 : (outside[first - 1] as number);
    for (let i = first; i <= last; i += 1) {
      const own = outside[i] as number;
      outside[i] = (below * i + own * (steps - i)) * share;
      below = own;
    }
    while (left < first) outside[left++] = 1;
  }
  return outside[n] as number;
}

function sorted(values: readonly number[]): Float64Array {
  if (values.length === 0) throw new RangeError('a sample must not be empty');
  const own = new Float64Array(values);
  if (own.some((value) => Number.isNaN(value))) throw new RangeError('a sample must hold numbers only');
  // a reference ascends, and is compared with every site
  return own.every((value, index) => index === 0 || (own[index - 1] as number) <= value) ? own : own.sort();
}
