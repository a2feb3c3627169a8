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
  headers: Record<string, string>;
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
  const binary = new Map(
    wanted.filter(({ isBinary }) => isBinary).map(({ name }) => [name, writeFloats(outputs[name].values)]),
  );
  const json = Buffer.from(
    JSON.stringify({
      ...(id === undefined ? {} : { id }),
      model_name: model.name,
      model_version: model.version,
      outputs: wanted.map(({ name }) => {
        const { shape, values } = outputs[name];
        const bytes = binary.get(name);
        return {
          name,
          datatype: 'FP32',
          shape,
          ...(bytes === undefined ? { data: values } : { parameters: { binary_data_size: bytes.length } }),
        };
      }),
    }),
  );
  if (binary.size === 0) return { headers: { 'Content-Type': 'application/json' }, body: json };
  return {
    headers: { 'Content-Type': 'application/octet-stream', [JSON_LENGTH_HEADER]: String(json.length) },
    body: Buffer.concat([json, ...binary.values()]),
  };
}
