import path from 'node:path';
import { decide } from '@hilum/contracts';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_DECODE_LIMITS } from './decode-limits.js';
import { verdictOf, type GateClass } from './gate-rule.js';
import { exposureOf } from './grey/image-stats.js';
import { correctionsOf, seenAs, type View } from './image-view.js';
import { loadModel, type Model } from './model.js';
import { scoreImage, type ImageScore } from './score-image.js';

let model: Model;
beforeAll(async () => {
  model = await loadModel(path.join(import.meta.dirname, '../fixtures/tiny-gate-release'), { intraOpThreads: 1 });
});
afterAll(() => model.close());

const WIDTH = 480;
const HEIGHT = 320;

/** What the tiny gate takes for a chest: brighter at the bottom than at the top, bright in the middle. */
function tinyChest(
  shades: { top: number; ground: number; bottom: number } = { top: 32, ground: 128, bottom: 224 },
): Buffer {
  const data = Buffer.alloc(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const isMiddle = Math.abs(x / WIDTH - 0.5) < 0.25 && Math.abs(y / HEIGHT - 0.5) < 0.25;
      const band = y < HEIGHT / 4 ? shades.top : y >= (HEIGHT * 3) / 4 ? shades.bottom : shades.ground;
      data[y * WIDTH + x] = isMiddle ? 255 : band;
    }
  }
  return data;
}

function png(data: Buffer, degrees = 0): Promise<Buffer> {
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .rotate(degrees)
    .png()
    .toBuffer();
}

const inverted = (data: Buffer): Buffer => Buffer.from(data.map((value) => 255 - value));

function pixelsOf(heatMap: Buffer | null): Promise<Buffer> {
  return sharp(heatMap ?? Buffer.alloc(0))
    .raw()
    .toBuffer();
}

function meanDifference(ours: Buffer | undefined, theirs: Buffer | undefined): number {
  if (ours === undefined || ours.length !== theirs?.length) return Number.POSITIVE_INFINITY;
  return ours.reduce((sum, value, at) => sum + Math.abs(value - (theirs[at] ?? 0)), 0) / ours.length;
}

function score(bytes: Uint8Array): Promise<ImageScore> {
  return scoreImage(bytes, model, { limits: DEFAULT_DECODE_LIMITS });
}

async function scored(bytes: Uint8Array) {
  const { finding, input, heatMap } = await score(bytes);
  if (finding.kind !== 'scored') throw new Error(`expected a score but got ${finding.reason}`);
  return { ...finding, input, heatMap };
}

describe('an image that the gate takes for a chest', () => {
  it('is scored as by a network without a gate, and nothing is said of corrections', async () => {
    const { probability, doubt, input } = await scored(await png(tinyChest()));
    expect(probability).toBeGreaterThan(0.7);
    expect(doubt).toBeUndefined();
    expect(input).not.toHaveProperty('corrections');
  });
});

describe('an inverted image', () => {
  it('gets the score and the heat map of the image the right way round, and says so', async () => {
    const expected = await scored(await png(tinyChest()));
    const found = await scored(await png(inverted(tinyChest())));
    expect(found.probability).toBeCloseTo(expected.probability, 2);
    expect(found.doubt).toBeUndefined();
    expect(found.input.corrections).toEqual(['inverted']);
    const [ours, theirs] = await Promise.all([found, expected].map(({ heatMap }) => pixelsOf(heatMap)));
    // not to the bit: resampling clips at black and at white in its own way
    expect(meanDifference(ours, theirs)).toBeLessThan(1);
  });

  it('that is turned as well is corrected and left to a person', async () => {
    const expected = await scored(await png(tinyChest()));
    const found = await scored(await png(inverted(tinyChest()), 180));
    expect(found).toMatchObject({ doubt: 'rotated', input: { corrections: ['inverted', 'turned-180'] } });
    expect(found.probability).toBeCloseTo(expected.probability, 2);
  });
});

describe('a turned image', () => {
  it.each([
    [90, 'turned-270'],
    [180, 'turned-180'],
    [270, 'turned-90'],
  ])('by %d degrees is scored upright and left to a person, however clear the score', async (degrees, correction) => {
    const expected = await scored(await png(tinyChest()));
    const found = await scored(await png(tinyChest(), degrees));
    expect(found).toMatchObject({ doubt: 'rotated', input: { corrections: [correction] } });
    expect(found.probability).toBeCloseTo(expected.probability, 1);
    expect(decide(found, model.release.thresholds)).toMatchObject({ decision: 'review', reason: 'rotated' });
    expect(await sharp(found.heatMap ?? Buffer.alloc(0)).metadata()).toMatchObject({ width: WIDTH, height: HEIGHT });
  });
});

