import { crc32, deflateRawSync, constants, gzipSync } from 'node:zlib';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openImage, reasonOfDecodeError, type GreyImage } from './decode.js';
import { DEFAULT_DECODE_LIMITS, type DecodeLimits } from './decode-limits.js';
import { loadModel, type Model } from './model.js';
import { scoreImage } from './score-image.js';

let model: Model;
beforeAll(async () => {
  model = await loadModel(path.join(import.meta.dirname, '../fixtures/tiny-release'), { intraOpThreads: 1 });
});
afterAll(() => model.close());

const limits: DecodeLimits = { ...DEFAULT_DECODE_LIMITS, maxBytes: 8 * 1024 * 1024 };

async function outcomeOf(bytes: Uint8Array, changed: Partial<DecodeLimits> = {}): Promise<string> {
  const { finding } = await scoreImage(bytes, model, { limits: { ...limits, ...changed } });
  return finding.kind === 'unreadable' ? finding.reason : finding.kind;
}

/** A picture with structure, so that it passes the gate. */
function ramp(width: number, height: number, channels: 1 | 3 = 1): Sharp {
  const data = Buffer.alloc(width * height * channels);
  for (let index = 0; index < data.length; index += 1)
    data[index] = Math.floor(((Math.floor(index / channels) % width) * 255) / width);
  return sharp(data, { raw: { width, height, channels } });
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([frame, body, sum]);
}

