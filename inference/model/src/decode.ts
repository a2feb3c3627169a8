import type { InputDescription, UnreadableReason } from '@hilum/contracts';
import type { Metadata, Sharp } from 'sharp';
import { BaselineJpegDecoder, type Size } from './baseline-jpeg/baseline-jpeg-decoder.js';
import { parseBaselineJpeg, type BaselineJpeg } from './baseline-jpeg/parse-baseline-jpeg.js';
import { imageKindOf } from './image-kind.js';
import { libraryLock, sharp } from './image-library.js';
import { withoutHarmlessFaults } from './jpeg-repair.js';
import { isHarmlessWarning } from './jpeg-warnings.js';
import type { Release } from './release.js';

/** What one image may cost. Everything above is an `unreadable` finding, for the sender may be anybody. */
export interface DecodeLimits {
  maxBytes: number;
  /** width × height as the header says, checked before a pixel is unpacked */
  maxPixels: number;
  /** for formats that must be unpacked whole before a row can be read; the others pass through in strips */
  maxUnpackedBytes: number;
  /** for those that pass through in strips: they take no memory, but each byte takes time of those who wait */
  maxStreamedBytes: number;
  /**
   * of libvips working, whole seconds; waiting for a thread does not count. It looks at the clock once every 128 rows of
   * output, so this ends what is hopeless; what bounds the work of a single image are the three limits above.
   */
  timeoutSeconds: number;
}

export const DEFAULT_DECODE_LIMITS: DecodeLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxPixels: 100_000_000,
  maxUnpackedBytes: 256 * 1024 * 1024,
  maxStreamedBytes: 300_000_000,
  timeoutSeconds: 10,
};

/** 8-bit grey, row by row from the top left. */
export interface GreyImage {
  data: Uint8Array;
  width: number;
  height: number;
}

/** Part of the upright image that the network sees, in pixels. */
interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface OpenedImage {
  kind: 'opened';
  input: InputDescription;
  region: Region;
  /** Decodes and resizes `region`. Throws what sharp throws; {@link reasonOfDecodeError} tells it as a reason. */
  grey(width: number, height: number): Promise<GreyImage>;
}

export type Opened = OpenedImage | { kind: 'unreadable'; reason: UnreadableReason; input: InputDescription };

export interface OpenOptions {
  /**
   * A second size that will be asked for. Where one pass over the file can serve both it does, so this costs time even if
   * it is not asked for then.
   */
  alsoWanted?: (region: Region) => Size;
}

/**
 * Reads the header, checks the limits and tells how to decode. No pixel is unpacked yet.
 *
 * - Grey baseline JPEGs without EXIF, as most radiographs kept as JPEG are, are decoded by {@link BaselineJpegDecoder} in a
 *   third of the time; all other files, and those of them that are damaged, by libvips, which alone tells why.
 * - More than one frame or page is `unsupported-format`: a score of the first would silently pass over the others.
 * - Upright by EXIF; colour profiles are not read (they change no diagnosis, and parsing them is attack surface).
 * - 16 bits a channel become 8 by scaling, not clipping; other sample types (float) have no agreed range: unsupported.
 * - CMYK and colour become grey; what is transparent becomes black, as collimated borders are.
 */
export async function openImage(
  bytes: Uint8Array,
  preprocessing: Pick<Release['preprocessing'], 'crop' | 'kernel'>,
  limits: DecodeLimits,
  options: OpenOptions = {},
): Promise<Opened> {
  const input: InputDescription = { kind: imageKindOf(bytes), width: null, height: null, bits: null, stats: null };
  const unreadable = (reason: UnreadableReason): Opened => ({ kind: 'unreadable', reason, input });
  if (bytes.length === 0) return unreadable('empty');
  if (bytes.length > limits.maxBytes) return unreadable('too-large');
  if (input.kind === 'unknown') return unreadable('unsupported-format');
  const jpeg = decodableHere(bytes, preprocessing, limits);
  return jpeg === null
    ? openWithLibrary(bytes, input, preprocessing, limits)
    : openBaselineJpeg(bytes, jpeg, () => openWithLibrary(bytes, input, preprocessing, limits), options);
}

