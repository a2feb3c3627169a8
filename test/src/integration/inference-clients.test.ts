import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRelease, type Release } from '@hilum/model';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InferenceService } from '../support/inference-service.js';
import { runWithPythonClients } from '../support/python-clients/python-clients.js';
import { repositoryRoot } from '../support/repository.js';

// What only this file proves: that the clients which users of other model servers have, tritonclient and kserve for
// Python, work with the scoring service unchanged. The first run installs them into the cache.

const RELEASE = join(repositoryRoot, 'inference/model/fixtures/tiny-release');
/** Half a minute on a quiet machine, minutes on a busy one; the next runs take seconds. */
const INSTALL_AND_ASK_MS = 600_000;

interface TritonOutput {
  shape: number[];
  values: number[];
  isBinary: boolean;
}
type TritonAnswer = Record<'logits' | 'probability', TritonOutput>;
type KserveAnswer = Record<'logits' | 'probability', number[]>;
interface Refusal {
  status: number | string;
  message: string;
}
interface Seen {
  triton: Record<
    'tensor' | 'tensorInJson' | 'mixed' | 'compressed' | 'deflated' | 'ofVersion' | 'images',
    TritonAnswer
  > &
    Record<'isLive' | 'isReady' | 'isModelReady' | 'isVersionReady' | 'isOtherModelReady', boolean> &
    Record<'tooMany' | 'unknownModel', Refusal> & {
      server: unknown;
      model: unknown;
      id: string;
      jsonLength: number;
      bodyLength: number;
    };
  kserve: Record<'tensor' | 'tensorAnsweredInJson' | 'tensorInJson' | 'images', KserveAnswer> &
    Record<'isLive' | 'isReady' | 'isModelReady' | 'isOtherModelReady', boolean> & { wrongShape: Refusal };
}

