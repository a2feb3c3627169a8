import { fileURLToPath } from 'node:url';
import { decide, type Decision } from '@hilum/contracts';
import { drawRadiograph, type Finding } from '@hilum/local';
import { DEFAULT_DECODE_LIMITS, loadModel, scoreImage, type Model } from '@hilum/model';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The demonstration shows what the system is for only if the shipped model finds in the drawings what they were drawn
// with. More of them are measured by inference/training/generator.

const EACH = 20;
/** Ninety in a hundred is promised. */
const LEAST = EACH * 0.9;

let model: Model;
beforeAll(async () => {
  const release = fileURLToPath(new URL('../../../inference/release', import.meta.url));
  model = await loadModel(release, { intraOpThreads: 1 });
});
afterAll(() => model.close());

async function decisionsOn(finding: Finding): Promise<Decision[]> {
  const decisions: Decision[] = [];
  for (let seed = 5000; seed < 5000 + EACH; seed += 1) {
    const { jpeg } = await drawRadiograph({ seed, finding });
    const score = await scoreImage(jpeg, model, { limits: DEFAULT_DECODE_LIMITS });
    decisions.push(decide(score.finding, model.release.thresholds).decision);
  }
  return decisions;
}

describe('the shipped model', () => {
  it('calls drawings of normal chests normal', async () => {
    const decisions = await decisionsOn('normal');

    expect(decisions.filter((decision) => decision === 'normal').length, decisions.join(' ')).toBeGreaterThanOrEqual(
      LEAST,
    );
  });

  it('suspects pneumonia in drawings of ill ones', async () => {
    const decisions = await decisionsOn('pneumonia');

    expect(
      decisions.filter((decision) => decision === 'pneumonia-suspected').length,
      decisions.join(' '),
    ).toBeGreaterThanOrEqual(LEAST);
  });

  it('scores the lungs, not what is written beside them: a name or a mask in a corner moves no probability', async () => {
    const moved: number[] = [];
    for (let seed = 6000; seed < 6005; seed += 1) {
      const { jpeg } = await drawRadiograph({ seed, finding: seed % 2 === 0 ? 'normal' : 'pneumonia' });
      // saved again as well, or what compression moves would count as written: the model card tells of that
      const before = await probabilityOf(await savedAgain(jpeg));
      for (const writing of ['name box', 'white mask'] as const)
        for (const corner of ['top left', 'top right', 'bottom left', 'bottom right'] as const)
          moved.push(Math.abs((await probabilityOf(await savedAgain(jpeg, { writing, corner }))) - before));
    }
    expect(Math.max(...moved), moved.map((shift) => shift.toFixed(3)).join(' ')).toBeLessThan(0.03);
  });
});

async function probabilityOf(jpeg: Buffer): Promise<number> {
  const { finding } = await scoreImage(jpeg, model, { limits: DEFAULT_DECODE_LIMITS });
  if (finding.kind !== 'scored') throw new Error(`expected a score but the image is ${finding.reason}`);
  return finding.probability;
}

interface Writing {
  writing: 'name box' | 'white mask';
  corner: `${'top' | 'bottom'} ${'left' | 'right'}`;
}

/** Decoded, written on 36 % of the width and 18 % of the height, as modalities write (strokes on black, or all of it white), and compressed. */
async function savedAgain(jpeg: Buffer, written?: Writing): Promise<Buffer> {
  const { data, info } = await sharp(jpeg).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  if (written !== undefined) {
    const [columns, rows] = [Math.round(width * 0.36), Math.round(height * 0.18)];
    const left = written.corner.endsWith('right') ? width - columns : 0;
    const top = written.corner.startsWith('bottom') ? height - rows : 0;
    for (let y = 0; y < rows; y += 1)
      for (let x = 0; x < columns; x += 1) {
        const isInk = y % 16 > 5 && (x * 7 + Math.floor(y / 16) * 5) % 11 < 4;
        data[(top + y) * width + left + x] = written.writing === 'white mask' || isInk ? 255 : 0;
      }
  }
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .jpeg({ quality: 92 })
    .toBuffer();
}
