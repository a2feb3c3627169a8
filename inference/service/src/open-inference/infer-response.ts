import { writeFloats } from './binary-tensors.js';
import { JSON_LENGTH_HEADER, type OutputName, type WantedOutput } from './infer-request.js';

export interface OutputTensor {
  shape: number[];
  /** row by row, as many as the shape says */
  values: number[];
}

export interface InferAnswer {
  id: string | undefined;
  model: { name: string; version: string };
  outputs: Readonly<Record<OutputName, OutputTensor>>;
}

export interface InferResponse {
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/**
 * Open Inference Protocol v2, `$inference_response`: JSON, followed by the outputs that were asked for as bytes, in their
 * order. With at least one of them the length of the JSON is in a header.
 */
export function encodeInferResponse(
  { id, model, outputs }: InferAnswer,
  wanted: readonly WantedOutput[],
): InferResponse {
  const tensors: Buffer[] = [];
  const described = wanted.map(({ name, isBinary }) => {
    const { shape, values } = outputs[name];
    const tensor = { name, datatype: 'FP32', shape };
    if (!isBinary) return { ...tensor, data: values };
    const bytes = writeFloats(values);
    tensors.push(bytes);
    return { ...tensor, parameters: { binary_data_size: bytes.length } };
  });
  const json = Buffer.from(
    // no id where none was given
    JSON.stringify({ id, model_name: model.name, model_version: model.version, outputs: described }),
  );
  if (tensors.length === 0) return { headers: { 'Content-Type': 'application/json' }, body: json };
  return {
    headers: { 'Content-Type': 'application/octet-stream', [JSON_LENGTH_HEADER]: String(json.length) },
    body: Buffer.concat([json, ...tensors]),
  };
}

/**
 * The same for answers that differ in their numbers alone: their JSON is put together once.
 * @param like one of them
 * @param wanted all as bytes
 */
export function responseEncoder(
  like: InferAnswer,
  wanted: readonly WantedOutput[],
): (answer: InferAnswer) => InferResponse {
  const { headers, body } = encodeInferResponse(like, wanted);
  const json = body.subarray(0, Number(headers[JSON_LENGTH_HEADER]));
  return ({ outputs }) => ({
    headers,
    body: Buffer.concat([json, ...wanted.map(({ name }) => writeFloats(outputs[name].values))]),
  });
}
