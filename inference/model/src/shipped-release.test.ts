import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decide, inputDescription } from '@hilum/contracts';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_DECODE_LIMITS } from './decode-limits.js';
import { GATE_CLASSES } from './gate-rule.js';
import { loadModel, type Model } from './model.js';
import { scoreImage, type ImageScore } from './score-image.js';

// What only this file proves: the release in the repository is whole and runs with this code. How good it is, its model
// card tells; that needs X-rays, of which the repository has none.

let model: Model;
beforeAll(async () => {
  model = await loadModel(path.join(import.meta.dirname, '../../release'), { intraOpThreads: 1 });
});
afterAll(() => model.close());

function score(bytes: Uint8Array): Promise<ImageScore> {
  return scoreImage(bytes, model, { limits: DEFAULT_DECODE_LIMITS });
}

/** A synthetic radiograph of nobody: the gate takes it for a chest. */
const chest = await readFile(path.join(import.meta.dirname, '../fixtures/drawn-chest.jpeg'));

describe('the shipped release', () => {
  it('scores an image with a decision, a description and a heat map of its aspect', async () => {
    const { finding, input, heatMap } = await score(
      await sharp(chest).resize(1200, 900, { fit: 'fill' }).jpeg().toBuffer(),
    );
    expect(finding.kind).toBe('scored');
    expect(decide(finding, model.release.thresholds).probability).toBeGreaterThanOrEqual(0);
    expect(inputDescription.parse(input)).toMatchObject({ kind: 'jpeg', width: 1200, height: 900, bits: 8 });
    expect(await sharp(heatMap ?? Buffer.alloc(0)).metadata()).toMatchObject({
      format: 'png',
      width: 512,
      height: 384,
    });
  });

  it('gives the same bytes the same score', async () => {
    expect((await score(chest)).finding).toEqual((await score(chest)).finding);
  });

  it('has its evidence in the activation maps: their mean tells the images apart as the logits do', async () => {
    const { width, height, channels } = model.release.input;
    const area = width * height * channels;
    const pixels = new Float32Array(2 * area).map((_, index) => (index < area ? Math.sin(index / 7) : index % 3) - 0.5);
    const { logits, cams } = await model.predict(pixels, 2);
    const labels = model.release.labels.length;
    const meanOf = (image: number, label: number): number => {
      const map = cams?.[image];
      if (map === undefined) throw new Error('expected activation maps');
      const cells = map.data.subarray((map.data.length / labels) * label, (map.data.length / labels) * (label + 1));
      return cells.reduce((sum, value) => sum + value, 0) / cells.length;
    };
    for (let label = 0; label < labels; label += 1) {
      const byLogits = (logits[0]?.[label] ?? 0) - (logits[1]?.[label] ?? 0);
      expect(meanOf(0, label) - meanOf(1, label)).toBeCloseTo(byLogits, 3);
    }
  });
});

describe('the gate of the shipped release', () => {
  const SIDE = 300;

  function picture(shade: (x: number, y: number) => number): Promise<Buffer> {
    const data = Buffer.alloc(SIDE * SIDE);
    for (let at = 0; at < data.length; at += 1) data[at] = shade(at % SIDE, Math.floor(at / SIDE));
    return sharp(data, { raw: { width: SIDE, height: SIDE, channels: 1 } })
      .png()
      .toBuffer();
  }

  async function scored(bytes: Buffer) {
    const { finding, input } = await score(bytes);
    if (finding.kind !== 'scored') throw new Error(`expected a score but got ${finding.reason}`);
    return { probability: finding.probability, doubt: finding.doubt ?? null, corrections: input.corrections ?? [] };
  }

  it('is there, with every class and limit', () => {
    const { outputs, gate } = model.release;
    expect(outputs.gate).toBe('gate');
    expect([...(gate.network?.classes ?? [])].sort()).toEqual([...GATE_CLASSES].sort());
    expect(gate.exposure).toBeDefined();
  });

  it('lets an upright chest pass', async () => {
    expect(await scored(chest)).toMatchObject({ doubt: null, corrections: [] });
  });

  it('undoes an inversion', async () => {
    // both decoded by libvips, so that nothing else differs
    const files = [sharp(chest), sharp(chest).negate()].map((image) => image.png().toBuffer());
    const [upright, inverted] = await Promise.all((await Promise.all(files)).map(scored));
    expect(inverted).toMatchObject({ doubt: null, corrections: ['inverted'] });
    // resampling rounds the two differently, and 8-bit activations round again
    expect(Math.abs((inverted?.probability ?? 0) - (upright?.probability ?? 1))).toBeLessThan(0.1);
  });

  it.each([
    [90, 'turned-270'],
    [180, 'turned-180'],
    [270, 'turned-90'],
  ])('finds a turn by %d degrees and leaves it to a person', async (degrees, correction) => {
    const turned = await scored(await sharp(chest).rotate(degrees).png().toBuffer());
    expect(turned).toMatchObject({ doubt: 'rotated', corrections: [correction] });
  });

  it.each([
    ['over-exposed', 2, 0],
    ['under-exposed', 2, -255],
  ])('finds that one is %s', async (doubt, factor, offset) => {
    expect(await scored(await sharp(chest).linear(factor, offset).png().toBuffer())).toMatchObject({ doubt });
  });

  it.each([
    ['white noise', (x: number, y: number) => (Math.imul(x * 7919 + y * 104_729, 2_654_435_761) >>> 24) & 255],
    ['a gradient', (x: number) => (x * 255) / SIDE],
    ['a chequered board', (x: number, y: number) => (((x >> 4) + (y >> 4)) % 2 === 0 ? 30 : 220)],
    ['lines as of text', (x: number, y: number) => (y % 20 < 8 && (x * 13 + (y >> 4) * 37) % 23 < 14 ? 20 : 245)],
  ])('gives no probability to %s', async (_name, shade) => {
    expect((await score(await picture(shade))).finding).toEqual({ kind: 'unreadable', reason: 'not-chest' });
  });
});
