import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRelease, releaseDir, releaseFinding, servedModelFinding } from './model-check.js';

const WEIGHTS = Buffer.from('weights');
const SHA256 = createHash('sha256').update(WEIGHTS).digest('hex');

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hilum-release-'));
  write({});
  writeFileSync(join(dir, 'model.onnx'), WEIGHTS);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(model: Record<string, unknown>): void {
  const head = { file: 'model.onnx', sha256: SHA256, bytes: WEIGHTS.length, ...model };
  writeFileSync(join(dir, 'release.json'), JSON.stringify({ name: 'm', version: '0.1.0', model: head, labels: [] }));
}

describe('a release', () => {
  it('is sound when the weights are those that were released', () => {
    const release = readRelease(dir);
    expect(release).toEqual({ kind: 'sound', name: 'm', version: '0.1.0', digest: `sha256:${SHA256}` });
    expect(releaseFinding(release, dir).state).toBe('ok');
  });

  it('is broken when a byte of the weights is another, or one is missing', () => {
    writeFileSync(join(dir, 'model.onnx'), 'weightz');
    expect(readRelease(dir)).toMatchObject({ kind: 'broken' });
    writeFileSync(join(dir, 'model.onnx'), 'weight');
    const finding = releaseFinding(readRelease(dir), dir);
    expect(finding).toMatchObject({ state: 'failed' });
    expect(finding.fix).toContain(dir);
  });

  it('is broken when a file is missing, no JSON, or names nothing that can be checked', () => {
    rmSync(join(dir, 'model.onnx'));
    expect(readRelease(dir)).toMatchObject({ detail: `model.onnx in ${dir} cannot be read (ENOENT)` });
    write({ sha256: 'x' });
    expect(readRelease(dir)).toMatchObject({
      detail: 'release.json does not conform: model.sha256: must be 64 lower-case hex digits',
    });
    writeFileSync(join(dir, 'release.json'), '{');
    expect(readRelease(dir)).toMatchObject({ detail: `release.json in ${dir} cannot be read (not JSON)` });
    rmSync(join(dir, 'release.json'));
    expect(readRelease(dir)).toMatchObject({ detail: `release.json in ${dir} cannot be read (ENOENT)` });
  });

  it('is looked for where the environment says', () => {
    expect(releaseDir({ env: { HILUM_INFERENCE_RELEASE_DIR: '/r' } })).toBe('/r');
    expect(releaseDir({ env: {} })).toMatch(/inference\/release$/);
  });
});

describe('the model that a site serves', () => {
  const here = { kind: 'sound', name: 'm', version: '0.2.0', digest: 'sha256:aa' } as const;
  const how = { inference: 'st-agnes-inference', fix: 'kill 7' };

  it('is well when its weights are those of the release here', () => {
    expect(servedModelFinding(here, { name: 'm', version: '0.2.0', digest: 'sha256:aa' }, how).state).toBe('ok');
  });

  it('is a warning when it has others, or does not tell', () => {
    const served = { name: 'm', version: '0.1.0', digest: 'sha256:bb' };
    expect(servedModelFinding(here, served, how)).toEqual({
      state: 'warning',
      detail: 'st-agnes-inference serves m 0.1.0 (bb…), the release here is 0.2.0 (aa…)',
      since: null,
      fix: 'kill 7',
    });
    expect(servedModelFinding(here, null, how).state).toBe('warning');
  });

  it('cannot be judged by a release that is broken', () => {
    const served = { name: 'm', version: '0.1.0', digest: 'sha256:bb' };
    expect(servedModelFinding({ kind: 'broken', detail: 'x' }, served, how).state).toBe('skipped');
  });
});