/** For formats that libvips must be asked about, which is all but grey baseline JPEGs. Completes `input`. */
async function openWithLibrary(
  bytes: Uint8Array,
  input: InputDescription,
  preprocessing: Pick<Release['preprocessing'], 'crop' | 'kernel'>,
  limits: DecodeLimits,
): Promise<Opened> {
  const unreadable = (reason: UnreadableReason): Opened => ({ kind: 'unreadable', reason, input });
  let metadata: Metadata;
  try {
    // The pixel limit is ours to check below: sharp's would refuse without telling the size.
    metadata = await libraryLock.shared(() => sharp(bytes, { failOn: 'error', limitInputPixels: false }).metadata());
  } catch {
    return unreadable('corrupt');
  }
  const { width, height } = metadata.autoOrient;
  Object.assign(input, { width, height, bits: bitsOf(metadata) });
  if (metadata.format !== input.kind) return unreadable('corrupt');
  if ((metadata.pages ?? 1) > 1) return unreadable('unsupported-format');
  if (width * height > limits.maxPixels) return unreadable('too-many-pixels');
  const { streamed, unpacked } = sampleBytesOf(metadata);
  if (unpacked > limits.maxUnpackedBytes || streamed > limits.maxStreamedBytes) return unreadable('too-many-pixels');
  if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') return unreadable('unsupported-format');

  const region = regionOf(width, height, preprocessing.crop);
  // libjpeg only warns of pixels that are not there and fills up with grey
  const failOn = input.kind === 'jpeg' ? 'warning' : 'error';
  const decode = async (file: Uint8Array, toWidth: number, toHeight: number): Promise<GreyImage> => {
    const image = upright(file, limits, failOn);
    // Only when something is cut off: an extract keeps libjpeg from scaling while it decodes, which is half the cost.
    if (preprocessing.crop !== 'none') image.extract(region);
    const { data, info } = await image
      .resize(toWidth, toHeight, { fit: 'fill', kernel: preprocessing.kernel })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 1) throw new Error(`expected one grey channel but sharp made ${info.channels}`);
    return { data, width: info.width, height: info.height };
  };
  const grey = async (toWidth: number, toHeight: number): Promise<GreyImage> => {
    try {
      return await libraryLock.shared(() => decode(bytes, toWidth, toHeight));
    } catch {
      // Once more, to learn why. It is also needed for a time-out: its clock runs while the process or its machine is
      // suspended, and an outcome is for good, so it is believed only when it comes twice.
      return libraryLock.alone(() => decodeAlone(toWidth, toHeight));
    }
  };
  const decodeAlone = async (toWidth: number, toHeight: number): Promise<GreyImage> => {
    try {
      return await decode(bytes, toWidth, toHeight);
    } catch (error) {
      if (input.kind !== 'jpeg' || !isHarmlessWarning(messageOf(error))) throw error;
      // The decoder stops at the first warning, so behind a harmless one another may wait: never decode with all of
      // them ignored. What warns even without harmless faults has lost pixels.
      const repaired = withoutHarmlessFaults(bytes);
      if (repaired === null) throw error;
      return decode(repaired, toWidth, toHeight);
    }
  };
  return { kind: 'opened', input, region, grey };
}

/**
 * What is decoded in WebAssembly is decoded on the thread that answers requests: 3 ms for an ordinary radiograph. Beyond
 * these limits (30 ms) it goes to libvips' threads.
 */
const MOST_BYTES_HERE = 1_500_000;
const MOST_PIXELS_HERE = 12_000_000;

const baselineDecoder = new BaselineJpegDecoder();

