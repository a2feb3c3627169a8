import path from 'node:path';
import { decide, inputDescription } from '@hilum/contracts';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_DECODE_LIMITS } from './decode.js';
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

/** Two dark ovals on a brighter ground: enough of a chest for a number to come out. */
function drawnChest(width: number, height: number): Promise<Buffer> {
  const data = Buffer.alloc(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const inOval = (centre: number): boolean =>
        ((x / width - centre) / 0.16) ** 2 + ((y / height - 0.5) / 0.34) ** 2 < 1;
      data[y * width + x] = inOval(0.3) || inOval(0.7) ? 60 : 170;
    }
  }
  return sharp(data, { raw: { width, height, channels: 1 } })
    .jpeg()
    .toBuffer();
}

describe('the shipped release', () => {
  it('scores an image with a decision, a description and a heat map of its aspect', async () => {
    const { finding, input, heatMap } = await score(await drawnChest(1200, 900));
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
    const bytes = await drawnChest(640, 480);
    expect((await score(bytes)).finding).toEqual((await score(bytes)).finding);
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
