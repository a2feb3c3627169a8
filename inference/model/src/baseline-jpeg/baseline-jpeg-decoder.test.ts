import sharp, { type JpegOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DECODE_LIMITS } from '../decode-limits.js';
import { BaselineJpegDecoder } from './baseline-jpeg-decoder.js';
import { decodeBaselineJpeg } from './decode-baseline-jpeg.js';
import type { HuffmanTable } from './huffman-table.js';
import { parseBaselineJpeg, type BaselineJpeg } from './parse-baseline-jpeg.js';

const decoder = new BaselineJpegDecoder();

/** Shapes, edges and noise: something in every coefficient. */
function picture(width: number, height: number): Buffer {
  const data = Buffer.alloc(width * height);
  let random = 1;
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      random = (random * 48_271) % 2_147_483_647;
      const wave = 100 * Math.sin(x / 23) * Math.cos(y / 31);
      const edge = x > width / 3 && x < width / 2 ? 60 : 0;
      data[y * width + x] = Math.max(0, Math.min(255, 110 + wave + edge + (random % 24)));
    }
  return data;
}

async function jpegOf(width: number, height: number, options: JpegOptions = {}, blurred = 0): Promise<Buffer> {
  const drawn = sharp(picture(width, height), { raw: { width, height, channels: 1 } });
  return (blurred === 0 ? drawn : drawn.blur(blurred))
    .toColourspace('b-w')
    .jpeg({ quality: 92, optimiseCoding: false, ...options })
    .toBuffer();
}

function parsed(file: Buffer): BaselineJpeg {
  const jpeg = parseBaselineJpeg(file);
  if (jpeg === null) throw new Error('expected a baseline JPEG');
  return jpeg;
}

function decoded(file: Buffer, width: number, height: number): Uint8Array | null {
  const jpeg = parseBaselineJpeg(file);
  return jpeg === null ? null : (decoder.decode([file], jpeg, [{ width, height }])?.[0] ?? null);
}

function differenceOf(one: Uint8Array, other: Uint8Array): { most: number; mean: number } {
  expect(one.length).toBe(other.length);
  const each = Array.from(one, (value, index) => Math.abs(value - (other[index] ?? 0)));
  return {
    most: each.reduce((most, value) => Math.max(most, value), 0),
    mean: each.reduce((sum, value) => sum + value, 0) / each.length,
  };
}

/** Means of squares of pixels, as a scaled decoding makes them. */
function reduced(pixels: Uint8Array, width: number, height: number, factor: number): Uint8Array {
  const reducedWidth = width / factor;
  return Uint8Array.from({ length: reducedWidth * (height / factor) }, (_, index) => {
    const left = (index % reducedWidth) * factor;
    const top = Math.floor(index / reducedWidth) * factor;
    let sum = 0;
    for (let y = top; y < top + factor; y += 1)
      for (let x = left; x < left + factor; x += 1) sum += pixels[y * width + x] ?? 0;
    return Math.round(sum / factor ** 2);
  });
}

function segmentBehindStart(file: Buffer, marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, content.length + 2]);
  return Buffer.concat([file.subarray(0, 2), head, content, file.subarray(2)]);
}

/** The bits of each symbol's code. */
function codesOf({ counts, symbols }: HuffmanTable): Map<number, string> {
  const codes = new Map<number, string>();
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length += 1) {
    for (let nth = 0; nth < (counts[length - 1] ?? 0); nth += 1) {
      codes.set(symbols[index] ?? 0, code.toString(2).padStart(length, '0'));
      code += 1;
      index += 1;
    }
    code <<= 1;
  }
  return codes;
}

/** Flat blocks, with a restart behind every `interval` of them, as some devices write: sharp writes none. */
async function jpegWithRestarts(across: number, down: number, interval: number): Promise<Buffer> {
  const template = await jpegOf(8 * across, 8 * down);
  const jpeg = parsed(template);
  const [dc, ac] = [codesOf(jpeg.dc), codesOf(jpeg.ac)];
  const stretches: Buffer[] = [];
  let bits = '';
  let before = 0;
  for (let block = 0; block < across * down; block += 1) {
    const mean = (block * 7) % 40;
    const difference = mean - before;
    const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
    const value = difference < 0 ? difference + (1 << size) - 1 : difference;
    bits += (dc.get(size) ?? '') + (size === 0 ? '' : value.toString(2).padStart(size, '0')) + (ac.get(0) ?? '');
    before = mean;
    if ((block + 1) % interval !== 0 && block + 1 < across * down) continue;
    const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
    const bytes = [...padded.matchAll(/.{8}/g)].flatMap(([byte]) =>
      byte === '11111111' ? [0xff, 0] : [parseInt(byte, 2)],
    );
    const isLast = block + 1 === across * down;
    stretches.push(Buffer.from([...bytes, 0xff, isLast ? 0xd9 : 0xd0 + (stretches.length % 8)]));
    bits = '';
    before = 0;
  }
  const file = Buffer.concat([template.subarray(0, jpeg.scanStart), ...stretches]);
  return segmentBehindStart(file, 0xdd, Buffer.from([interval >> 8, interval & 255]));
}

