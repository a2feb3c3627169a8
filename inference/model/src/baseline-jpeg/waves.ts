/** Samples that a block of 8 × 8 pixels may become each way while it is decoded. */
export const BLOCK_SAMPLES = [1, 2, 4, 8] as const;
export type BlockSamples = (typeof BLOCK_SAMPLES)[number];

/** Coefficients of a block. */
export const PLACES = 64;

/** Column + 8 · row of the nth coefficient in zigzag order (ITU-T T.81, figure A.6). */
const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
];

/** [wave 0…7][sample]: the mean of a wave of the cosine transform over the pixels of a sample (ITU-T T.81, A.3.3). */
function meansOfWaves(samples: BlockSamples): Float64Array {
  const pixels = 8 / samples;
  return Float64Array.from({ length: 8 * samples }, (_, index) => {
    const wave = Math.floor(index / samples);
    const first = (index % samples) * pixels;
    let sum = 0;
    for (let pixel = first; pixel < first + pixels; pixel += 1)
      sum += Math.cos(((2 * pixel + 1) * wave * Math.PI) / 16);
    // what cancels out over the pixels of a sample would be left as a rounding error
    return Math.abs(sum) < 1e-9 ? 0 : (sum / pixels / 2) * (wave === 0 ? Math.SQRT1_2 : 1);
  });
}

const MEANS_OF_WAVES = { 1: meansOfWaves(1), 2: meansOfWaves(2), 4: meansOfWaves(4), 8: meansOfWaves(8) } as const;

/** Numbers (in zigzag order) of the coefficients that add something to some sample, whatever the quantisation is. */
function countedOf(samples: BlockSamples): readonly number[] {
  const waves = MEANS_OF_WAVES[samples];
  const isSeen = (wave: number): boolean =>
    waves.subarray(wave * samples, (wave + 1) * samples).some((mean) => mean !== 0);
  return ZIGZAG.flatMap((place, nth) => (isSeen(place >>> 3) && isSeen(place & 7) ? [nth] : []));
}

/** Units of a sample in a grey level, as the kernel has them. */
const SAMPLE_UNITS = 64;

export const COUNTED = { 1: countedOf(1), 2: countedOf(2), 4: countedOf(4), 8: countedOf(8) } as const;

/** [nth coefficient][row of pixels][column of pixels]: what one unit of it adds there, in units of a sample. */
export function weightsOf(quantisation: Uint16Array): Float32Array {
  const waves = MEANS_OF_WAVES[8];
  const weights = new Float32Array(PLACES * PLACES);
  let at = 0;
  ZIGZAG.forEach((place, nth) => {
    for (let row = 0; row < 8; row += 1) {
      const share = SAMPLE_UNITS * (quantisation[nth] ?? 0) * (waves[(place >>> 3) * 8 + row] ?? 0);
      for (let column = 0; column < 8; column += 1, at += 1)
        weights[at] = share * (waves[(place & 7) * 8 + column] ?? 0);
    }
  });
  return weights;
}

/**
 * At so few samples waves look alike: the means of the wave u over the pixels of each sample are those of one of the first
 * waves, or its negative, or nothing (cos((2s + 1)uπ / 2N), times what depends on u alone).
 */
function seenAs(wave: number, samples: number): number {
  const within = wave % (2 * samples);
  return Math.min(within, 2 * samples - within);
}

/** The first sample of each of those waves, as the kernel has them; the others are 1, t and their negatives. */
const FIRST_SAMPLES = [1, 1, 1, Math.tan(Math.PI / 8)];

/** [nth coefficient]: the one of a block's numbers to which it adds something, and how much one unit of the transform adds. */
function sharesOf(samples: 1 | 2 | 4): readonly { number: number; share: number }[] {
  const waves = MEANS_OF_WAVES[samples];
  return ZIGZAG.map((place) => {
    const [down, across] = [place >>> 3, place & 7];
    const mean = (waves[down * samples] ?? 0) * (waves[across * samples] ?? 0);
    if (mean === 0) return { number: 0, share: 0 };
    const [waveDown, waveAcross] = [seenAs(down, samples), seenAs(across, samples)];
    // the kernel has four numbers in rows and sixteen in columns
    const number = samples === 4 ? 4 * waveAcross + waveDown : 2 * waveDown + waveAcross;
    return { number, share: mean / ((FIRST_SAMPLES[waveDown] ?? 1) * (FIRST_SAMPLES[waveAcross] ?? 1)) };
  });
}

const SHARES = { 1: sharesOf(1), 2: sharesOf(2), 4: sharesOf(4) } as const;

/** 64 values of 10 bits, each weighed so, are still within 32 bits. */
const LARGEST_WEIGHT = 32_767;
/** No wave of 8-bit pixels is larger before it is quantised (ITU-T T.81, A.3.3: eight times 128). */
const LARGEST_WAVE = 1024;
/** Grey levels by which what whole weights leave out may change a sample, for each wave. */
const MOST_LEFT_OUT = 0.25;

/** What the values of a block add to its numbers. */
export interface NumberWeights {
  /** what one unit of a mean, which is the first number, and one unit of every other adds to a sample, in its units */
  meanUnit: number;
  unit: number;
  /** [nth coefficient]: which number it is added to, and how often */
  weights: readonly { number: number; weight: number }[];
}

/**
 * Weights as whole numbers, of which the largest has 15 bits: what that leaves out is some hundredths of a grey level at most with
 * tables as they are in use.
 * @returns null when it would be more than {@link MOST_LEFT_OUT}, since one wave is quantised so much more coarsely than others
 */
export function numbersOf(quantisation: Uint16Array, samples: 1 | 2 | 4): NumberWeights | null {
  const shares = SHARES[samples].map(({ number, share }, nth) => ({ number, share: share * (quantisation[nth] ?? 0) }));
  const [mean, ...others] = shares;
  const unit = others.reduce((most, { share }) => Math.max(most, Math.abs(share)), 0) / LARGEST_WEIGHT;
  const finest = shares.reduce(
    (least, { share }, nth) => (nth === 0 || share === 0 ? least : Math.min(least, quantisation[nth] ?? least)),
    Number.POSITIVE_INFINITY,
  );
  if ((unit / 2) * (LARGEST_WAVE / finest) > MOST_LEFT_OUT) return null;
  const weights = shares.map(({ number, share }, nth) => ({
    number,
    weight: nth === 0 ? 1 : share === 0 ? 0 : Math.round(share / unit),
  }));
  return { meanUnit: SAMPLE_UNITS * (mean?.share ?? 0), unit: SAMPLE_UNITS * unit, weights };
}
