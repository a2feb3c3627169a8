import type { InputDescription } from '@hilum/contracts';
import type { GreyImage } from '../decode.js';
import type { DecodeLimits } from '../decode-limits.js';
import { lengthOf, wholeOf, type FileParts } from '../file-parts.js';
import type { Release } from '../release.js';
import { BaselineJpegDecoder, type Size } from './baseline-jpeg-decoder.js';
import { parseBaselineJpeg, type BaselineJpeg } from './parse-baseline-jpeg.js';

/** 0.5 ms for an ordinary radiograph. Beyond these limits (10 ms) it goes to libvips' threads: others wait for this one. */
const MOST_BYTES = 1_500_000;
const MOST_PIXELS = 12_000_000;

const decoder = new BaselineJpegDecoder();

export interface DecodedJpeg {
  input: InputDescription;
  /** of each size wanted */
  images: GreyImage[];
}

/** Whether {@link decodeBaselineJpeg} may take a file of so many bytes: what it is told of otherwise, it need not be shown. */
export function isOfBaselineSize(bytes: number, limits: Pick<DecodeLimits, 'maxBytes'>): boolean {
  return bytes <= Math.min(MOST_BYTES, limits.maxBytes);
}

/**
 * Decodes what most radiographs kept as JPEG are, in a third of the time that libvips takes, on the thread that asks: grey
 * baseline JPEGs without EXIF. All sizes that are wanted cost one pass over the file.
 * @param sizesOf the sizes wanted of an image of this size
 * @returns null for all other files, and for those of them that are damaged: libvips alone tells why
 */
export function decodeBaselineJpeg(
  file: FileParts,
  { crop, kernel }: Pick<Release['preprocessing'], 'crop' | 'kernel'>,
  limits: DecodeLimits,
  sizesOf: (image: Size) => readonly Size[],
): DecodedJpeg | null {
  if (!isOfBaselineSize(lengthOf(file), limits) || crop !== 'none' || kernel !== 'lanczos3') return null;
  const jpeg = parsed(file);
  if (jpeg === null) return null;
  const { width, height } = jpeg;
  if (width * height > Math.min(MOST_PIXELS, limits.maxPixels, limits.maxStreamedBytes)) return null;
  const sizes = sizesOf({ width, height });
  const decoded = decoder.decode(file, jpeg, sizes);
  if (decoded === null) return null;
  const images = sizes.map((size, index) => ({
    width: size.width,
    height: size.height,
    data: decoded[index] ?? new Uint8Array(),
  }));
  return { input: { kind: 'jpeg', width, height, bits: 8, stats: null }, images };
}

/** What stands in front of the pixels is mostly within the first part. */
function parsed(file: FileParts): BaselineJpeg | null {
  const [first = new Uint8Array()] = file;
  return parseBaselineJpeg(first) ?? (file.length > 1 ? parseBaselineJpeg(wholeOf(file)) : null);
}
