import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openImage } from './decode.js';
import { DEFAULT_DECODE_LIMITS } from './decode-limits.js';
import { maxSampleOf, sampleBitsOf } from './deep-grey.js';
import { loadModel, type Model } from './model.js';
import { scoreImage, type ImageScore } from './score-image.js';

let model: Model;
beforeAll(async () => {
  model = await loadModel(path.join(import.meta.dirname, '../fixtures/tiny-release'), { intraOpThreads: 1 });
});
afterAll(() => model.close());

const WIDTH = 240;
const HEIGHT = 160;

/** A made-up picture from black to white, of so many bits. */
function picture(bits: number): Uint16Array {
  const whitest = 2 ** bits - 1;
  return Uint16Array.from({ length: WIDTH * HEIGHT }, (_, index) => {
    const x = index % WIDTH;
    const y = Math.floor(index / WIDTH);
    return Math.round((whitest * (x * 2 + y)) / ((WIDTH - 1) * 2 + HEIGHT - 1));
  });
}

const png = (samples: Uint16Array): Promise<Buffer> =>
  sharp(samples, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();

/** Written by hand, since sharp writes 8 bits: one strip of little-endian samples that are not compressed. */
function tiff(samples: Uint16Array, orientation = 1): Buffer {
  const SHORT = 3;
  const LONG = 4;
  const at = 8 + 2 + 10 * 12 + 4;
  const entries = [
    [256, SHORT, WIDTH],
    [257, SHORT, HEIGHT],
    [258, SHORT, 16], // bits a sample
    [259, SHORT, 1], // not compressed
    [262, SHORT, 1], // 0 is black
    [273, LONG, at],
    [274, SHORT, orientation],
    [277, SHORT, 1], // samples a pixel
    [278, SHORT, HEIGHT], // rows of the strip
    [279, LONG, samples.length * 2],
  ] as const;
  const head = Buffer.alloc(at);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  for (const [nth, [tag, type, value]] of entries.entries()) {
    head.writeUInt16LE(tag, 10 + nth * 12);
    head.writeUInt16LE(type, 12 + nth * 12);
    head.writeUInt32LE(1, 14 + nth * 12);
    head.writeUInt32LE(value, 18 + nth * 12);
  }
  const body = Buffer.alloc(samples.length * 2);
  for (const [nth, sample] of samples.entries()) body.writeUInt16LE(sample, nth * 2);
  return Buffer.concat([head, body]);
}

const eightBit = (): Promise<Buffer> =>
  sharp(Uint8Array.from(picture(8)), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();

async function greyOf(bytes: Uint8Array, kernel: 'nearest' | 'lanczos3' = 'lanczos3'): Promise<Uint8Array> {
  const opened = await openImage(bytes, { crop: 'none', kernel }, DEFAULT_DECODE_LIMITS);
  if (opened.kind === 'unreadable') throw new Error(`expected an image but got ${opened.reason}`);
  return (await opened.grey(64, 48)).data;
}

function farthest(ours: Uint8Array, theirs: Uint8Array): number {
  return ours.reduce((most, value, at) => Math.max(most, Math.abs(value - (theirs[at] ?? Number.NaN))), 0);
}

const score = (bytes: Uint8Array): Promise<ImageScore> => scoreImage(bytes, model, { limits: DEFAULT_DECODE_LIMITS });

describe('grey of 10, 12 or 14 bits stored in 16', () => {
  const cases = [10, 12, 14].flatMap((bits) => [
    [bits, 'PNG', png] as const,
    [bits, 'TIFF', (samples: Uint16Array) => Promise.resolve(tiff(samples))] as const,
  ]);

  it.each(cases)('of %i bits in a %s is the picture that it is in 8', async (bits, _name, write) => {
    const deep = await write(picture(bits));
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    const plain = await eightBit();
    expect(farthest(await greyOf(deep), await greyOf(plain))).toBeLessThanOrEqual(1);
    const [ours, theirs] = [await score(deep), await score(plain)];
    if (ours.finding.kind !== 'scored' || theirs.finding.kind !== 'scored') throw new Error('expected two scores');
    expect(ours.finding.probability).toBeCloseTo(theirs.finding.probability, 1);
    expect(ours.input).toMatchObject({ bits: 16, width: WIDTH, height: HEIGHT });
    expect(ours.heatMap).not.toBeNull();
  });

  it('with transparency too, and what is transparent stays black', async () => {
    const samples = picture(12);
    const both = Uint16Array.from({ length: samples.length * 2 }, (_, index) =>
      index % 2 === 0 ? (samples[index / 2] ?? 0) : index < samples.length ? 0 : 65_535,
    );
    const bytes = await sharp(both, { raw: { width: WIDTH, height: HEIGHT, channels: 2 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(2);
    const grey = await greyOf(bytes, 'nearest');
    expect(Math.max(...grey.subarray(0, 64 * 20))).toBe(0);
    expect(grey.at(-1)).toBeGreaterThan(250);
  });

  it('upright as its orientation says, as any', async () => {
    const upsideDown = await greyOf(tiff(picture(12), 3));
    expect(farthest(upsideDown.reverse(), await greyOf(await eightBit()))).toBeLessThanOrEqual(1);
  });

  it('of many rows is looked at to its last one', async () => {
    // two strips and a piece, one grey but for the last sample
    const [width, height] = [8192, 4100];
    const samples = new Uint16Array(width * height).fill(3000);
    samples[samples.length - 1] = 4096;
    const bytes = await sharp(samples, { raw: { width, height, channels: 1 } })
      .toColourspace('grey16')
      .png({ compressionLevel: 1 })
      .toBuffer();
    const metadata = await sharp(bytes).metadata();
    expect(await maxSampleOf(bytes, { metadata, limits: DEFAULT_DECODE_LIMITS })).toBe(4096);
  });

  it('one sample above decides, wherever it is', () => {
    expect([0, 255, 256, 1023, 1024, 4095, 4096, 16_383, 16_384, 65_535].map(sampleBitsOf)).toEqual([
      8, 8, 10, 10, 12, 12, 14, 14, 16, 16,
    ]);
  });
});

describe('grey of 16 bits', () => {
  it.each([
    ['PNG', png],
    ['TIFF', (samples: Uint16Array) => Promise.resolve(tiff(samples))],
  ])('of the full range in a %s is what libvips makes of it', async (_name, write) => {
    const bytes = await write(picture(16));
    const expected = await sharp(bytes)
      .greyscale()
      .resize(64, 48, { fit: 'fill', kernel: 'lanczos3' })
      .raw({ depth: 'uchar' })
      .toBuffer();
    expect(farthest(await greyOf(bytes), expected)).toBe(0);
  });

  it('that uses them in its last sample alone is of 16', async () => {
    const samples = picture(12);
    samples[samples.length - 1] = 65_535;
    expect(Math.max(...(await greyOf(await png(samples), 'nearest')))).toBeLessThanOrEqual(16);
  });
});
