/** Lobes of the Lanczos kernel. */
const LOBES = 3;
/** What stands for a weight of one, as the kernel has it. */
export const WHOLE_WEIGHT = 1 << 14;

export interface Resampling {
  /** of each output sample the first input sample that counts */
  starts: Int32Array;
  /** how many count, the same for all */
  taps: number;
  /** [output sample][tap], in parts of {@link WHOLE_WEIGHT}; those of an output sample add up to it */
  weights: Int16Array;
}

/** How input samples can be read. */
export interface Reading {
  /** every first sample is a multiple of it */
  startStep: number;
  /** the number of taps is a multiple of it, and of `startStep`; those too many weigh nothing */
  tapsStep: number;
}

/** As the kernel reads: two rows lie in one, and of a line it takes eight samples at once. */
export const DOWN: Reading = { startStep: 2, tapsStep: 2 };
export const ACROSS: Reading = { startStep: 1, tapsStep: 8 };

/**
 * A Lanczos-3 kernel, widened by the factor of a reduction so that nothing aliases.
 * @param from length of the input in samples; may end within one
 * @param to output samples
 * @returns no tap of it lies behind the input, its length made up to a multiple of `tapsStep`
 */
export function resamplingOf(from: number, to: number, { startStep, tapsStep }: Reading): Resampling {
  const step = from / to;
  const widening = Math.max(1, step);
  const samples = Math.ceil(from);
  const most = roundedUp(samples, tapsStep);
  const needed = Math.min(samples, Math.ceil(2 * LOBES * widening) + 1);
  const taps = Math.min(most, roundedUp(needed + startStep - 1, tapsStep));
  const starts = new Int32Array(to);
  const weights = new Int16Array(to * taps);
  const row = new Float64Array(taps);
  for (let index = 0; index < to; index += 1) {
    const centre = (index + 0.5) * step - 0.5;
    const first = Math.min(samples - needed, Math.max(0, Math.ceil(centre - LOBES * widening)));
    const start = Math.min(first - (first % startStep), most - taps);
    starts[index] = start;
    for (let tap = 0; tap < taps; tap += 1) {
      const isNeeded = start + tap >= first && start + tap < first + needed;
      row[tap] = isNeeded ? lanczos((start + tap - centre) / widening) : 0;
    }
    weights.set(wholeWeights(row), index * taps);
  }
  return { starts, taps, weights };
}

/**
 * What rounding leaves over goes to the next: so they add up to one, without which a flat image would become lighter or darker,
 * and none is off by more than one part.
 */
function wholeWeights(weights: Float64Array): Int16Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let exact = 0;
  let given = 0;
  return Int16Array.from(weights, (weight) => {
    exact += (weight / sum) * WHOLE_WEIGHT;
    const whole = Math.round(exact) - given;
    given += whole;
    return whole;
  });
}

function roundedUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

function lanczos(distance: number): number {
  if (Math.abs(distance) >= LOBES) return 0;
  if (distance === 0) return 1;
  const angle = Math.PI * distance;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}