describe('decoding grey baseline JPEGs', () => {
  it('at full size gives the pixels that libvips gives', async () => {
    for (const [width, height] of [
      [64, 48],
      [203, 157],
    ] as const) {
      const file = await jpegOf(width, height);
      const theirs = await sharp(file).greyscale().raw().toBuffer();
      expect(differenceOf(decoded(file, width, height) ?? new Uint8Array(), theirs).most).toBeLessThanOrEqual(1);
    }
  });

  it.each([2, 4, 8])('at 1/%i each sample is the mean of its pixels', async (factor) => {
    const file = await jpegOf(320, 240);
    const pixels = await sharp(file).greyscale().raw().toBuffer();
    const ours = decoded(file, 320 / factor, 240 / factor) ?? new Uint8Array();
    const difference = differenceOf(ours, reduced(pixels, 320, 240, factor));
    // where a pixel would be below black or above white its mean is not quite the mean of what is shown
    expect(difference.mean).toBeLessThan(0.3);
  });

  it('at any size agrees with all pixels resized by libvips, and is nearer to them than when libvips scales while it decodes', async () => {
    // no detail finer than a radiograph's, for the ways differ in what they make of it
    const file = await jpegOf(1337, 951, {}, 3);
    const pixels = await sharp(file).greyscale().raw().toBuffer();
    for (const [width, height] of [
      [224, 224],
      [300, 200],
      [90, 60],
    ] as const) {
      const raw = { width: 1337, height: 951, channels: 1 } as const;
      const resized = await sharp(pixels, { raw }).resize(width, height, { fit: 'fill' }).greyscale().raw().toBuffer();
      const scaled = await sharp(file).greyscale().resize(width, height, { fit: 'fill' }).raw().toBuffer();
      const { mean } = differenceOf(decoded(file, width, height) ?? new Uint8Array(), resized);
      expect(mean).toBeLessThan(0.6);
      expect(mean).toBeLessThan(differenceOf(scaled, resized).mean);
    }
  });

  it('serves two sizes as it serves one', async () => {
    const file = await jpegOf(900, 700);
    const jpeg = parsed(file);
    const sizes = [
      { width: 224, height: 224 },
      { width: 512, height: 398 },
    ];
    const both = decoder.decode([file], jpeg, sizes);
    expect(both).toEqual(sizes.map(({ width, height }) => decoded(file, width, height)));
  });

  it('gives the same whatever the decoder did before', async () => {
    // an odd number of blocks across, which leaves room beside the samples of a row
    const [file, before] = [await jpegOf(808, 808), await jpegOf(900, 900, { quality: 100 })];
    const [jpeg, other] = [parsed(file), parsed(before)];
    // with one sample a block, of 101 rows, the last has none below it
    for (const side of [151, 101, 90]) {
      const sizes = [{ width: side, height: side }];
      const fresh = new BaselineJpegDecoder().decode([file], jpeg, sizes);
      const used = new BaselineJpegDecoder();
      // its coded pixels, whatever they are, lie where samples come to lie, and must weigh nothing
      used.decode([before], other, [{ width: 8, height: 8 }]);
      expect(used.decode([file], jpeg, sizes)).toEqual(fresh);
    }
  });

  it('takes each image by its own quantisation, whichever the images before had', async () => {
    const files = [await jpegOf(640, 480, { quality: 60 }), await jpegOf(640, 480, { quality: 95 })];
    const used = new BaselineJpegDecoder();
    for (const file of [...files, ...files])
      for (const samples of [2, 4, 4, 1, 2, 8, 2, 1]) {
        const sizes = [{ width: 80 * samples, height: 60 * samples }];
        const fresh = new BaselineJpegDecoder().decode([file], parsed(file), sizes);
        expect(used.decode([file], parsed(file), sizes)).toEqual(fresh);
      }
  });

  it.each([0, 1, 128, 254, 255])('keeps what is evenly %i so, at any size', async (grey) => {
    const raw = { width: 603, height: 411, channels: 1 } as const;
    const file = await sharp(Buffer.alloc(603 * 411, grey), { raw })
      .toColourspace('b-w')
      .jpeg({ quality: 100 })
      .toBuffer();
    for (const [width, height] of [
      [1, 1],
      [75, 51],
      [151, 90],
      [300, 200],
      [700, 500],
    ] as const)
      expect(decoded(file, width, height)).toEqual(new Uint8Array(width * height).fill(grey));
  });

  it.each([1, 2, 4, 8])('at %i samples a block alone gives what it gives beside another size', async (samples) => {
    const file = await jpegOf(640, 480, { quality: 100 });
    const jpeg = parsed(file);
    const wanted = { width: 80 * samples, height: 60 * samples };
    const other = { width: 10 * (samples === 8 ? 1 : 64), height: 10 * (samples === 8 ? 1 : 48) };
    expect(decoder.decode([file], jpeg, [wanted])?.[0]).toEqual(decoder.decode([file], jpeg, [wanted, other])?.[0]);
  });

  it.each([1, 10, 50, 75, 90, 95, 100])('takes the quantisation of quality %i at every size', async (quality) => {
    const file = await jpegOf(320, 240, { quality });
    for (const samples of [1, 2, 4, 8]) expect(decoded(file, 40 * samples, 30 * samples)).not.toBeNull();
  });

  it.each([2, 4])(
    'leaves a wave that is quantised far more coarsely than others to the library (%i samples)',
    async (samples) => {
      const file = await jpegOf(320, 240, { quality: 100 });
      const table = file.indexOf(Buffer.from([0xff, 0xdb])) + 5;
      // the first wave down, which few samples see best
      expect(file.subarray(table, table + 64)).toEqual(Buffer.alloc(64, 1));
      file[table + 2] = 255;
      expect(decoded(file, 40 * samples, 30 * samples)).toBeNull();
      expect(decoded(file, 320, 240)).not.toBeNull();
    },
  );

  it('takes a file in any parts', async () => {
    const file = await jpegOf(400, 300);
    const { scanStart } = parsed(file);
    const preprocessing = { crop: 'none', kernel: 'lanczos3' } as const;
    const inParts = (...parts: Buffer[]) =>
      decodeBaselineJpeg(parts, preprocessing, DEFAULT_DECODE_LIMITS, () => [{ width: 100, height: 75 }]);
    const whole = inParts(file);
    expect(whole).not.toBeNull();
    for (const at of [0, 1, 20, scanStart - 1, scanStart, scanStart + 1, 5000, file.length])
      expect(inParts(file.subarray(0, at), file.subarray(at))).toEqual(whole);
  });

  it('reads tables of any form: with codes of up to 16 bits, and made for the image', async () => {
    const standard = await jpegOf(400, 300, { quality: 100 });
    const optimised = await jpegOf(400, 300, { quality: 100, optimiseCoding: true });
    expect(optimised.equals(standard)).toBe(false);
    expect(decoded(optimised, 400, 300)).toEqual(decoded(standard, 400, 300));
  });
});