describe('exposure', () => {
  it('is judged of what the network takes for a chest: burnt out or sunk, a person must look', async () => {
    const burnt = await scored(await png(tinyChest({ top: 32, ground: 255, bottom: 255 })));
    expect(burnt.doubt).toBe('over-exposed');
    const dark = tinyChest({ top: 0, ground: 0, bottom: 224 });
    // an arm at the side, or what is above would be a black bar that is no part of the image
    for (let y = 0; y < HEIGHT; y += 1) dark.fill(160, y * WIDTH, y * WIDTH + WIDTH / 20);
    const sunk = await scored(await png(dark));
    expect(sunk.doubt).toBe('under-exposed');
  });

  it('is judged of the image the right way round', async () => {
    const burnt = await scored(await png(inverted(tinyChest({ top: 32, ground: 255, bottom: 255 }))));
    expect(burnt).toMatchObject({ doubt: 'over-exposed', input: { corrections: ['inverted'] } });
  });

  it('counts pixels inside the border only', () => {
    const side = 20;
    const data = new Uint8Array(side * side).fill(255);
    for (let y = 3; y < 17; y += 1) data.fill(y < 10 ? 249 : 0, y * side + 3, y * side + 17);
    data[3 * side + 3] = 250;
    expect(exposureOf({ data, width: side, height: side })).toEqual({ white: 1 / 196, black: 0.5 });
  });

  it('takes black bars for no part of the image, which make a square of what is none', () => {
    const side = 60;
    const within = (at: number, bar: number): boolean => at >= bar && at < side - bar;
    const padded = (down: number, across: number): Uint8Array =>
      Uint8Array.from({ length: side * side }, (_, at) => {
        const [row, column] = [Math.floor(at / side), at % side];
        // as a lossy file leaves them: almost black, and once not
        return within(row, down) && within(column, across) ? 128 : row === 0 && column === 0 ? 90 : at % 4;
      });
    const exposure = (data: Uint8Array): unknown => exposureOf({ data, width: side, height: side });
    expect(exposure(padded(0, 15))).toEqual({ white: 0, black: 0 });
    expect(exposure(padded(12, 0))).toEqual({ white: 0, black: 0 });
    expect(exposure(padded(10, 20))).toEqual({ white: 0, black: 0 });
    // of 20 lines at either end, a third of the side, there are 4 more, and the outer 3 of those are left out
    expect(exposure(padded(24, 0))).toEqual({ white: 0, black: 2 / 14 });
    expect(exposure(new Uint8Array(side * side))).toEqual({ white: 0, black: 1 });
  });
});

describe('a picture of something else', () => {
  it('has no probability and no heat map, only a reason, and its description', async () => {
    const ramp = Buffer.from(tinyChest().map((_value, index) => 108 + ((index % WIDTH) * 40) / WIDTH));
    const { finding, heatMap, input, isHeatMapMissing, timingsMs } = await score(await png(ramp));
    expect(finding).toEqual({ kind: 'unreadable', reason: 'not-chest' });
    expect([heatMap, isHeatMapMissing, timingsMs.explain]).toEqual([null, false, null]);
    expect(input).toMatchObject({ kind: 'png', width: WIDTH, height: HEIGHT });
    expect(input.stats?.std).toBeGreaterThan(0);
    expect(timingsMs.predict).toBeGreaterThanOrEqual(0);
  });
});

describe('the verdict', () => {
  const classes: GateClass[] = ['not-chest', 'rotated-270', 'chest', 'rotated-90', 'inverted', 'rotated-180'];
  const network = { classes, thresholds: { notChest: 0.9, inverted: 0.6, rotated: 0.6 } };
  const of = (shares: Partial<Record<GateClass, number>>): GateClass =>
    verdictOf(
      classes.map((name) => Math.log(shares[name] ?? 1e-9)),
      network,
    );

  it('goes by each class’s own operating point, whatever the order of the classes', () => {
    expect(of({ chest: 0.11, 'not-chest': 0.89 })).toBe('chest');
    expect(of({ chest: 0.09, 'not-chest': 0.91 })).toBe('not-chest');
    expect(of({ chest: 0.41, inverted: 0.59 })).toBe('chest');
    expect(of({ chest: 0.39, inverted: 0.61 })).toBe('inverted');
  });

  it('asks of the three turns together, then which', () => {
    expect(of({ chest: 0.35, 'rotated-90': 0.35, 'rotated-180': 0.3 })).toBe('rotated-90');
    expect(of({ chest: 0.35, 'rotated-270': 0.65 })).toBe('rotated-270');
    expect(of({ chest: 0.45, 'rotated-90': 0.3, 'rotated-180': 0.25 })).toBe('chest');
  });

  it('can only be of the classes that a network has', () => {
    const two = { classes: ['chest', 'not-chest'] as GateClass[], thresholds: network.thresholds };
    expect([verdictOf([0, 9], two), verdictOf([9, 0], two)]).toEqual(['not-chest', 'chest']);
  });

  it('does not overflow', () => {
    expect(verdictOf([2000, 0, 0, 0, 0, 0], network)).toBe('not-chest');
  });
});

describe('a view of an image', () => {
  const image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 3, height: 2 };

  it.each<[View['turn'], number[], number]>([
    [0, [1, 2, 3, 4, 5, 6], 3],
    [90, [4, 1, 5, 2, 6, 3], 2],
    [180, [6, 5, 4, 3, 2, 1], 3],
    [270, [3, 6, 2, 5, 1, 4], 2],
  ])('turned by %d degrees clockwise has its pixels where they belong', (turn, data, width) => {
    expect(seenAs(image, { isInverted: false, turn })).toEqual({
      data: Uint8Array.from(data),
      width,
      height: 6 / width,
    });
    expect([...image.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('says in order what was undone', () => {
    expect(correctionsOf({ isInverted: true, turn: 90 })).toEqual(['inverted', 'turned-90']);
    expect(correctionsOf({ isInverted: false, turn: 0 })).toEqual([]);
    expect([...seenAs(image, { isInverted: true, turn: 0 }).data]).toEqual([254, 253, 252, 251, 250, 249]);
  });
});
