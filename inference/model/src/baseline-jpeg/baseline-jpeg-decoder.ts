import { lengthOf, type FileParts } from '../file-parts.js';
import { openKernel, reserve, type Kernel } from '../kernel-memory.js';
import { CODES_BYTES, LOOK_BITS, writeHuffmanTable, type HuffmanTable } from './huffman-table.js';
import { KERNEL } from './jpeg-kernel-wasm.js';
import type { BaselineJpeg } from './parse-baseline-jpeg.js';
import { resamplingOf, type Resampling } from './resampling-weights.js';

/** Samples that a block of 8 × 8 pixels may become each way while it is decoded. */
const BLOCK_SAMPLES = [1, 2, 4, 8] as const;
type BlockSamples = (typeof BLOCK_SAMPLES)[number];

export interface Size {
  width: number;
  height: number;
}

/** What kernel/jpeg-kernel.ts exports. */
interface JpegKernel extends Kernel {
  takeCoded(from: number, end: number, to: number, ends: number, stretches: number): number;
  /** addresses of tables that are written here, and of what is free behind them all */
  SINGLE: { value: number };
  CODES: { value: number };
  COUNTED: { value: number };
  FREE: { value: number };
  writeLooks(): void;
  decodeStretch(
    begin: number,
    end: number,
    firstBlock: number,
    blocks: number,
    across: number,
    planes: number,
    planeCount: number,
    ways: number,
  ): number;
  resample(
    plane: number,
    stride: number,
    filled: number,
    width: number,
    height: number,
    down: number,
    downTaps: number,
    across: number,
    acrossTaps: number,
    line: number,
    to: number,
  ): void;
}

/** A size at which the image is decoded, in the kernel's memory. */
interface Plane {
  samples: BlockSamples;
  address: number;
  /** samples a row */
  stride: number;
}

const PLANE_BYTES = 16;
/** How much the kernel may read behind a file's end. */
const FILE_PADDING = 16;
/**
 * How much it may read behind the end of coded pixels, which lie turned round, so in front of them, before it sees that they have
 * ended: 64 values of up to 27 bits, and what a look and `takeCoded` reach beyond.
 */
const CODED_PADDING = 64 * 4 + 8;
const PLACES = 64;
/** Of weights that are kept, some 10 KiB each: for some dozens of sizes of images. */
const MOST_RESAMPLINGS = 128;
const SINGLE_BYTES = 4 * 2 ** LOOK_BITS;
/** As the kernel has them. */
const MEAN = 65;
const SPARE_BLOCKS = 4;

/**
 * Decodes grey baseline JPEGs straight to the sizes that are wanted. Scaling is part of the decoding, as libjpeg does it:
 * a sample is the mean of the pixels it stands for, computed from the coefficients, and the pixels themselves are never
 * made. One pass over the file serves all sizes. The work is done in WebAssembly: whatever a file says, nothing outside of
 * the module's own memory can be touched, and it comes to an end, since each step uses up some of the file.
 */
export class BaselineJpegDecoder {
  /** Those in the kernel's memory: a modality's images mostly have the same. */
  #tables: { dc: HuffmanTable; ac: HuffmanTable } | null = null;
  /** A modality's images mostly have one size, and the weights take a tenth of the time of decoding. */
  readonly #resamplings = new Map<string, Resampling>();
  readonly #kernel = openKernel<JpegKernel>(KERNEL);

