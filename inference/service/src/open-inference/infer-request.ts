import { Problem } from '@hilum/runtime/core';
import type { Release } from '@hilum/model';
import { z } from 'zod';
import { BinaryTensorError, readByteElements, readFloats } from './binary-tensors.js';
import { beyondBounds } from './json-bounds.js';

/** Images a request may hold: all of a request are scored under one permit. */
export const MAX_BATCH = 32;

export const OUTPUT_NAMES = ['logits', 'probability'] as const;
export type OutputName = (typeof OUTPUT_NAMES)[number];

/** Header that tells how many bytes of a body are its JSON; what follows are binary tensors. */
export const JSON_LENGTH_HEADER = 'Inference-Header-Content-Length';

/** A whole file, in one or several parts. */
export type ImageFile = readonly Uint8Array[];

export interface WantedOutput {
  name: OutputName;
  /** after the JSON as bytes, not in it as numbers */
  isBinary: boolean;
}

const ALL_AS_BYTES: readonly WantedOutput[] = OUTPUT_NAMES.map((name) => ({ name, isBinary: true }));

/** What a request asks for: tensors ready for the network, or encoded images that are decoded as uploads are. */
export interface InferRequest {
  id: string | undefined;
  batch: number;
  input: { kind: 'tensor'; pixels: Float32Array } | { kind: 'images'; images: readonly ImageFile[] };
  outputs: readonly WantedOutput[];
}

/** Of the free-form parameters only those of the binary tensor data extension mean something here. */
const inputParameters = z.looseObject({ binary_data_size: z.number().int().min(0).optional() }).optional();
const outputParameters = z.looseObject({ binary_data: z.boolean().optional() }).optional();
const requestParameters = z.looseObject({ binary_data_output: z.boolean().optional() }).optional();

/** Open Inference Protocol v2, `$inference_request`, with the parameters of the binary tensor data extension. */
const envelope = z.object({
  id: z.string().optional(),
  inputs: z
    .array(
      z.object({
        name: z.string(),
        datatype: z.string(),
        shape: z.array(z.number().int().min(0)).min(1),
        parameters: inputParameters,
        data: z.unknown().optional(),
      }),
    )
    .length(1, 'must hold exactly one input'),
  outputs: z.array(z.object({ name: z.string(), parameters: outputParameters })).optional(),
  parameters: requestParameters,
});
type Envelope = z.infer<typeof envelope>;
type Input = Envelope['inputs'][number];

/** Where an input's values are: in the JSON, or in the bytes after it. */
type InputData = { kind: 'json'; data: unknown } | { kind: 'binary'; bytes: Buffer };

/** The name under which encoded images are sent in place of the network's own input. */
export function bytesInputName(release: Pick<Release, 'input'>): string {
  return `${release.input.name}_bytes`;
}

/**
 * JSON, JSON followed by a binary tensor, or (with a JSON of no length) one image as it is.
 * @param jsonLength the value of `Inference-Header-Content-Length`, undefined when the body is JSON as a whole
 * @throws Problem 400 that names the field and what it must be
 */
export function parseInferRequest(
  body: Buffer,
  jsonLength: string | undefined,
  release: Pick<Release, 'input'>,
): InferRequest {
  const { json, tail } = splitBody(body, jsonLength);
  if (json.length === 0 && jsonLength !== undefined) return rawImageRequest([tail]);
  const parsed = envelope.safeParse(parseJson(json, release));
  if (!parsed.success)
    throw invalid(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '));
  const [input] = parsed.data.inputs;
  if (input === undefined) throw invalid('inputs: must hold exactly one input');
  const data = inputDataOf(input, tail, jsonLength);
  const batch = input.shape[0] ?? 0;
  if (batch < 1 || batch > MAX_BATCH) throw invalid(`inputs.0.shape: the first number must be 1 to ${MAX_BATCH}`);
  const outputs = wantedOutputs(parsed.data);
  return { id: parsed.data.id, batch, input: readInput(input, data, batch, release), outputs };
}

function splitBody(body: Buffer, jsonLength: string | undefined): { json: Buffer; tail: Buffer } {
  if (jsonLength === undefined) return { json: body, tail: Buffer.alloc(0) };
  const length = /^\d{1,10}$/.test(jsonLength) ? Number(jsonLength) : Number.NaN;
  if (!(length <= body.length))
    throw invalid(`${JSON_LENGTH_HEADER}: must be the length of the JSON, 0 to the ${body.length} bytes of the body`);
  return { json: body.subarray(0, length), tail: body.subarray(length) };
}

/**
 * The body is one element of a BYTES tensor, without a length before it; all outputs are asked for as bytes.
 * @throws Problem 400 when it is empty
 */
export function rawImageRequest(image: ImageFile): InferRequest {
  if (image.every((part) => part.length === 0)) throw invalid('body: must be the bytes of one image');
  return {
    id: undefined,
    batch: 1,
    input: { kind: 'images', images: [image] },
    outputs: ALL_AS_BYTES,
  };
}

/** The numbers of a tensor may each be in a list of its own; free-form parameters are few. */
const OTHER_VALUES = 10_000;
/** A tensor's four dimensions in `inputs[].data`, and parameters that hold something themselves. */
const MOST_DEPTH = 16;

function parseJson(json: Buffer, { input: { channels, height, width } }: Pick<Release, 'input'>): unknown {
  const mostValues = 2 * MAX_BATCH * channels * height * width + OTHER_VALUES;
  const beyond = beyondBounds(json, { mostValues, mostDepth: MOST_DEPTH });
  if (beyond !== null) throw invalid(`body: ${beyond}, which no request of up to ${MAX_BATCH} images needs`);
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    throw invalid(
      `body: must be JSON, up to the length that ${JSON_LENGTH_HEADER} says where there is one; an image as it is needs that header with 0`,
    );
  }
}

