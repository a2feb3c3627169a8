import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logOddsOf, probabilitiesOf } from './calibration-rule.js';
import { openImage } from './decode.js';
import { DEFAULT_DECODE_LIMITS } from './decode-limits.js';
import { heatMapSizeOf } from './heat-map-size.js';
import { imageStatsOf } from './grey/image-stats.js';
import { inputTensorOf } from './grey/input-tensor.js';
import { loadModel, type Model } from './model.js';
import { scoreImage, type ImageScore } from './score-image.js';

let model: Model;
beforeAll(async () => {
  model = await loadModel(path.join(import.meta.dirname, '../fixtures/tiny-release'), { intraOpThreads: 1 });
});
afterAll(() => model.close());

function score(bytes: Uint8Array): Promise<ImageScore> {
  return scoreImage(bytes, model, { limits: DEFAULT_DECODE_LIMITS });
}

async function probability(bytes: Uint8Array): Promise<number> {
  const { finding } = await score(bytes);
  if (finding.kind !== 'scored') throw new Error(`expected a score but got ${finding.reason}`);
  return finding.probability;
}

/** Left half of one grey, right half of another, 0..255. */
function halves(width: number, height: number, left: number, right: number): Sharp {
  const data = Buffer.alloc(width * height);
  for (let index = 0; index < data.length; index += 1) data[index] = index % width < width / 2 ? left : right;
  return sharp(data, { raw: { width, height, channels: 1 } });
}

async function greyOf(bytes: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const opened = await openImage(bytes, { crop: 'none', kernel: 'nearest' }, DEFAULT_DECODE_LIMITS);
  if (opened.kind === 'unreadable') throw new Error(`expected an image but got ${opened.reason}`);
  return (await opened.grey(width, height)).data;
}

describe('scoreImage', () => {
  it('gives the probability that the network, the calibration and the preprocessing give by hand', async () => {
    // half 51 = 0.2 and half 204 = 0.8: normalised -1.2 and 1.2, so the two features are 0.6 each and the logits 0
    const even = await probability(await halves(480, 320, 51, 204).png().toBuffer());
    expect(even).toBeCloseTo(1 / (1 + Math.exp(-0.25 / 0.5)), 2);
    // all but a sliver 204: the feature mean is 1.2 for bright, 0 for dark, logits -1.2 and 1.2
    const bright = await probability(await halves(480, 320, 204, 230).png().toBuffer());
    expect(bright).toBeGreaterThan(0.99);
    const dark = await probability(await halves(480, 320, 25, 51).png().toBuffer());
    expect(dark).toBeLessThan(0.01);
  });

  it('describes what was decoded, with statistics of the grey image at input size', async () => {
    const { input, timingsMs } = await score(await halves(480, 320, 51, 204).png().toBuffer());
    expect(input).toMatchObject({ kind: 'png', width: 480, height: 320, bits: 8 });
    expect(input.stats?.mean).toBeCloseTo(0.5, 2);
    expect(input.stats?.std).toBeCloseTo(0.3, 1);
    for (const part of [timingsMs.decode, timingsMs.predict, timingsMs.explain]) expect(part).toBeGreaterThanOrEqual(0);
  });

  it('has no time for the parts that did not run when the image cannot be read', async () => {
    const { finding, heatMap, timingsMs } = await score(Buffer.alloc(0));
    expect(finding.kind).toBe('unreadable');
    expect(heatMap).toBeNull();
    expect(timingsMs).toMatchObject({ predict: null, explain: null });
  });

  it('gives the same score whatever the container: JPEG, PNG of 16 bits, TIFF, WebP, GIF, with transparency', async () => {
    const source = halves(480, 320, 40, 220);
    const expected = await probability(await source.clone().png().toBuffer());
    const copies = {
      jpeg: source.clone().jpeg({ quality: 95 }),
      progressive: source.clone().jpeg({ quality: 95, progressive: true }),
      deep: source.clone().toColourspace('grey16').png(),
      tiff: source.clone().tiff(),
      webp: source.clone().webp({ lossless: true }),
      gif: source.clone().gif(),
      alpha: source.clone().ensureAlpha(1).png(),
      palette: source.clone().png({ palette: true }),
    };
    for (const [name, copy] of Object.entries(copies))
      expect(await probability(await copy.toBuffer()), name).toBeCloseTo(expected, 1);
  });
});

