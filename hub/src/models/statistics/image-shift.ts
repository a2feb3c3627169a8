import { holmAdjusted } from './holm.js';
import { kolmogorovSmirnov, type KsTest } from './kolmogorov-smirnov.js';

/** Level of the test on all image statistics together. */
export const IMAGE_SHIFT_LEVEL = 0.01;

/**
 * A difference that is certain may still be small: with thousands of images everything is significant. A distance of 0.1
 * means that a tenth of the images would have to change to look like the reference. Our own choice, beside PSI's.
 */
export const IMAGE_SHIFTING_DISTANCE = 0.1;
export const IMAGE_SHIFTED_DISTANCE = 0.25;

/** With fewer, only differences that anybody would see can be told from chance. */
export const IMAGE_LEAST_RESULTS = 20;

export type ShiftLevel = 'stable' | 'shifting' | 'shifted';

export interface ImageShift<Name extends string> {
  /** the worst of the tests */
  level: ShiftLevel;
  tests: (KsTest & { name: Name; adjustedPValue: number })[];
}

/**
 * Two-sample test on statistics of whole images (mean and standard deviation of the pixels): Kolmogorov–Smirnov for each,
 * with Holm's correction for being several. Rabanser, Günnemann, Lipton (Failing Loudly, NeurIPS 2019) found such
 * one-dimensional tests with a correction as good at telling shifted images as multivariate kernel tests (MMD); those, and
 * energy distances, need both samples image by image, while a release tells quantiles of each statistic only.
 * @param pairs by name, the sample at a site and that of the reference, in the same unit
 * @throws RangeError when a sample is empty
 */
export function imageShift<Name extends string>(
  pairs: Readonly<Record<Name, { live: readonly number[]; reference: readonly number[] }>>,
): ImageShift<Name> {
  const names = Object.keys(pairs) as Name[];
  const single = names.map((name) => kolmogorovSmirnov(pairs[name].live, pairs[name].reference));
  const adjusted = holmAdjusted(single.map(({ pValue }) => pValue));
  const tests = single.map((test, index) => ({
    ...test,
    name: names[index] as Name,
    adjustedPValue: adjusted[index] ?? 1,
  }));
  const distance = Math.max(
    0,
    ...tests.filter(({ adjustedPValue }) => adjustedPValue < IMAGE_SHIFT_LEVEL).map(({ statistic }) => statistic),
  );
  const level =
    distance >= IMAGE_SHIFTED_DISTANCE ? 'shifted' : distance >= IMAGE_SHIFTING_DISTANCE ? 'shifting' : 'stable';
  return { level, tests };
}