/** A valid all-black PNG of any size in a few kilobytes: one compressed megabyte of zeros, repeated (RFC 1950, 1951). */
function blackPng(
  width: number,
  height: number,
  colour: { bits: number; type: number; bytesPerPixel: number },
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(colour.bits, 8);
  header.writeUInt8(colour.type, 9);
  const total = height * (1 + Math.ceil(width * colour.bytesPerPixel));
  const block = 1024 * 1024;
  const zeros = (bytes: number): Buffer => deflateRawSync(Buffer.alloc(bytes), { finishFlush: constants.Z_SYNC_FLUSH });
  const repeated = zeros(block);
  const adler32 = Buffer.alloc(4);
  adler32.writeUInt16BE(total % 65521, 0);
  adler32.writeUInt16BE(1, 2);
  const stream = Buffer.concat([
    Buffer.from([0x78, 0x9c]),
    ...Array.from({ length: Math.floor(total / block) }, () => repeated),
    zeros(total % block),
    Buffer.from([0x03, 0x00]),
    adler32,
  ]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', stream),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

const GREY_1_BIT = { bits: 1, type: 0, bytesPerPixel: 1 / 8 };
const RGBA_16_BIT = { bits: 16, type: 6, bytesPerPixel: 8 };

/** Puts a marker segment right behind a JPEG's start-of-image. */
function withSegment(jpeg: Buffer, marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}

const JFIF_3 = Buffer.from('JFIF\0\x03\x00\x00\x00\x01\x00\x01\x00\x00', 'latin1');
const ADOBE_7 = Buffer.from('Adobe\0\x64\0\0\0\0\x07', 'latin1');

/** Before the first of these markers behind the one that begins the file. */
function withStrayBytes(jpeg: Buffer, marker: number): Buffer {
  const at = jpeg.indexOf(Buffer.from([0xff, marker]), 4);
  return Buffer.concat([jpeg.subarray(0, at), Buffer.from('stray\xff\0', 'latin1'), jpeg.subarray(at)]);
}

function withZeroScanParameters(jpeg: Buffer): Buffer {
  const at = jpeg.indexOf(Buffer.from([0xff, 0xda]));
  const end = at + 2 + jpeg.readUInt16BE(at + 2);
  return Buffer.concat([jpeg.subarray(0, end - 3), Buffer.alloc(3), jpeg.subarray(end)]);
}

async function greyOf(bytes: Uint8Array): Promise<GreyImage> {
  const opened = await openImage(bytes, model.release.preprocessing, limits);
  if (opened.kind !== 'opened') throw new Error(`expected an opened image but got ${opened.reason}`);
  return opened.grey(64, 64);
}

describe('files that are no image', () => {
  it.each([
    ['an empty file', Buffer.alloc(0), 'empty'],
    ['text under the name of a JPEG', Buffer.from('Dear colleague, please find attached'), 'unsupported-format'],
    ['a ZIP archive', Buffer.from('PK\x03\x04rest of an archive', 'latin1'), 'unsupported-format'],
    ['a gzip file', gzipSync(Buffer.alloc(1000)), 'unsupported-format'],
    [
      'an SVG, which may name other files',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'unsupported-format',
    ],
    ['a PDF', Buffer.from('%PDF-1.7'), 'unsupported-format'],
    ['zeros', Buffer.alloc(4096), 'unsupported-format'],
    ['only the first bytes of a JPEG', Buffer.from([0xff, 0xd8, 0xff]), 'corrupt'],
    ['only the signature of a PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'corrupt'],
    ['only the signature of a GIF', Buffer.from('GIF89a'), 'corrupt'],
    ['a RIFF header that promises WebP', Buffer.from('RIFF\0\0\0\0WEBP'), 'corrupt'],
  ])('%s is an outcome with a reason', async (_name, bytes, reason) => {
    expect(await outcomeOf(bytes)).toBe(reason);
  });
});

describe('broken images', () => {
  it.each(['jpeg', 'png', 'tiff', 'webp', 'gif'] as const)('a %s cut off anywhere is never scored', async (format) => {
    const whole = await ramp(160, 120).toFormat(format).toBuffer();
    expect(await outcomeOf(whole)).toBe('scored');
    for (let tenth = 1; tenth < 10; tenth += 1) {
      const cut = whole.subarray(0, Math.floor((whole.length * tenth) / 10));
      expect(['corrupt', 'unsupported-format']).toContain(await outcomeOf(cut));
    }
  });

  it('a progressive JPEG cut off after its first scan is corrupt, though a whole picture could be drawn', async () => {
    const whole = await ramp(640, 480, 3).jpeg({ progressive: true }).toBuffer();
    expect(await outcomeOf(whole.subarray(0, Math.floor(whole.length * 0.7)))).toBe('corrupt');
  });

  it('a JPEG whose pixels end too early is corrupt, though it ends as a whole file does', async () => {
    for (const progressive of [false, true]) {
      const whole = await ramp(320, 240).jpeg({ progressive }).toBuffer();
      const closed = Buffer.concat([whole.subarray(0, Math.floor(whole.length * 0.8)), Buffer.from([0xff, 0xd9])]);
      expect(await outcomeOf(whole)).toBe('scored');
      expect(await outcomeOf(closed)).toBe('corrupt');
    }
  });

  it('broken images side by side each get their own reason, not each other’s', async () => {
    const whole = await ramp(320, 240).jpeg().toBuffer();
    const tables = whole.indexOf(Buffer.from([0xff, 0xdb]), 4);
    const stray = Buffer.concat([whole.subarray(0, tables), Buffer.from('stray'), whole.subarray(tables)]);
    const closed = Buffer.concat([whole.subarray(0, Math.floor(whole.length * 0.8)), Buffer.from([0xff, 0xd9])]);
    const files = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? stray : closed));
    const outcomes = await Promise.all(files.map((bytes) => outcomeOf(bytes)));
    expect(outcomes).toEqual(files.map((bytes) => (bytes === stray ? 'scored' : 'corrupt')));
  });

  it('a JPEG with a few stray bytes between its tables is scored: real devices write such', async () => {
    const whole = await ramp(160, 120).jpeg().toBuffer();
    const tables = whole.indexOf(Buffer.from([0xff, 0xdb]), 4);
    const stray = Buffer.concat([whole.subarray(0, tables), Buffer.from('stray'), whole.subarray(tables)]);
    expect(await outcomeOf(stray)).toBe('scored');
  });

  const HARMLESS_FAULTS: [string, (jpeg: Buffer) => Buffer][] = [
    ['stray bytes between its tables', (jpeg) => withStrayBytes(jpeg, 0xdb)],
    ['stray bytes before its pixels', (jpeg) => withStrayBytes(jpeg, 0xda)],
    ['an unknown JFIF revision', (jpeg) => withSegment(jpeg, 0xe0, JFIF_3)],
    ['an unknown Adobe transform code', (jpeg) => withSegment(jpeg, 0xee, ADOBE_7)],
    ['zeros for the parameters of its scan', withZeroScanParameters],
    [
      'all of these at once',
      (jpeg) =>
        withSegment(withSegment(withStrayBytes(withZeroScanParameters(jpeg), 0xdb), 0xee, ADOBE_7), 0xe0, JFIF_3),
    ],
  ];

  it.each(HARMLESS_FAULTS)('a JPEG with %s is scored as without', async (_name, damage) => {
    const whole = await ramp(320, 240, 3).jpeg().toBuffer();
    expect(await greyOf(damage(whole))).toEqual(await greyOf(whole));
  });

  it.each(HARMLESS_FAULTS)('a JPEG with %s that also lost pixels is corrupt, though closed', async (_name, damage) => {
    const whole = damage(await ramp(320, 240, 3).jpeg().toBuffer());
    expect(await outcomeOf(whole)).toBe('scored');
    for (const part of [0.5, 0.8])
      expect(
        await outcomeOf(Buffer.concat([whole.subarray(0, Math.floor(whole.length * part)), Buffer.from([0xff, 0xd9])])),
      ).toBe('corrupt');
  });

  it('a PNG with a flipped bit in its pixels is corrupt', async () => {
    const whole = await ramp(160, 120).png().toBuffer();
    const at = whole.indexOf('IDAT') + 12;
    whole[at] = (whole[at] ?? 0) ^ 0x40;
    expect(await outcomeOf(whole)).toBe('corrupt');
  });

  it('a malformed colour profile, EXIF block or XMP block is passed over', async () => {
    const whole = await ramp(160, 120, 3).jpeg().toBuffer();
    const noise = Buffer.from('\xff\x00 nonsense that is no profile \xde\xad', 'latin1');
    const icc = withSegment(whole, 0xe2, Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), noise]));
    const exif = withSegment(whole, 0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), noise]));
    const xmp = withSegment(whole, 0xe1, Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0'), noise]));
    for (const bytes of [icc, exif, xmp]) expect(await outcomeOf(bytes)).toBe('scored');
  });

  it('an archive hidden behind the end of a JPEG changes nothing', async () => {
    const whole = await ramp(160, 120).jpeg().toBuffer();
    expect(await outcomeOf(Buffer.concat([whole, Buffer.from('PK\x03\x04payload', 'latin1')]))).toBe('scored');
  });
});