  /**
   * @returns 8-bit grey of each of `sizes`, row by row; null when the file is damaged in whatever way, for the library that
   *   knows the reasons
   */
  decode(file: FileParts, jpeg: BaselineJpeg, sizes: readonly Size[]): Uint8Array[] | null {
    const layout = new Layout(this.#kernel.FREE.value);
    const across = Math.ceil(jpeg.width / 8);
    const down = Math.ceil(jpeg.height / 8);
    const descriptors = layout.take(PLANE_BYTES * BLOCK_SAMPLES.length);
    const samplesOf = sizes.map((size) => blockSamplesFor(jpeg, size));
    const planes = [...new Set(samplesOf)].map((samples) => {
      // the kernel takes four at a time
      const stride = Math.ceil((across * samples) / 4) * 4;
      const weights = layout.take(4 * PLACES * samples * samples);
      return { samples, weights, stride, address: layout.take(4 * stride * down * samples) };
    });
    const total = across * down;
    const interval = jpeg.restartInterval === 0 ? total : jpeg.restartInterval;
    const stretches = Math.ceil(total / interval);
    const endsAt = layout.take(4 * stretches);
    const length = lengthOf(file);
    const coded = layout.take(length + CODED_PADDING);
    const whole = layout.take(length + FILE_PADDING);
    const ways = layout.take(waysBytesOf(planes, Math.min(interval, total)));
    const buffer = reserve(this.#kernel, layout.end);

    if (!this.#writeTables(jpeg)) return null;
    copyInto(new Uint8Array(buffer, whole, length), file);
    const behindCoded = coded + length + CODED_PADDING;
    const scan = whole + jpeg.scanStart;
    if (this.#kernel.takeCoded(scan, whole + length, behindCoded, endsAt, stretches) === 0) return null;
    const ends = new Int32Array(buffer, endsAt, stretches);
    const descriptor = new Int32Array(buffer, descriptors, 4 * planes.length);
    const counted = new Uint8Array(buffer, this.#kernel.COUNTED.value + MEAN, PLACES).fill(0);
    planes.forEach(({ samples, weights, stride, address }, index) => {
      new Float32Array(buffer, weights, PLACES * samples * samples).fill(0).set(weightsOf(jpeg.quantisation, samples));
      for (const nth of COUNTED[samples]) counted[nth] = 1;
      // the mean is kept beside the list of values
      counted[0] = 0;
      descriptor.set([samples, weights, address, stride], 4 * index);
    });

    for (const [index, end] of ends.entries()) {
      const first = index * interval;
      const blocks = Math.min(interval, total - first);
      const isWhole = this.#kernel.decodeStretch(
        8 * (behindCoded - (ends[index - 1] ?? 0)),
        8 * (behindCoded - end),
        first,
        blocks,
        across,
        descriptors,
        planes.length,
        ways,
      );
      if (isWhole === 0) return null;
    }
    return sizes.map((size, index) => {
      const plane = planes.find(({ samples }) => samples === samplesOf[index]);
      if (plane === undefined) throw new Error('a size without a plane');
      return this.#resampled(jpeg, plane, size, layout.end);
    });
  }

  /** Unless they are there already. */
  #writeTables({ dc, ac }: BaselineJpeg): boolean {
    if (this.#tables !== null && isSameTable(this.#tables.dc, dc) && isSameTable(this.#tables.ac, ac)) return true;
    this.#tables = null;
    const { memory, SINGLE, CODES } = this.#kernel;
    for (const [nth, table] of [ac, dc].entries()) {
      const place = {
        looks: SINGLE.value + nth * SINGLE_BYTES,
        codes: CODES.value + nth * CODES_BYTES,
      };
      if (!writeHuffmanTable(table, memory.buffer, place)) return false;
    }
    this.#kernel.writeLooks();
    // copies: what the parser gives are parts of a file
    this.#tables = { dc: copyOf(dc), ac: copyOf(ac) };
    return true;
  }

  /** @param free address behind what is in use */
  #resampled(jpeg: BaselineJpeg, plane: Plane, { width, height }: Size, free: number): Uint8Array {
    const vertical = this.#resampling((jpeg.height * plane.samples) / 8, height, 1);
    const horizontal = this.#resampling((jpeg.width * plane.samples) / 8, width, 4);
    const layout = new Layout(free);
    const [down, across] = [vertical, horizontal].map(({ starts, weights }) =>
      layout.take(starts.byteLength + weights.byteLength),
    ) as [number, number];
    const line = layout.take(4 * (plane.stride + 16));
    const to = layout.take(width * height);
    const buffer = reserve(this.#kernel, layout.end);
    for (const [address, { starts, weights }] of [
      [down, vertical],
      [across, horizontal],
    ] as const) {
      new Int32Array(buffer, address, starts.length).set(starts);
      new Float32Array(buffer, address + starts.byteLength, weights.length).set(weights);
    }
    new Float32Array(buffer, line, plane.stride + 16).fill(0);
    const { address, stride, samples } = plane;
    const filled = Math.ceil(jpeg.width / 8) * samples;
    this.#kernel.resample(
      address,
      stride,
      filled,
      width,
      height,
      down,
      vertical.taps,
      across,
      horizontal.taps,
      line,
      to,
    );
    return new Uint8Array(buffer, to, width * height).slice();
  }

  #resampling(from: number, to: number, tapsStep: number): Resampling {
    const key = `${from} ${to} ${tapsStep}`;
    const known = this.#resamplings.get(key);
    if (known !== undefined) return known;
    if (this.#resamplings.size === MOST_RESAMPLINGS) this.#resamplings.clear();
    const made = resamplingOf(from, to, tapsStep);
    this.#resamplings.set(key, made);
    return made;
  }
}

function copyInto(target: Uint8Array, parts: FileParts): void {
  let filled = 0;
  for (const part of parts) {
    target.set(part, filled);
    filled += part.length;
  }
}

function isSameTable(one: HuffmanTable, other: HuffmanTable): boolean {
  return Buffer.compare(one.counts, other.counts) === 0 && Buffer.compare(one.symbols, other.symbols) === 0;
}

function copyOf({ counts, symbols }: HuffmanTable): HuffmanTable {
  // not `slice`, which copies nothing of a Buffer
  return { counts: Uint8Array.from(counts), symbols: Uint8Array.from(symbols) };
}

/** Hands out addresses, one behind the other. */
class Layout {
  end: number;

  constructor(from: number) {
    this.end = from;
  }

  take(bytes: number): number {
    const address = this.end;
    this.end += Math.ceil(bytes / 16) * 16;
    return address;
  }
}

/** What the kernel needs to decode so many blocks in two ways at once, which it does for a single plane of few samples. */
function waysBytesOf([plane, ...others]: readonly Plane[], blocks: number): number {
  if (plane === undefined || plane.samples > 2 || others.length > 0) return 0;
  return 2 * (blocks + SPARE_BLOCKS) * (plane.samples === 1 ? 8 : 32);
}

/** The fewest that do not fall short of the size wanted, as in Pillow's draft mode. */
function blockSamplesFor({ width, height }: Size, wanted: Size): BlockSamples {
  const isEnough = (samples: number): boolean =>
    width * samples >= 8 * wanted.width && height * samples >= 8 * wanted.height;
  return BLOCK_SAMPLES.find(isEnough) ?? 8;
}

/** Column + 8 · row of the nth coefficient in zigzag order (ITU-T T.81, figure A.6). */
const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
];

/** [nth coefficient][row of samples][column of samples]: what one unit of it adds there. */
function weightsOf(quantisation: Uint16Array, samples: BlockSamples): Float32Array {
  const waves = MEANS_OF_WAVES[samples];
  const weights = new Float32Array(64 * samples * samples);
  let at = 0;
  ZIGZAG.forEach((place, nth) => {
    for (let row = 0; row < samples; row += 1) {
      const share = (quantisation[nth] ?? 0) * (waves[(place >>> 3) * samples + row] ?? 0);
      for (let column = 0; column < samples; column += 1, at += 1)
        weights[at] = share * (waves[(place & 7) * samples + column] ?? 0);
    }
  });
  return weights;
}

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

const COUNTED = { 1: countedOf(1), 2: countedOf(2), 4: countedOf(4), 8: countedOf(8) } as const;
