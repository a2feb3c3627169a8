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