describe('restarts', () => {
  it.each([1, 3, 7, 100])('every %i blocks are followed as libvips follows them', async (interval) => {
    const file = await jpegWithRestarts(7, 5, interval);
    const theirs = await sharp(file, { failOn: 'warning' }).greyscale().raw().toBuffer();
    expect(differenceOf(decoded(file, 56, 40) ?? new Uint8Array(), theirs).most).toBeLessThanOrEqual(1);
  });

  it('out of order are left to the library', async () => {
    const file = await jpegWithRestarts(7, 5, 7);
    const at = file.indexOf(Buffer.from([0xff, 0xd2]));
    file[at + 1] = 0xd5;
    expect(decoded(file, 56, 40)).toBeNull();
  });
});

describe('what is left to the library', () => {
  it.each([
    [
      'colour',
      () =>
        sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } })
          .jpeg()
          .toBuffer(),
    ],
    ['a progressive JPEG', () => jpegOf(64, 64, { progressive: true })],
    [
      'a PNG',
      () =>
        sharp({ create: { width: 9, height: 9, channels: 3, background: '#123456' } })
          .png()
          .toBuffer(),
    ],
    [
      'EXIF, which may turn the image',
      () =>
        sharp(picture(64, 64), { raw: { width: 64, height: 64, channels: 1 } })
          .withMetadata({ orientation: 6 })
          .jpeg()
          .toBuffer(),
    ],
    [
      'a segment longer than the file',
      async () => segmentBehindStart(await jpegOf(64, 64), 0xfe, Buffer.alloc(20)).subarray(0, 18),
    ],
    ['nothing at all', () => Promise.resolve(Buffer.alloc(0))],
  ])('%s', async (_name, file) => {
    expect(parseBaselineJpeg(await file())).toBeNull();
  });

  it('a file cut off anywhere, closed properly or not', async () => {
    const whole = await jpegOf(160, 120);
    const end = Buffer.from([0xff, 0xd9]);
    expect(decoded(whole, 64, 64)).not.toBeNull();
    for (let length = 2; length < whole.length - 2; length += 37) {
      const cut = whole.subarray(0, length);
      expect(decoded(cut, 64, 64)).toBeNull();
      expect(decoded(Buffer.concat([cut, end]), 64, 64)).toBeNull();
    }
  });

  it('a file with more pixels than its size, or another end than it should have', async () => {
    const whole = await jpegOf(160, 120);
    const at = whole.length - 2;
    const longer = Buffer.concat([whole.subarray(0, at), Buffer.alloc(4, 0x55), whole.subarray(at)]);
    expect(decoded(longer, 64, 64)).toBeNull();
    const restarted = Buffer.concat([whole.subarray(0, at), Buffer.from([0xff, 0xd0]), whole.subarray(at)]);
    expect(decoded(restarted, 64, 64)).toBeNull();
  });

  it('any change of a byte is either seen or harmless: nothing hangs and nothing is thrown', async () => {
    const whole = await jpegOf(96, 72);
    for (let at = 2; at < whole.length; at += 3) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const grey = decoded(changed, 32, 24);
      if (grey !== null) expect(grey.length).toBe(32 * 24);
    }
  });
});

