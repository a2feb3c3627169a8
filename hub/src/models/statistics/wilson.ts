import { Z_95, type Interval } from './interval.js';

/**
 * Wilson's score interval of a proportion: it stays within 0..1 and holds its level in small samples, where the textbook
 * interval (Wald's) is too narrow and has no width at 0 and 1.
 *
 * Wilson, J. Am. Stat. Assoc. 22 (1927) 209; recommended by Brown, Cai, DasGupta, Stat. Sci. 16 (2001) 101.
 * @param successes whole, from 0 to `trials`
 * @returns a share 0..1 and its interval
 * @throws RangeError without a trial, and for counts that cannot be
 */
export function wilsonInterval(successes: number, trials: number): Interval {
  if (!(Number.isInteger(trials) && trials > 0)) throw new RangeError('trials must be a whole number from 1 on');
  if (!(Number.isInteger(successes) && successes >= 0 && successes <= trials))
    throw new RangeError('successes must be a whole number from 0 to trials');
  const value = successes / trials;
  const square = Z_95 ** 2;
  const centre = (value + square / (2 * trials)) / (1 + square / trials);
  const half =
    ((Z_95 / (1 + square / trials)) * Math.sqrt(value * (1 - value) + square / (4 * trials))) / Math.sqrt(trials);
  // exact at the ends, where rounding would leave 1e-17
  return { value, low: successes === 0 ? 0 : centre - half, high: successes === trials ? 1 : centre + half };
}
