import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadModel } from './model.js';
import { ReleaseError, type ReleaseErrorCode } from './release-error.js';
import { loadRelease, parseRelease, type Release } from './release.js';

const tinyRelease = path.join(import.meta.dirname, '../fixtures/tiny-release');
const valid = JSON.parse(await readFile(path.join(tinyRelease, 'release.json'), 'utf8')) as Record<string, unknown>;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'hilum-release-'));
  await cp(tinyRelease, directory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

async function failureOf(load: Promise<unknown>): Promise<ReleaseError> {
  const outcome: unknown = await load.then(
    () => 'loaded',
    (error: unknown) => error,
  );
  if (outcome instanceof ReleaseError) return outcome;
  throw new Error(`expected a ReleaseError but got ${String(outcome)}`);
}

function codeOf(text: string): ReleaseErrorCode | null {
  try {
    parseRelease(text);
    return null;
  } catch (error) {
    if (error instanceof ReleaseError) return error.code;
    throw error;
  }
}

describe('loading ONNX Runtime', () => {
  it('happens with its telemetry switched off', () => {
    expect(process.env['ORT_DISABLE_TELEMETRY']).toBe('1');
  });
});

describe('loadRelease', () => {
  it('tells name, version and the digest of the weights', async () => {
    const { reference, onnx } = await loadRelease(directory);
    expect(reference).toMatchObject({ name: 'tiny-brightness', version: '1.2.3' });
    expect(reference.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(onnx.length).toBeGreaterThan(0);
  });

  it('refuses weights that differ in a single bit, naming both digests', async () => {
    const file = path.join(directory, 'model.onnx');
    const bytes = await readFile(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(file, bytes);
    const error = await failureOf(loadModel(directory, { intraOpThreads: 1 }));
    expect(error.code).toBe('HILUM_RELEASE_DIGEST_MISMATCH');
    expect(error.message.match(/[0-9a-f]{64}/g)).toHaveLength(2);
  });

  it('names the file that is missing', async () => {
    await rm(path.join(directory, 'model.onnx'));
    const error = await failureOf(loadRelease(directory));
    expect(error.code).toBe('HILUM_RELEASE_MISSING');
    expect(error.message).toContain('model.onnx');
  });

  it('refuses a network whose outputs are not those of release.json', async () => {
    const release = { ...valid, labels: ['dark', 'grey', 'bright'] };
    await writeFile(path.join(directory, 'release.json'), JSON.stringify(release));
    const error = await failureOf(loadModel(directory, { intraOpThreads: 1 }));
    expect(error.code).toBe('HILUM_RELEASE_MODEL_UNUSABLE');
    expect(error.message).toContain('1 x 3 (labels)');
  });

  it('refuses a network without the named output', async () => {
    const release = { ...valid, outputs: { logits: 'scores', cam: null, activation: 'softmax' } };
    await writeFile(path.join(directory, 'release.json'), JSON.stringify(release));
    const error = await failureOf(loadModel(directory, { intraOpThreads: 1 }));
    expect(error.code).toBe('HILUM_RELEASE_MODEL_UNUSABLE');
    expect(error.message).toContain('"scores"');
  });

  it('refuses an input size that the network cannot take, with the one that it takes', async () => {
    const input = { name: 'image', width: 50, height: 32, channels: 3, layout: 'NCHW' };
    await writeFile(path.join(directory, 'release.json'), JSON.stringify({ ...valid, input }));
    const error = await failureOf(loadModel(directory, { intraOpThreads: 1 }));
    expect(error.code).toBe('HILUM_RELEASE_MODEL_UNUSABLE');
    expect(error.message).toMatch(/release\.json describes: .*Got: 50 Expected: 48/);
    expect(error.message).not.toContain('\n');
  });
});

describe('a release with a gate', () => {
  const tinyGateRelease = path.join(import.meta.dirname, '../fixtures/tiny-gate-release');
  const thresholds = { notChest: 0.7, inverted: 0.7, rotated: 0.7 };

  async function gateRelease(change: (release: Release) => object): Promise<void> {
    await cp(tinyGateRelease, directory, { recursive: true });
    const release = parseRelease(await readFile(path.join(directory, 'release.json'), 'utf8'));
    await writeFile(path.join(directory, 'release.json'), JSON.stringify({ ...release, ...change(release) }));
  }

  it('is refused when its classes are not those that the network has', async () => {
    const network = { classes: ['chest', 'not-chest'], thresholds };
    await gateRelease(({ gate }) => ({ gate: { ...gate, network } }));
    const error = await failureOf(loadModel(directory, { intraOpThreads: 1 }));
    expect(error.code).toBe('HILUM_RELEASE_MODEL_UNUSABLE');
    expect(error.message).toContain('1 x 2 (gate.network.classes)');
  });

  it('is refused when the output it names is not there', async () => {
    await gateRelease(({ outputs }) => ({ outputs: { ...outputs, gate: 'guard' } }));
    const error = await failureOf(loadModel(directory, { intraOpThreads: 1 }));
    expect(error.message).toContain('"guard"');
  });

  it.each([
    ['an output without the meaning of its numbers', { gate: valid['gate'] }, /gate\.network: must be there exactly/],
    ['the meaning of numbers without an output', { outputs: valid['outputs'] }, /gate\.network: must be there exactly/],
  ])('is refused with %s', async (_name, change, message) => {
    await gateRelease(() => change);
    expect((await failureOf(loadRelease(directory))).message).toMatch(message);
  });

  it.each([
    ['a class that is not known', { classes: ['chest', 'lateral'], thresholds }],
    ['a class twice', { classes: ['chest', 'inverted', 'inverted'], thresholds }],
    ['no chest among its classes', { classes: ['inverted', 'not-chest'], thresholds }],
    [
      'an operating point at which two classes could be said',
      { classes: ['chest'], thresholds: { ...thresholds, inverted: 0.4 } },
    ],
  ])('is refused with %s', async (_name, network) => {
    await gateRelease(({ gate }) => ({ gate: { ...gate, network } }));
    expect((await failureOf(loadRelease(directory))).code).toBe('HILUM_RELEASE_INVALID');
  });
});

describe('parseRelease', () => {
  it('takes what is valid and refuses what is not JSON', () => {
    expect(codeOf(JSON.stringify(valid))).toBeNull();
    expect(codeOf('{')).toBe('HILUM_RELEASE_INVALID');
  });

  it.each([
    ['an unknown field', { speed: 1 }],
    ['another schema version', { schemaVersion: 2 }],
    ['a positive label that is no label', { positiveLabel: 'grey' }],
    ['a repeated label', { labels: ['bright', 'bright'] }],
    ['swapped thresholds', { thresholds: { review: 0.9, suspected: 0.5 } }],
    ['a temperature of zero', { calibration: { method: 'temperature', temperature: 0, bias: 0 } }],
    ['a model file elsewhere', { model: { ...(valid['model'] as object), file: '../model.onnx' } }],
    ['a mean for one channel of three', { preprocessing: { ...(valid['preprocessing'] as object), mean: [0.5] } }],
    ['an unknown kernel', { preprocessing: { ...(valid['preprocessing'] as object), kernel: 'bilinear' } }],
  ])('refuses %s', (_name, change) => {
    expect(codeOf(JSON.stringify({ ...valid, ...change }))).toBe('HILUM_RELEASE_INVALID');
  });

  it('names every wrong field at once', () => {
    const wrong = { ...valid, labels: ['one'], thresholds: { review: 2, suspected: 2 } };
    expect(() => parseRelease(JSON.stringify(wrong))).toThrow(/labels.*thresholds\.review.*thresholds\.suspected/);
  });
});
