import { openKernel, reserve, type Kernel } from '../kernel-memory.js';
import { KERNEL } from './grey-kernel-wasm.js';

/** What kernel/grey-kernel.ts exports. */
interface GreyKernel extends Kernel {
  addUp(from: number, count: number, to: number): void;
  countEnds(
    from: number,
    stride: number,
    width: number,
    height: number,
    black: number,
    white: number,
    to: number,
  ): void;
  scale(from: number, count: number, to: number, factor: number, offset: number): void;
}

const kernel = openKernel<GreyKernel>(KERNEL);

/** Where results are, in front of the pixels. */
const RESULTS = 0;
const PIXELS = 32;

export interface PixelSums {
  sum: number;
  sumOfSquares: number;
  /** 255 and 0 of no pixels */
  min: number;
  max: number;
}

/** Adds up 8-bit pixels and their squares: in a sixth of the time that JavaScript takes, which is 2 % of what an image costs. */
export function pixelSumsOf(data: Uint8Array): PixelSums {
  const buffer = placed(data);
  kernel.addUp(PIXELS, data.length, RESULTS);
  const results = new DataView(buffer, RESULTS, PIXELS);
  return {
    sum: results.getFloat64(0, true),
    sumOfSquares: results.getFloat64(8, true),
    min: results.getUint8(16),
    max: results.getUint8(17),
  };
}

/** A rectangle of pixels in an image. */
export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * How many pixels of a rectangle have at most the value `black` and how many at least `white`.
 * @param data row by row, `stride` pixels each; the rectangle is within
 */
export function endsOf(
  data: Uint8Array,
  stride: number,
  { left, top, width, height }: Rectangle,
  { black, white }: { black: number; white: number },
): { black: number; white: number } {
  const buffer = placed(data);
  kernel.countEnds(PIXELS + top * stride + left, stride, width, height, black, white, RESULTS);
  const results = new DataView(buffer, RESULTS, PIXELS);
  return { black: results.getUint32(0, true), white: results.getUint32(4, true) };
}

/** Puts pixels where they are added up or counted. */
function placed(data: Uint8Array): ArrayBuffer {
  const buffer = reserve(kernel, PIXELS + data.length);
  new Uint8Array(buffer, PIXELS, data.length).set(data);
  return buffer;
}

/**
 * 8-bit pixels as numbers, pixel · factor − offset, in 32-bit floating point.
 * @param into as many numbers, which are overwritten
 */
export function scalePixels(data: Uint8Array, factor: number, offset: number, into: Float32Array): void {
  const from = Math.ceil(data.length / 16) * 16;
  const buffer = reserve(kernel, from + 4 * data.length);
  new Uint8Array(buffer, 0, data.length).set(data);
  kernel.scale(0, data.length, from, factor, offset);
  into.set(new Float32Array(buffer, from, data.length));
}
