import { lengthOf, type FileParts } from '../file-parts.js';
import { openKernel, reserve, type Kernel } from '../kernel-memory.js';
import { CODES_BYTES, LOOK_BITS, writeHuffmanTable, type HuffmanTable } from './huffman-table.js';
import { KERNEL } from './jpeg-kernel-wasm.js';
import type { BaselineJpeg } from './parse-baseline-jpeg.js';
import { ACROSS, DOWN, resamplingOf, type Reading, type Resampling } from './resampling-weights.js';
import { BLOCK_SAMPLES, COUNTED, numbersOf, PLACES, weightsOf, type BlockSamples } from './waves.js';

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
  WEIGHTS: { value: number };
  UNITS: { value: number };
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
  /** samples a row, some more than the image has */
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
/** Of weights that are kept, some 5 KiB each, either way: for some dozens of sizes of images. */
const MOST_RESAMPLINGS = 128;
const SINGLE_BYTES = 4 * 2 ** LOOK_BITS;
/** As the kernel has them. */
const MEAN = 1;
const SPARE_BLOCKS = 2;
const MOST_WAYS = 3;
const FOUND_BYTES = { 1: 8, 2: 32, 4: 80, 8: 0 } as const;
const WEIGHTS_BYTES = 64;

/**
 * Decodes grey baseline JPEGs straight to the sizes that are wanted. Scaling is part of the decoding, as libjpeg does it:
 * a sample is the mean of the pixels it stands for, computed from the coefficients, and the pixels themselves are never
 * made. One pass over the file serves all sizes. The work is done in WebAssembly: whatever a file says, nothing outside of
 * the module's own memory can be touched, and it comes to an end, since each step uses up some of the file.
 */
export class BaselineJpegDecoder {
  /** Those in the kernel's memory: a modality's images mostly have the same. */
  #tables: { dc: HuffmanTable; ac: HuffmanTable } | null = null;
  /** What weights in the kernel's memory are of; they would cost an image a hundredth. */
  #weighed: { quantisation: Uint16Array; samples: Set<BlockSamples> } = {
    quantisation: new Uint16Array(),
    samples: new Set(),
  };
  /** A modality's images mostly have one size, and the weights take a tenth of the time of decoding. */
  readonly #resamplings = { down: new Map<number, Resampling>(), across: new Map<number, Resampling>() };
  readonly #kernel = openKernel<JpegKernel>(KERNEL);

  /**
   * @returns 8-bit grey of each of `sizes`, row by row; null when the file is damaged in whatever way, for the library that
   *   knows the reasons, or its quantisation is as of no radiograph
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
      const rowPairs = Math.ceil((down * samples) / 2);
      const weights = layout.take(samples === 8 ? 4 * PLACES * samples * samples : 0);
      return { samples, weights, stride, address: layout.take(4 * stride * rowPairs) };
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
    this.#keepWeightsOf(jpeg.quantisation);
    for (const [index, { samples, weights, stride, address }] of planes.entries()) {
      if (samples === 8)
        new Float32Array(buffer, weights, PLACES * samples * samples).set(weightsOf(jpeg.quantisation));
      else if (!this.#writeWeights(samples)) return null;
      for (const nth of COUNTED[samples]) counted[nth] = 1;
      // the mean is kept beside the list of values
      counted[0] = 0;
      descriptor.set([samples, weights, address, stride], 4 * index);
    }

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

  #keepWeightsOf(quantisation: Uint16Array): void {
    const { quantisation: known } = this.#weighed;
    const isSame = quantisation.every((divisor, nth) => divisor === known[nth]);
    if (!isSame) this.#weighed = { quantisation, samples: new Set() };
  }

  /**
   * What a unit of each value adds to the numbers of a block, as the kernel has it, unless it is there already.
   * @returns false when they have none
   */
  #writeWeights(samples: 1 | 2 | 4): boolean {
    if (this.#weighed.samples.has(samples)) return true;
    const { memory, WEIGHTS, UNITS } = this.#kernel;
    const numbers = numbersOf(this.#weighed.quantisation, samples);
    if (numbers === null) return false;
    this.#weighed.samples.add(samples);
    const { meanUnit, unit, weights } = numbers;
    const units = new Float32Array(memory.buffer, UNITS.value, 3);
    units[0] = meanUnit;
    if (samples === 1) return true;
    units[samples / 2] = unit;
    const view = new DataView(memory.buffer, WEIGHTS.value + WEIGHTS_BYTES * MEAN, WEIGHTS_BYTES * PLACES);
    for (const [nth, { number, weight }] of weights.entries()) {
      const at = WEIGHTS_BYTES * nth;
      if (samples === 2) view.setInt16(at + 2 * number, weight, true);
      else {
        view.setInt32(at + 8, weight, true);
        view.setInt32(at + 12, 4 * number, true);
      }
    }
    return true;
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
    const { address, stride, samples } = plane;
    const vertical = kept(this.#resamplings.down, (jpeg.height * samples) / 8, height, DOWN);
    const horizontal = kept(this.#resamplings.across, (jpeg.width * samples) / 8, width, ACROSS);
    const layout = new Layout(free);
    const down = layout.take(bytesOf(vertical));
    const across = layout.take(bytesOf(horizontal));
    const line = layout.take(2 * (stride + horizontal.taps));
    const to = layout.take(width * height);
    const buffer = reserve(this.#kernel, layout.end);
    writeResampling(vertical, buffer, down);
    writeResampling(horizontal, buffer, across);
    this.#kernel.resample(address, stride, width, height, down, vertical.taps, across, horizontal.taps, line, to);
    return new Uint8Array(buffer, to, width * height).slice();
  }
}

/** The resampling among those made before, or a new one. */
function kept(known: Map<number, Resampling>, from: number, to: number, reading: Reading): Resampling {
  // inputs end at an eighth of a sample
  const key = 8 * from * 65_536 + to;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size === MOST_RESAMPLINGS) known.clear();
  const made = resamplingOf(from, to, reading);
  known.set(key, made);
  return made;
}

function bytesOf({ starts, weights }: Resampling): number {
  return starts.byteLength + weights.byteLength;
}

function writeResampling({ starts, weights }: Resampling, buffer: ArrayBuffer, address: number): void {
  new Int32Array(buffer, address, starts.length).set(starts);
  new Int16Array(buffer, address + starts.byteLength, weights.length).set(weights);
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

/** What the kernel needs to decode so many blocks in several ways at once, which it does for a single plane of few samples. */
function waysBytesOf([plane, ...others]: readonly Plane[], blocks: number): number {
  if (plane === undefined || others.length > 0) return 0;
  return MOST_WAYS * (blocks + SPARE_BLOCKS) * FOUND_BYTES[plane.samples];
}

/** The fewest that do not fall short of the size wanted, as in Pillow's draft mode. */
function blockSamplesFor({ width, height }: Size, wanted: Size): BlockSamples {
  const isEnough = (samples: number): boolean =>
    width * samples >= 8 * wanted.width && height * samples >= 8 * wanted.height;
  return BLOCK_SAMPLES.find(isEnough) ?? 8;
}
