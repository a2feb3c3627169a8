import { fileURLToPath } from 'node:url';
import { DEFAULT_DECODE_LIMITS, loadModel, scoreImage, type Model } from '@hilum/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badUploads, goodImage, type BadUpload } from './bad-images.js';

// The images alone, without the fleet that `bad-uploads.ts` sends them through.

const uploads = await badUploads();
let model: Model;
beforeAll(async () => {
  const release = fileURLToPath(new URL('../../../../inference/release', import.meta.url));
  model = await loadModel(release, { intraOpThreads: 1 });
});
afterAll(() => model.close());

async function outcomeOf(bytes: Buffer): Promise<string> {
  const { finding } = await scoreImage(bytes, model, { limits: DEFAULT_DECODE_LIMITS });
  return finding.kind === 'scored' ? 'scored' : finding.reason;
}

/** One way of uploading that takes it says what the bytes are, whatever the other way makes of its name. */
function expectedOutcomes({ byPut, byHttp }: BadUpload): readonly string[] {
  const answer = byHttp.kind === 'taken' ? byHttp : byPut;
  if (answer.kind === 'refused') throw new Error('an upload that no way takes tests nothing');
  return answer.expected.kind === 'scored' ? ['scored'] : answer.expected.reasons;
}

describe('the bad uploads', () => {
  it('are at least forty, each with a name and a key of its own that holds what makes it unique', () => {
    expect(uploads.length).toBeGreaterThanOrEqual(40);
    expect(new Set(uploads.map(({ name }) => name)).size).toBe(uploads.length);
    for (const { name, keyOf } of uploads) expect(keyOf('abc123'), name).toContain('abc123');
  });

  it('are small, however large they unpack', () => {
    for (const { name, bytes } of uploads) expect(bytes.length, name).toBeLessThan(20 * 1024 * 1024);
  });

  it('come with a good image that is scored', async () => {
    expect(await outcomeOf(await goodImage(2))).toBe('scored');
  });

  it.each(uploads.map((upload) => [upload.name, upload] as const))('%s', async (_name, upload) => {
    expect(expectedOutcomes(upload)).toContain(await outcomeOf(upload.bytes));
  });
});