describe('images beyond the limits', () => {
  it('a file larger than the byte limit is not even opened', async () => {
    const bytes = await ramp(160, 120).png().toBuffer();
    expect(await outcomeOf(bytes, { maxBytes: bytes.length - 1 })).toBe('too-large');
    expect(await outcomeOf(bytes, { maxBytes: bytes.length })).toBe('scored');
  });

  it('a bomb of 30,000 x 30,000 pixels is refused by its header, with its size told', async () => {
    const bomb = blackPng(30_000, 30_000, GREY_1_BIT);
    expect(bomb.length).toBeLessThan(200_000);
    const { finding, input } = await scoreImage(bomb, model, { limits });
    expect(finding).toEqual({ kind: 'unreadable', reason: 'too-many-pixels' });
    expect(input).toEqual({ kind: 'png', width: 30_000, height: 30_000, bits: 1, stats: null });
  });

  it('an image that must be unpacked whole is refused when that takes too much memory', async () => {
    const progressive = await ramp(600, 400, 3).jpeg({ progressive: true }).toBuffer();
    const unpacked = 600 * 400 * 3 * 2;
    expect(await outcomeOf(progressive, { maxUnpackedBytes: unpacked - 1 })).toBe('too-many-pixels');
    expect(await outcomeOf(progressive, { maxUnpackedBytes: unpacked })).toBe('scored');
    expect(await outcomeOf(await ramp(600, 400, 3).jpeg().toBuffer(), { maxUnpackedBytes: 1 })).toBe('scored');
  });

  it('an image that is streamed is refused when there is too much of it, whatever the number of its pixels', async () => {
    const deep = blackPng(600, 400, RGBA_16_BIT);
    const streamed = 600 * 400 * 8;
    expect(await outcomeOf(deep, { maxStreamedBytes: streamed - 1 })).toBe('too-many-pixels');
    expect(await outcomeOf(deep, { maxStreamedBytes: streamed })).toBe('no-contrast');
  });

  it('an image that takes too long is given up', async () => {
    const slow = blackPng(14_000, 14_000, RGBA_16_BIT);
    const patient: DecodeLimits = { ...limits, maxPixels: 200_000_000, maxStreamedBytes: 2e9, timeoutSeconds: 1 };
    const opened = await openImage(slow, model.release.preprocessing, patient);
    if (opened.kind !== 'opened') throw new Error(`expected an opened image but got ${opened.reason}`);
    const failure: unknown = await opened.grey(512, 512).catch((error: unknown) => error);
    expect(reasonOfDecodeError(failure)).toBe('decode-timeout');
  });
});

