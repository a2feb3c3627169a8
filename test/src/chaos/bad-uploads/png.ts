import { constants, crc32, deflateRawSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const BLOCK_BYTES = 1024 * 1024;

/** Colour types of PNG, with the bits of a sample: https://www.w3.org/TR/png-3/#table111 */
export const PNG_FORMS = {
  grey1: { bits: 1, type: 0, bytesPerPixel: 1 / 8 },
  grey8: { bits: 8, type: 0, bytesPerPixel: 1 },
  rgba16: { bits: 16, type: 6, bytesPerPixel: 8 },
} as const;

/** Length, type, data and checksum. */
export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Puts a chunk right behind the header of a PNG. */
export function withPngChunk(png: Buffer, type: string, data: Buffer): Buffer {
  const behindHeader = SIGNATURE.length + 25;
  return Buffer.concat([png.subarray(0, behindHeader), pngChunk(type, data), png.subarray(behindHeader)]);
}

/** A valid all-black PNG of any size in a few hundred kilobytes at most. */
export function blackPng(width: number, height: number, form: (typeof PNG_FORMS)[keyof typeof PNG_FORMS]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(form.bits, 8);
  header.writeUInt8(form.type, 9);
  return Buffer.concat([
    SIGNATURE,
    pngChunk('IHDR', header),
    pngChunk('IDAT', zlibOfZeros(height * (1 + Math.ceil(width * form.bytesPerPixel)))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A zlib stream (RFC 1950) that unpacks to so many zeros: one compressed megabyte, repeated. */
export function zlibOfZeros(total: number): Buffer {
  const zeros = (bytes: number): Buffer => deflateRawSync(Buffer.alloc(bytes), { finishFlush: constants.Z_SYNC_FLUSH });
  const block = zeros(BLOCK_BYTES);
  const adler32 = Buffer.alloc(4);
  adler32.writeUInt16BE(total % 65521, 0);
  adler32.writeUInt16BE(1, 2);
  return Buffer.concat([
    Buffer.from([0x78, 0x9c]),
    ...Array.from({ length: Math.floor(total / BLOCK_BYTES) }, () => block),
    zeros(total % BLOCK_BYTES),
    Buffer.from([0x03, 0x00]),
    adler32,
  ]);
}
