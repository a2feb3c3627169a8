import type { Metadata } from 'sharp';
import type { DecodeLimits } from './decode-limits.js';
import { sharp } from './image-library.js';

/** Of 16-bit numbers; what is unpacked at once to be looked at, 32 MiB. Most radiographs fit. */
const STRIP_SAMPLES = 16 * 1024 * 1024;

/** What is stored in 16 bits a sample by modalities, and 8 by programs, whose files say nothing of it. */
const STORED_BITS = [8, 10, 12, 14] as const;

/** Grey, with or without transparency, of 16 bits a sample. */
export function isDeepGrey({ depth, channels }: Metadata): boolean {
  return depth === 'ushort' && channels <= 2;
}

/** The depth that an image uses, by its largest sample. */
export function sampleBitsOf(maxSample: number): number {
  return STORED_BITS.find((bits) => maxSample < 2 ** bits) ?? 16;
}

/**
 * The largest sample of the whole image, or one that no lower depth has. In strips from the top, since a PNG of the size that
 * the limits allow takes 200 MB at once: each is read from the top again, so that a large image is read a few times over,
 * but never for longer than a decoding may take.
 */
export async function maxSampleOf(
  file: Uint8Array,
  { metadata, limits }: { metadata: Metadata; limits: DecodeLimits },
): Promise<number> {
  const { width, height } = metadata;
  const rows = Math.max(1, Math.floor(STRIP_SAMPLES / width));
  const endsAt = performance.now() + limits.timeoutSeconds * 1000;
  let max = 0;
  for (let top = 0; top < height && sampleBitsOf(max) < 16; top += rows) {
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) throw new Error(`timeout: ${Math.floor((100 * top) / height)}% complete`);
    const strip = await sharp(file, { failOn: 'error', limitInputPixels: limits.maxPixels, ignoreIcc: true })
      .timeout({ seconds: Math.ceil(leftMs / 1000) })
      .extract({ left: 0, top, width, height: Math.min(rows, height - top) })
      .flatten({ background: '#000000' })
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer();
    const samples = samplesOf(strip);
    // by index: an iterator takes ten times as long, and the thread that answers with it
    for (let at = 0; at < samples.length; at += 1) max = Math.max(max, samples[at] as number);
  }
  return max;
}

/** Of 16-bit numbers; what resizing drew beyond the depth is white. */
export function toEightBits(data: Buffer, bits: number): Uint8Array {
  const scale = 255 / (2 ** bits - 1);
  return Uint8Array.from(samplesOf(data).map((sample) => Math.min(255, Math.round(sample * scale))));
}

function samplesOf({ buffer, byteOffset, byteLength }: Buffer): Uint16Array {
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}