describe('images of unusual form', () => {
  it('a single pixel, and one below the gate, are too small', async () => {
    expect(await outcomeOf(await ramp(1, 1).png().toBuffer())).toBe('too-small');
    expect(await outcomeOf(await ramp(400, 15).png().toBuffer())).toBe('too-small');
    expect(await outcomeOf(await ramp(16, 16).png().toBuffer())).toBe('scored');
  });

  it('a uniform picture has no contrast', async () => {
    const grey = sharp({ create: { width: 64, height: 64, channels: 3, background: '#808080' } });
    expect(await outcomeOf(await grey.png().toBuffer())).toBe('no-contrast');
  });

  it.each(['gif', 'webp', 'tiff'] as const)(
    'several frames in a %s are refused, for only one would be seen',
    async (format) => {
      const frames = { raw: { width: 64, height: 128, channels: 3, pageHeight: 64 } } as const;
      const data = await ramp(64, 128, 3).raw().toBuffer();
      data.fill(255, 0, 6000);
      const bytes = await sharp(data, frames).toFormat(format).toBuffer();
      expect((await sharp(bytes).metadata()).pages).toBe(2);
      expect(await outcomeOf(bytes)).toBe('unsupported-format');
    },
  );

  it('several frames in a PNG are refused as well, which libvips does not tell', async () => {
    const still = await ramp(64, 64).png().toBuffer();
    const animation = pngChunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]));
    const atData = still.indexOf('IDAT') - 4;
    const animated = Buffer.concat([still.subarray(0, atData), animation, still.subarray(atData)]);
    expect((await sharp(animated).metadata()).pages).toBeUndefined();
    expect(await outcomeOf(animated)).toBe('unsupported-format');
    expect(await outcomeOf(still)).toBe('scored');
    // behind the data it means nothing
    expect(await outcomeOf(Buffer.concat([still.subarray(0, -12), animation, still.subarray(-12)]))).toBe('scored');
  });

  it('floating-point samples are refused, for their range is not known', async () => {
    const float = await ramp(64, 64).tiff({ predictor: 'float', compression: 'deflate' }).toBuffer();
    expect((await sharp(float).metadata()).depth).toBe('float');
    expect(await outcomeOf(float)).toBe('unsupported-format');
  });
});
