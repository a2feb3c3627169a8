/** Lobes of the Lanczos kernel. */
const LOBES = 3;

export interface Resampling {
  /** of each output sample the first input sample that counts */
  starts: Int32Array;
  /** how many count, the same for all */
  taps: number;
  /** [output sample][tap]; those of an output sample add up to 1 */
  weights: Float32Array;
}

/**
 * A Lanczos-3 kernel, widened by the factor of a reduction so that nothing aliases.
 * @param from length of the input in samples; may end within one
 * @param to output samples
 * @param tapsStep the number of taps is a multiple of it; those too many weigh nothing, and may lie behind the input
 */
export function resamplingOf(from: number, to: number, tapsStep = 1): Resampling {
  const step = from / to;
  const widening = Math.max(1, step);
  const samples = Math.ceil(from);
  const needed = Math.min(samples, Math.ceil(2 * LOBES * widening) + 1);
  const taps = Math.ceil(needed / tapsStep) * tapsStep;
  const starts = new Int32Array(to);
  const weights = new Float32Array(to * taps);
  for (let index = 0; index < to; index += 1) {
    const centre = (index + 0.5) * step - 0.5;
    const start = Math.min(samples - needed, Math.max(0, Math.ceil(centre - LOBES * widening)));
    starts[index] = start;
    let sum = 0;
    for (let tap = 0; tap < needed; tap += 1) {
      const weight = lanczos((start + tap - centre) / widening);
      weights[index * taps + tap] = weight;
      sum += weight;
    }
    for (let tap = index * taps; tap < index * taps + needed; tap += 1) weights[tap] = (weights[tap] ?? 0) / sum;
  }
  return { starts, taps, weights };
}

function lanczos(distance: number): number {
  if (Math.abs(distance) >= LOBES) return 0;
  if (distance === 0) return 1;
  const angle = Math.PI * distance;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}