let directory: string;
let service: InferenceService | undefined;
let release: Release;
let image: Buffer;
let seen: Seen;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hilum-clients-'));
  ({ release } = await loadRelease(RELEASE));
  image = await sharp(Buffer.from(Array.from({ length: 240 * 160 }, (_, at) => 100 + (at % 150))), {
    raw: { width: 240, height: 160, channels: 1 },
  })
    .png()
    .toBuffer();
  const file = join(directory, 'image.png');
  writeFileSync(file, image);
  service = await InferenceService.start(RELEASE);
  const { channels, height, width } = release.input;
  const args = [service.url, release.name, release.version, String(channels), String(height), String(width), file];
  const signal = AbortSignal.timeout(INSTALL_AND_ASK_MS);
  seen = JSON.parse(await runWithPythonClients('ask_with_clients.py', args, signal)) as Seen;
}, INSTALL_AND_ASK_MS);
afterAll(async () => {
  await service?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** What the service answers in plain JSON, without any client. */
async function inferInJson(input: { name: string; datatype: string; shape: number[]; data: unknown[] }) {
  const response = await fetch(`${service?.url ?? ''}/v2/models/${release.name}/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs: [input] }),
  });
  const { outputs } = (await response.json()) as { outputs: { name: string; data: number[] }[] };
  const dataOf = (name: string): number[] => outputs.find((output) => output.name === name)?.data ?? [];
  return { logits: dataOf('logits'), probability: dataOf('probability') };
}

const tensorInJson = () => {
  const { channels, height, width, name } = release.input;
  const ones = new Array<number>(channels * height * width).fill(1);
  const shape = [2, channels, height, width];
  return inferInJson({ name, datatype: 'FP32', shape, data: [ones, ones.map((one) => -one)] });
};
const imagesInJson = () => {
  const data = [image, image].map((bytes) => bytes.toString('base64'));
  return inferInJson({ name: 'image_bytes', datatype: 'BYTES', shape: [2], data });
};

/** Bytes are 32-bit floats, the JSON's numbers may have more digits. */
const rounded = (numbers: number[]): number[] => numbers.map((number) => Math.fround(number));

describe('Triton’s client', () => {
  it('finds server and model alive, ready and described, and no other model', () => {
    const { triton } = seen;
    expect([triton.isLive, triton.isReady, triton.isModelReady, triton.isVersionReady]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(triton.isOtherModelReady).toBe(false);
    expect(triton.server).toMatchObject({ name: 'hilum-inference', extensions: ['binary_tensor_data'] });
    expect(triton.model).toMatchObject({
      name: release.name,
      versions: [release.version],
      inputs: [
        { name: 'image', datatype: 'FP32' },
        { name: 'image_bytes', datatype: 'BYTES' },
      ],
    });
  });

  it('sends and gets tensors as bytes, which is how it does when nothing else is said', async () => {
    const expected = await tensorInJson();
    expect(seen.triton.bodyLength).toBeGreaterThan(seen.triton.jsonLength);
    const { logits, probability } = seen.triton.tensor;
    expect(logits).toEqual({ shape: [2, 2], values: rounded(expected.logits), isBinary: true });
    expect(probability).toEqual({ shape: [2], values: rounded(expected.probability), isBinary: true });
  });

  it('gets the same in every other way of asking: in JSON, mixed, compressed, by version', () => {
    const { tensor, tensorInJson, mixed, compressed, deflated, ofVersion } = seen.triton;
    const valuesOf = ({ logits, probability }: TritonAnswer) => [rounded(logits.values), rounded(probability.values)];
    for (const answer of [tensorInJson, mixed, compressed, deflated, ofVersion])
      expect(valuesOf(answer)).toEqual(valuesOf(tensor));
    expect([tensorInJson.logits.isBinary, tensorInJson.probability.isBinary]).toEqual([false, false]);
    expect([mixed.logits.isBinary, mixed.probability.isBinary]).toEqual([true, false]);
    expect(seen.triton.id).toBe('request-7');
  });

  it('sends whole images', async () => {
    const expected = await imagesInJson();
    expect(seen.triton.images.probability.values).toEqual(rounded(expected.probability));
  });

  it('shows its user why a request was refused', () => {
    expect(seen.triton.tooMany).toEqual({
      status: '400',
      message: 'inputs.0.shape: the first number must be 1 to 32',
    });
    expect(seen.triton.unknownModel).toMatchObject({ status: '404' });
    expect(seen.triton.unknownModel.message).toContain(release.name);
  });
});

describe('KServe’s client', () => {
  it('finds server and model alive and ready, and no other model', () => {
    const { isLive, isReady, isModelReady, isOtherModelReady } = seen.kserve;
    expect([isLive, isReady, isModelReady, isOtherModelReady]).toEqual([true, true, true, false]);
  });

  it('sends and gets tensors, as bytes and in JSON', async () => {
    const expected = await tensorInJson();
    for (const answer of [seen.kserve.tensor, seen.kserve.tensorAnsweredInJson, seen.kserve.tensorInJson]) {
      expect(rounded(answer.logits)).toEqual(rounded(expected.logits));
      expect(rounded(answer.probability)).toEqual(rounded(expected.probability));
    }
  });

  it('sends whole images', async () => {
    const expected = await imagesInJson();
    expect(rounded(seen.kserve.images.probability)).toEqual(rounded(expected.probability));
  });

  it('has the reason of a refusal in the response of its error', () => {
    expect(seen.kserve.wrongShape).toEqual({
      status: 400,
      message: 'inputs.0.shape: must be [N, 3, 32, 48]',
    });
  });
});

describe('one image as it is, with no JSON', () => {
  it('is scored as in JSON', async () => {
    const response = await fetch(`${service?.url ?? ''}/v2/models/${release.name}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': '0' },
      body: new Uint8Array(image),
    });
    const body = Buffer.from(await response.arrayBuffer());
    const jsonLength = Number(response.headers.get('inference-header-content-length'));
    expect(body.length).toBe(jsonLength + 12);
    const expected = await imagesInJson();
    expect(body.readFloatLE(jsonLength + 8)).toBe(rounded(expected.probability)[0]);
  });
});
