import { createHash } from 'node:crypto';
import { parseSiteKey, resultKeyOf, type StudyScored } from '@hilum/contracts';

export const SITE = 'st-agnes';
export const SITE_KEY = parseSiteKey('11'.repeat(32));

export function modelDigest(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

/** A scored image; `name` makes its id, and its object key looks like what a hospital really sends. */
export function sampleResult(name: string, changes: Partial<StudyScored> = {}): StudyScored {
  const imageId = createHash('sha256').update(name).digest('hex');
  const model = changes.model ?? { name: 'chest-pneumonia', version: '1.0.0', digest: modelDigest('a') };
  return {
    imageId,
    studyId: imageId.slice(0, 32),
    source: {
      bucket: 'xray-intake',
      key: `demo_Jane Doe_${name}.jpeg`,
      versionId: null,
      eTag: 'b656300ad194ddb0bc576537d7262272',
      bytes: 204_800,
      contentType: 'image/jpeg',
      sha256: null,
    },
    decision: 'normal',
    probability: 0.1,
    reason: null,
    priority: 'routine',
    input: { kind: 'jpeg', width: 1400, height: 1100, bits: 8, stats: { mean: 0.5, std: 0.2, min: 0, max: 1 } },
    heatMapKey: null,
    traceId: 'c75afeb0bdc350b02d2d0854be0484be',
    timingsMs: { notify: 41.5, queue: 3, fetch: 6.2, decode: 7.9, predict: 11.4, explain: null, publish: 14 },
    uploadedAt: '2026-03-01T08:15:30.123Z',
    scoredAt: '2026-03-01T08:15:30.207Z',
    resultKey: resultKeyOf(imageId, model.digest),
    ...changes,
    model,
  };
}