/** Coded pixels between two restarts are read in two ways at once, or in three, when there are as many bytes of them. */
const LEAST_FOR_TWO = 8192;
const LEAST_FOR_THREE = 32_768;
/** So much may be left out of what stands in a file behind its tables. */
const MARGIN = 500;

/** In how many ways at once the pixels of such a file without restarts are read. */
function waysOf(file: Buffer): 1 | 2 | 3 {
  const bytes = file.length - parsed(file).scanStart;
  for (const limit of [LEAST_FOR_TWO, LEAST_FOR_THREE]) expect(Math.abs(bytes - limit)).toBeGreaterThan(MARGIN);
  if (bytes < LEAST_FOR_TWO) return 1;
  return bytes < LEAST_FOR_THREE ? 2 : 3;
}

/** The same decoded alone, where long stretches are read in several ways at once, and beside another size, in one way. */
function bothWays(file: Buffer, jpeg: BaselineJpeg, samples: number): (Uint8Array | null)[] {
  const wanted = { width: (jpeg.width / 8) * samples, height: (jpeg.height / 8) * samples };
  const other = { width: jpeg.width / 2, height: jpeg.height / 2 };
  return [[wanted], [wanted, other]].map((sizes) => decoder.decode([file], jpeg, sizes)?.[0] ?? null);
}

/** What `toEqual` would tell, which looks at thousands of pixels one by one. Null when there is none. */
function unlikeness(several: Uint8Array | null, one: Uint8Array | null): string | null {
  if (several === null || one === null) return several === one ? null : 'only one of them is read';
  if (Buffer.compare(several, one) === 0) return null;
  const at = several.findIndex((value, index) => value !== one[index]);
  return `${several.length} and ${one.length} pixels, of which number ${at} is the first that differs`;
}

