import type { InputDescription, UnreadableReason } from '@hilum/contracts';
import type { Metadata, Sharp } from 'sharp';
import type { DecodeLimits } from './decode-limits.js';
import { isDeepGrey, maxSampleOf, sampleBitsOf, toEightBits } from './deep-grey.js';
import { imageKindOf, isAnimatedPng } from './image-kind.js';
import { libraryLock, sharp } from './image-library.js';
import { withoutHarmlessFaults } from './jpeg-repair.js';
import { isHarmlessWarning } from './jpeg-warnings.js';
import type { Release } from './release.js';

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

/**
 * Reads the header, checks the limits and tells how to decode with libvips, which knows all formats. No pixel is unpacked yet.
 *
 * - More than one frame or page is `unsupported-format`: a score of the first would silently pass over the others.
 * - Upright by EXIF; colour profiles are not read (they change no diagnosis, and parsing them is attack surface).
 * - 16 bits a channel become 8 by scaling, not clipping. Grey samples are scaled by the depth that the image uses
 *   (deep-grey.ts), for most modalities store 10 to 14 bits in 16; other sample types (float) have no agreed range: unsupported.
 * - CMYK and colour become grey; what is transparent becomes black, as collimated borders are.
 */
export async function openImage(
  bytes: Uint8Array,
  preprocessing: Pick<Release['preprocessing'], 'crop' | 'kernel'>,
  limits: DecodeLimits,
): Promise<Opened> {
  const input: InputDescription = { kind: imageKindOf(bytes), width: null, height: null, bits: null, stats: null };
  const unreadable = (reason: UnreadableReason): Opened => ({ kind: 'unreadable', reason, input });
  if (bytes.length === 0) return unreadable('empty');
  if (bytes.length > limits.maxBytes) return unreadable('too-large');
  if (input.kind === 'unknown') return unreadable('unsupported-format');
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
  if ((metadata.pages ?? 1) > 1 || isAnimatedPng(bytes)) return unreadable('unsupported-format');
  if (width * height > limits.maxPixels) return unreadable('too-many-pixels');
  const { streamed, unpacked } = sampleBytesOf(metadata);
  if (unpacked > limits.maxUnpackedBytes || streamed > limits.maxStreamedBytes) return unreadable('too-many-pixels');
  if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') return unreadable('unsupported-format');

  const region = regionOf(width, height, preprocessing.crop);
  // libjpeg only warns of pixels that are not there and fills up with grey
  const failOn = input.kind === 'jpeg' ? 'warning' : 'error';
  const resized = (file: Uint8Array, toWidth: number, toHeight: number, timeoutSeconds: number): Sharp => {
    const image = upright(file, { ...limits, timeoutSeconds }, failOn);
    // Only when something is cut off: an extract keeps libjpeg from scaling while it decodes, which is half the cost.
    if (preprocessing.crop !== 'none') image.extract(region);
    return image.resize(toWidth, toHeight, { fit: 'fill', kernel: preprocessing.kernel });
  };
  // once an image, for it is decoded again for its heat map; of 16 bits libvips makes 8 itself, and leaves 8 as they are
  let usedBits: number | null = isDeepGrey(metadata) ? null : 16;
  const decode = async (file: Uint8Array, toWidth: number, toHeight: number): Promise<GreyImage> => {
    const beganAt = performance.now();
    usedBits ??= sampleBitsOf(await maxSampleOf(file, { metadata, limits }));
    // looking for the depth takes of the same time; libvips counts whole seconds
    const leftSeconds = limits.timeoutSeconds - (performance.now() - beganAt) / 1000;
    const image = resized(file, toWidth, toHeight, Math.max(1, Math.ceil(leftSeconds)));
    // libvips itself takes samples that it makes grey for 8 or 16 bits
    const isScaledHere = usedBits < 16;
    const raw = isScaledHere
      ? image.greyscale(false).toColourspace('grey16').raw({ depth: 'ushort' })
      : image.raw({ depth: 'uchar' });
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    if (info.channels !== 1) throw new Error(`expected one grey channel but sharp made ${info.channels}`);
    return { data: isScaledHere ? toEightBits(data, usedBits) : data, width: info.width, height: info.height };
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
