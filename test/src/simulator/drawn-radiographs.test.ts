import { fileURLToPath } from 'node:url';
import { decide, type Decision } from '@hilum/contracts';
import { drawRadiograph, type Finding } from '@hilum/local';
import { DEFAULT_DECODE_LIMITS, loadModel, scoreImage, type Model } from '@hilum/model';
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
});