describe('several ways at once', () => {
  it.each([1, 2, 4])(
    'give what one way gives, wherever a file of many blocks is parted (%i samples a block)',
    async (samples) => {
      const seen = { 1: 0, 2: 0, 3: 0 };
      for (let height = 200; height < 456; height += 8) {
        const file = await jpegOf(400, height, { quality: height % 16 === 0 ? 70 : 95 });
        const [several = null, one = null] = bothWays(file, parsed(file), samples);
        expect(several).not.toBeNull();
        expect(unlikeness(several, one)).toBeNull();
        seen[waysOf(file)] += 1;
      }
      expect(seen).toEqual({ 1: 0, 2: 16, 3: 16 });
    },
  );

  it.each([
    [1, 1200, 2],
    [1, 2000, 3],
    [2, 1200, 2],
    [2, 2000, 3],
    [4, 1200, 2],
    [4, 2000, 3],
  ])(
    'need not meet: where all blocks are alike they may never fall into step (%i samples a block, %i pixels across, %i ways)',
    async (samples, side, ways) => {
      const flat = sharp({ create: { width: side, height: side, channels: 3, background: '#767676' } });
      const file = await flat.toColourspace('b-w').jpeg({ optimiseCoding: false }).toBuffer();
      expect(waysOf(file)).toBe(ways);
      const [several = null, one = null] = bothWays(file, parsed(file), samples);
      expect(unlikeness(several, one)).toBeNull();
      expect([...new Set(several)]).toEqual([0x76]);
    },
  );

  it.each([
    [1, 150, LEAST_FOR_TWO],
    [2, 150, LEAST_FOR_TWO],
    [4, 150, LEAST_FOR_TWO],
    [1, 300, LEAST_FOR_THREE],
    [2, 300, LEAST_FOR_THREE],
    [4, 300, LEAST_FOR_THREE],
  ])(
    'begin again behind a restart, in the middle of a row (%i samples a block, %i blocks across)',
    async (samples, across, least) => {
      const down = across - 10;
      const file = await jpegWithRestarts(across, down, (across * down) / 3);
      expect(file.length - parsed(file).scanStart).toBeGreaterThan(3 * least + MARGIN);
      const [several = null, one = null] = bothWays(file, parsed(file), samples);
      expect(several).not.toBeNull();
      expect(unlikeness(several, one)).toBeNull();
    },
  );

  it.each([
    [0xfe, 208, 2],
    [0x00, 208, 2],
    [0xaa, 208, 2],
    [0xfe, 416, 3],
    [0x00, 416, 3],
    [0xaa, 416, 3],
  ])('come to an end where others than the first find nothing but %i (%i pixels across)', async (byte, width, ways) => {
    const file = await jpegOf(width, (width * 3) / 4);
    expect(waysOf(file)).toBe(ways);
    for (let way = 1; way < ways; way += 1) {
      const nonsense = Buffer.from(file).fill(byte, Math.floor((file.length * way) / ways), file.length - 2);
      for (const samples of [1, 2, 4]) expect(bothWays(nonsense, parsed(nonsense), samples)).toEqual([null, null]);
    }
  });

  it.each([
    [1, 200, 2],
    [2, 200, 2],
    [4, 200, 2],
    [1, 400, 3],
    [2, 400, 3],
    [4, 400, 3],
  ])(
    'see that there are fewer blocks than there should be, or more (%i samples a block, %i pixels across)',
    async (samples, width, ways) => {
      const height = 304;
      const file = await jpegOf(width, height);
      expect(waysOf(file)).toBe(ways);
      const jpeg = parsed(file);
      for (const wrong of [8, 96, 104, 144, 152, 160, 200, 208, 296, 312, 320, 608])
        expect(bothWays(file, { ...jpeg, height: wrong }, samples)).toEqual([null, null]);
    },
  );
});

describe('damage', () => {
  it.each([
    [1, 192, 92, 2],
    [1, 160, 100, 2],
    [1, 416, 92, 3],
    [2, 192, 92, 2],
    [2, 160, 100, 2],
    [2, 416, 92, 3],
    [4, 192, 92, 2],
    [4, 160, 100, 2],
    [4, 416, 92, 3],
  ])(
    'is seen alike in several ways and in one (%i samples a block, %i pixels across, quality %i)',
    async (samples, width, quality, ways) => {
      const whole = await jpegOf(width, (width * 3) / 4, { quality });
      const start = parsed(whole).scanStart;
      expect(waysOf(whole)).toBe(ways);
      const seen = { damaged: 0, whole: 0 };
      for (let at = start; at < whole.length; at += Math.ceil(whole.length / 500)) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
        const [several = null, one = null] = bothWays(changed, parsed(changed), samples);
        expect(unlikeness(several, one)).toBeNull();
        seen[several === null ? 'damaged' : 'whole'] += 1;
      }
      expect(seen.damaged).toBeGreaterThan(0);
      expect(seen.whole).toBeGreaterThan(0);
    },
  );
});