describe('decoding', () => {
  it('scales 16 bits to 8 instead of clipping them', async () => {
    const samples = Uint16Array.from({ length: 64 }, (_, index) => index * 1024);
    const bytes = await sharp(samples, { raw: { width: 64, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const grey = await greyOf(bytes, 64, 1);
    for (const [index, value] of grey.entries()) expect(Math.abs(value - index * 4)).toBeLessThanOrEqual(1);
  });

  it('turns CMYK, in which more ink is darker, into grey the right way round', async () => {
    const bytes = await halves(64, 32, 40, 220).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const grey = await greyOf(bytes, 64, 32);
    // inks reach neither the deepest black nor this exact grey again
    expect(Math.abs((grey[0] ?? 0) - 40)).toBeLessThan(30);
    expect(Math.abs((grey[63] ?? 0) - 220)).toBeLessThan(30);
  });

  it('lays what is transparent on black', async () => {
    const clear = sharp({
      create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 255, b: 255, alpha: 0 } },
    });
    expect(Math.max(...(await greyOf(await clear.png().toBuffer(), 8, 8)))).toBe(0);
  });

  it('turns the image upright by EXIF and tells its upright size', async () => {
    const bytes = await halves(80, 40, 0, 255).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const { input } = await score(bytes);
    expect(input).toMatchObject({ width: 40, height: 80 });
    const grey = await greyOf(bytes, 40, 80);
    expect(grey[0]).toBeLessThan(10);
    expect(grey.at(-1)).toBeGreaterThan(245);
  });

  it('crops the middle square of the upright image when the release says so', async () => {
    // upright: 40 wide, 80 high, black above white; the middle square holds 20 rows of each
    const bytes = await halves(80, 40, 0, 255).withMetadata({ orientation: 6 }).png().toBuffer();
    const opened = await openImage(bytes, { crop: 'centre-square', kernel: 'nearest' }, DEFAULT_DECODE_LIMITS);
    if (opened.kind === 'unreadable') throw new Error(opened.reason);
    expect(opened.region).toEqual({ left: 0, top: 20, width: 40, height: 40 });
    const { data } = await opened.grey(40, 40);
    expect([data[0], data[19 * 40], data[20 * 40], data.at(-1)]).toEqual([0, 0, 255, 255]);
  });
});

describe('parts', () => {
  it('statistics of a known image are those computed by hand', () => {
    const stats = imageStatsOf({ data: Uint8Array.of(0, 255, 255, 0), width: 2, height: 2 });
    expect(stats).toEqual({ mean: 0.5, std: 0.5, min: 0, max: 1 });
  });

  it('the tensor holds every channel after the other, normalised', () => {
    const release = {
      input: { name: 'x', width: 2, height: 1, channels: 2, layout: 'NCHW' },
      preprocessing: {
        colour: 'grey',
        crop: 'none',
        fit: 'fill',
        kernel: 'cubic',
        scale: 1 / 255,
        mean: [0.5, 0],
        std: [0.5, 2],
      },
    } as const;
    const tensor = inputTensorOf(
      { data: Uint8Array.of(0, 255), width: 2, height: 1 },
      { input: release.input, preprocessing: { ...release.preprocessing, mean: [0.5, 0], std: [0.5, 2] } },
    );
    expect([...tensor]).toEqual([-1, 1, 0, 0.5]);
    expect(() => inputTensorOf({ data: Uint8Array.of(0), width: 1, height: 1 }, model.release)).toThrow(RangeError);
  });

  it('calibration adds the bias to the positive label, then divides by the temperature', () => {
    const release = {
      labels: ['normal', 'pneumonia'],
      positiveLabel: 'pneumonia',
      calibration: { method: 'temperature', temperature: 2, bias: 1 },
    } as const;
    const [normal, pneumonia] = probabilitiesOf([1, 3], { ...release, labels: [...release.labels] });
    expect(pneumonia).toBeCloseTo(1 / (1 + Math.exp(-(3 + 1 - 1) / 2)), 12);
    expect((normal ?? 0) + (pneumonia ?? 0)).toBeCloseTo(1, 12);
    const extreme = probabilitiesOf([-1000, 1000], { ...release, labels: [...release.labels] });
    expect(extreme).toEqual([0, 1]);
    expect(logOddsOf([1, 3], { ...release, labels: [...release.labels] })).toBeCloseTo(1.5, 12);
    expect(logOddsOf([-1000, 1000], { ...release, labels: [...release.labels] })).toBe(1000.5);
  });

  it('a batch gives every image the logits it gets alone', async () => {
    const { width, height, channels } = model.release.input;
    const area = width * height * channels;
    const both = new Float32Array(2 * area).fill(1, 0, area).fill(-0.5, area);
    const { logits, cams } = await model.predict(both, 2);
    const alone = await model.predict(both.slice(area), 1);
    expect([...(logits[0] ?? [])]).toEqual([-1, 1]);
    expect(logits[1]).toEqual(alone.logits[0]);
    expect(cams?.[1]).toEqual(alone.cams?.[0]);
    await expect(model.predict(both, 3)).rejects.toThrow(RangeError);
  });

  it('without its maps a prediction is otherwise the same', async () => {
    const { width, height, channels } = model.release.input;
    const pixels = new Float32Array(width * height * channels).fill(0.5);
    const { cams, ...others } = await model.predict(pixels, 1);
    expect(cams).toHaveLength(1);
    expect(await model.predict(pixels, 1, false)).toEqual({ ...others, cams: null });
  });
});

describe('the heat map', () => {
  it('is a PNG of the image’s aspect, coloured where the sign is and grey elsewhere', async () => {
    const { heatMap } = await score(await halves(1600, 800, 30, 225).jpeg().toBuffer());
    if (heatMap === null) throw new Error('expected a heat map');
    const { data, info } = await sharp(heatMap).raw().toBuffer({ resolveWithObject: true });
    expect([info.format, info.width, info.height, info.channels]).toEqual(['raw', 512, 256, 3]);
    const saturation = (x: number, y: number): number => {
      const at = (y * info.width + x) * 3;
      const colours = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
      return Math.max(...colours) - Math.min(...colours);
    };
    expect(saturation(100, 128)).toBe(0);
    expect(saturation(400, 128)).toBeGreaterThan(50);
  });

  it('is never larger than the image', () => {
    expect(heatMapSizeOf({ width: 100, height: 60 })).toEqual({ width: 100, height: 60 });
    expect(heatMapSizeOf({ width: 1000, height: 3000 })).toEqual({ width: 171, height: 512 });
    expect(heatMapSizeOf({ width: 1, height: 9000 })).toEqual({ width: 1, height: 512 });
  });
});