function inputDataOf({ data, parameters }: Input, tail: Buffer, jsonLength: string | undefined): InputData {
  const size = parameters?.binary_data_size;
  if (size === undefined) {
    if (tail.length > 0)
      throw invalid(
        `inputs.0.parameters.binary_data_size: is required, ${tail.length} bytes follow the JSON of the ${JSON_LENGTH_HEADER} given`,
      );
    return { kind: 'json', data };
  }
  if (jsonLength === undefined)
    throw invalid(`${JSON_LENGTH_HEADER}: is required with inputs.0.parameters.binary_data_size`);
  if (data !== undefined) throw invalid('inputs.0: must have either data or parameters.binary_data_size, not both');
  if (size !== tail.length)
    throw invalid(`inputs.0.parameters.binary_data_size: is ${size}, but ${tail.length} bytes follow the JSON`);
  return { kind: 'binary', bytes: tail };
}

function wantedOutputs({ outputs, parameters }: Envelope): WantedOutput[] {
  const isBinaryElsewhere = parameters?.binary_data_output ?? false;
  if (outputs === undefined || outputs.length === 0)
    return OUTPUT_NAMES.map((name) => ({ name, isBinary: isBinaryElsewhere }));
  const wanted = new Map<OutputName, WantedOutput>();
  for (const [index, output] of outputs.entries()) {
    const name = OUTPUT_NAMES.find((candidate) => candidate === output.name);
    if (name === undefined) throw invalid(`outputs.${index}.name: must be one of ${OUTPUT_NAMES.join(', ')}`);
    // else a small request could ask for an answer of any size
    if (wanted.has(name)) throw invalid(`outputs.${index}.name: ${name} is asked for already`);
    wanted.set(name, { name, isBinary: output.parameters?.binary_data ?? isBinaryElsewhere });
  }
  return [...wanted.values()];
}

function readInput(
  input: Input,
  data: InputData,
  batch: number,
  release: Pick<Release, 'input'>,
): InferRequest['input'] {
  const { name, channels, height, width } = release.input;
  if (input.name === name) {
    if (input.datatype !== 'FP32') throw invalid('inputs.0.datatype: must be FP32');
    if (input.shape.join() !== [batch, channels, height, width].join())
      throw invalid(`inputs.0.shape: must be [N, ${channels}, ${height}, ${width}]`);
    const count = batch * channels * height * width;
    const pixels =
      data.kind === 'json' ? readNumbers(data.data, count) : fromBinary(() => readFloats(data.bytes, count));
    return { kind: 'tensor', pixels };
  }
  if (input.name === bytesInputName(release)) {
    if (input.datatype !== 'BYTES') throw invalid('inputs.0.datatype: must be BYTES');
    if (input.shape.length !== 1) throw invalid('inputs.0.shape: must be [N]');
    const images =
      data.kind === 'json' ? readImages(data.data, batch) : fromBinary(() => readByteElements(data.bytes, batch));
    return { kind: 'images', images: images.map((image) => [image]) };
  }
  throw invalid(`inputs.0.name: must be ${name} or ${bytesInputName(release)}`);
}

function fromBinary<Values>(read: () => Values): Values {
  try {
    return read();
  } catch (error) {
    if (error instanceof BinaryTensorError) throw invalid(`the binary data of inputs.0: ${error.message}`);
    throw error;
  }
}

/** Row-major, flat or nested. */
function readNumbers(data: unknown, count: number): Float32Array {
  const numbers = new Float32Array(count);
  let filled = 0;
  if (data === undefined) throw invalid('inputs.0.data: is required, or binary_data_size in inputs.0.parameters');
  const fill = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value as unknown[]) fill(item);
      return;
    }
    if (typeof value !== 'number') throw invalid('inputs.0.data: must hold numbers only');
    if (filled === count) throw invalid(`inputs.0.data: holds more than the ${count} numbers of its shape`);
    // what FP32 cannot hold would be infinite, and so would be its score
    if (!Number.isFinite(Math.fround(value))) throw invalid('inputs.0.data: must hold finite numbers of 32 bits only');
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

function invalid(detail: string): Problem {
  return new Problem(400, 'HILUM_INFER_REQUEST_INVALID', 'Request not understood', detail);
}
