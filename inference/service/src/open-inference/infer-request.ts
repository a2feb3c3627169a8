import { Problem } from '@hilum/runtime';
import type { Release } from '@hilum/model';
import { z } from 'zod';

/** Images a request may hold: all of a request are scored under one permit. */
export const MAX_BATCH = 32;

export const OUTPUT_NAMES = ['logits', 'probability'] as const;
export type OutputName = (typeof OUTPUT_NAMES)[number];

/** What a request asks for: tensors ready for the network, or encoded images that are decoded as uploads are. */
export interface InferRequest {
  id: string | undefined;
  batch: number;
  input: { kind: 'tensor'; pixels: Float32Array } | { kind: 'images'; images: Buffer[] };
  outputs: readonly OutputName[];
}

const parameters = z.record(z.string(), z.unknown()).optional();

/** Open Inference Protocol v2, `$inference_request`; of its `parameters` only those that ask for binary tensors matter: they are refused. */
const envelope = z.object({
  id: z.string().optional(),
  inputs: z
    .array(
      z.object({
        name: z.string(),
        datatype: z.string(),
        shape: z.array(z.number().int().min(0)).min(1),
        parameters,
        data: z.unknown().optional(),
      }),
    )
    .length(1, 'must hold exactly one input'),
  outputs: z.array(z.object({ name: z.string(), parameters })).optional(),
  parameters,
});

/** The name under which encoded images are sent in place of the network's own input. */
export function bytesInputName(release: Pick<Release, 'input'>): string {
  return `${release.input.name}_bytes`;
}

/** @throws Problem 400 that names the field and what it must be */
export function parseInferRequest(body: unknown, release: Pick<Release, 'input'>): InferRequest {
  const parsed = envelope.safeParse(body);
  if (!parsed.success)
    throw invalid(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '));
  const [input] = parsed.data.inputs;
  if (input === undefined) throw invalid('inputs: must hold exactly one input');
  const wantsBinary =
    input.parameters?.['binary_data_size'] !== undefined ||
    parsed.data.parameters?.['binary_data_output'] === true ||
    parsed.data.outputs?.some((output) => output.parameters?.['binary_data'] === true) === true;
  if (wantsBinary) throw binaryUnsupported();
  const batch = input.shape[0] ?? 0;
  if (batch < 1 || batch > MAX_BATCH) throw invalid(`inputs.0.shape: the first number must be 1 to ${MAX_BATCH}`);
  const outputs = (parsed.data.outputs ?? OUTPUT_NAMES.map((name) => ({ name }))).map(({ name }, index) => {
    const known = OUTPUT_NAMES.find((candidate) => candidate === name);
    if (known === undefined) throw invalid(`outputs.${index}.name: must be one of ${OUTPUT_NAMES.join(', ')}`);
    return known;
  });
  return { id: parsed.data.id, batch, input: readInput(input, batch, release), outputs };
}

function readInput(
  input: { name: string; datatype: string; shape: number[]; data?: unknown },
  batch: number,
  release: Pick<Release, 'input'>,
): InferRequest['input'] {
  const { name, channels, height, width } = release.input;
  if (input.name === name) {
    if (input.datatype !== 'FP32') throw invalid('inputs.0.datatype: must be FP32');
    if (input.shape.join() !== [batch, channels, height, width].join())
      throw invalid(`inputs.0.shape: must be [N, ${channels}, ${height}, ${width}]`);
    return { kind: 'tensor', pixels: readNumbers(input.data, batch * channels * height * width) };
  }
  if (input.name === bytesInputName(release)) {
    if (input.datatype !== 'BYTES') throw invalid('inputs.0.datatype: must be BYTES');
    if (input.shape.length !== 1) throw invalid('inputs.0.shape: must be [N]');
    return { kind: 'images', images: readImages(input.data, batch) };
  }
  throw invalid(`inputs.0.name: must be ${name} or ${bytesInputName(release)}`);
}

/** Row-major, flat or nested. */
function readNumbers(data: unknown, count: number): Float32Array {
  const numbers = new Float32Array(count);
  let filled = 0;
  const fill = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value as unknown[]) fill(item);
      return;
    }
    if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid('inputs.0.data: must hold numbers only');
    if (filled === count) throw invalid(`inputs.0.data: holds more than the ${count} numbers of its shape`);
    numbers[filled] = value;
    filled += 1;
  };
  fill(data);
  if (filled < count) throw invalid(`inputs.0.data: holds ${filled} of the ${count} numbers of its shape`);
  return numbers;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function readImages(data: unknown, batch: number): Buffer[] {
  if (!Array.isArray(data) || data.length !== batch)
    throw invalid(`inputs.0.data: must be a list of ${batch} base64 texts, as its shape says`);
  return (data as unknown[]).map((item, index) => {
    if (typeof item !== 'string' || !BASE64.test(item)) throw invalid(`inputs.0.data.${index}: must be base64`);
    return Buffer.from(item, 'base64');
  });
}

export function binaryUnsupported(): Problem {
  return new Problem(
    415,
    'HILUM_INFER_BINARY_UNSUPPORTED',
    'Binary tensors not supported',
    'send the tensor in JSON (binary_data false), without Inference-Header-Content-Length',
  );
}

function invalid(detail: string): Problem {
  return new Problem(400, 'HILUM_INFER_REQUEST_INVALID', 'Request not understood', detail);
}
