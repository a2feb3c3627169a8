import type { InputDescription } from '@hilum/contracts';

export type ImageKind = InputDescription['kind'];

/**
 * Tells the format by the first bytes, never by a file name or content type: those are claims of the sender.
 * `unknown` covers everything that is not on the list, SVG and HEIF among it, which sharp could open.
 */
export function imageKindOf(bytes: Uint8Array): ImageKind {
  const starts = (text: string, offset = 0): boolean =>
    bytes.length >= offset + text.length &&
    [...text].every((character, index) => bytes[offset + index] === character.charCodeAt(0));
  if (starts('\xff\xd8\xff')) return 'jpeg';
  if (starts('\x89PNG\r\n\x1a\n')) return 'png';
  if (starts('II*\0') || starts('MM\0*') || starts('II+\0') || starts('MM\0+')) return 'tiff';
  if (starts('RIFF') && starts('WEBP', 8)) return 'webp';
  if (starts('GIF87a') || starts('GIF89a')) return 'gif';
  return 'unknown';
}

/**
 * Whether a PNG holds several pictures: a chunk `acTL` before its first data (PNG, third edition, 11.3.2.1). libvips takes the first of
 * them for all there is.
 * @param bytes of any file
 */
export function isAnimatedPng(bytes: Uint8Array): boolean {
  if (imageKindOf(bytes) !== 'png') return false;
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // each chunk is a length, four letters, so many bytes and a checksum
  for (let at = PNG_SIGNATURE_BYTES; at + 8 <= bytes.length; at += file.getUint32(at) + 12) {
    const type = file.getUint32(at + 4);
    if (type === ACTL) return true;
    if (type === IDAT) return false;
  }
  return false;
}

const PNG_SIGNATURE_BYTES = 8;
const ACTL = 0x6163544c;
const IDAT = 0x49444154;