function decodableHere(
  bytes: Uint8Array,
  { crop, kernel }: Pick<Release['preprocessing'], 'crop' | 'kernel'>,
  limits: DecodeLimits,
): BaselineJpeg | null {
  if (bytes.length > MOST_BYTES_HERE || crop !== 'none' || kernel !== 'lanczos3') return null;
  const jpeg = parseBaselineJpeg(bytes);
  if (jpeg === null) return null;
  const pixels = jpeg.width * jpeg.height;
  return pixels > Math.min(MOST_PIXELS_HERE, limits.maxPixels, limits.maxStreamedBytes) ? null : jpeg;
}

function openBaselineJpeg(
  bytes: Uint8Array,
  jpeg: BaselineJpeg,
  openElsewhere: () => Promise<Opened>,
  { alsoWanted }: OpenOptions,
): OpenedImage {
  const { width, height } = jpeg;
  const region: Region = { left: 0, top: 0, width, height };
  let ahead: GreyImage | null = null;
  const grey = async (toWidth: number, toHeight: number): Promise<GreyImage> => {
    if (ahead?.width === toWidth && ahead.height === toHeight) return ahead;
    const also = ahead === null ? alsoWanted?.(region) : undefined;
    const sizes: Size[] = [{ width: toWidth, height: toHeight }, ...(also === undefined ? [] : [also])];
    const decoded = baselineDecoder.decode(bytes, jpeg, sizes);
    const [data, second] = decoded ?? [];
    if (also !== undefined && second !== undefined) ahead = { data: second, ...also };
    if (data !== undefined) return { data, width: toWidth, height: toHeight };
    const opened = await openElsewhere();
    if (opened.kind === 'unreadable') throw new Error(`a JPEG that is ${opened.reason}`);
    return opened.grey(toWidth, toHeight);
  };
  const input: InputDescription = { kind: 'jpeg', width, height, bits: 8, stats: null };
  return { kind: 'opened', input, region, grey };
}

type FailOn = 'warning' | 'error';

/** sharp's own words */
const TIMED_OUT = /timeout: \d+% complete/;

/** A truncated file or a decoder's error fails in any case. */
function upright(bytes: Uint8Array, limits: DecodeLimits, failOn: FailOn): Sharp {
  return sharp(bytes, { failOn, limitInputPixels: limits.maxPixels, ignoreIcc: true })
    .timeout({ seconds: limits.timeoutSeconds })
    .autoOrient()
    .flatten({ background: '#000000' })
    .greyscale();
}

function regionOf(width: number, height: number, crop: Release['preprocessing']['crop']): Region {
  if (crop === 'none') return { left: 0, top: 0, width, height };
  const side = Math.min(width, height);
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), width: side, height: side };
}

function bitsOf(metadata: Metadata): number | null {
  const byDepth: Record<string, number> = { uchar: 8, char: 8, ushort: 16, short: 16, uint: 32, int: 32, float: 32 };
  return metadata.bitsPerSample ?? byDepth[metadata.depth] ?? null;
}

/** Baseline JPEG and plain PNG pass row by row; all else is held whole, a progressive JPEG as 16-bit coefficients. */
function sampleBytesOf(metadata: Metadata): { streamed: number; unpacked: number } {
  const isStreamed = (metadata.format === 'jpeg' || metadata.format === 'png') && metadata.isProgressive !== true;
  const isWide = metadata.depth === 'ushort' || (metadata.format === 'jpeg' && !isStreamed);
  const bytes = metadata.width * metadata.height * metadata.channels * (isWide ? 2 : 1);
  return isStreamed ? { streamed: bytes, unpacked: 0 } : { streamed: 0, unpacked: bytes };
}

/** libvips has no error codes; the time-out is told by sharp's own words, all else is a broken file. */
export function reasonOfDecodeError(error: unknown): UnreadableReason {
  return TIMED_OUT.test(messageOf(error)) ? 'decode-timeout' : 'corrupt';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
