import { inputTensorOf, prepareImage, probabilitiesOf, type DecodeLimits, type Model } from '@hilum/model';
import { Problem, type Readiness } from '@hilum/runtime';
import express, { type Express, type Request } from 'express';
import type { Permits } from '../permits.js';
import {
  binaryUnsupported,
  bytesInputName,
  parseInferRequest,
  type InferRequest,
  type OutputName,
} from './infer-request.js';

/** Larger images go through the store. */
const MAX_BODY = '32mb';

export interface OpenInferenceRouteOptions {
  model: Model;
  limits: DecodeLimits;
  permits: Permits;
  readiness: Readiness;
  /** of this service, not of the model */
  appVersion: string;
}

/**
 * Open Inference Protocol v2, REST with JSON: https://github.com/kserve/open-inference-protocol. Scores without leaving
 * anything behind: no result object, no event.
 */
export function addOpenInferenceRoutes(app: Express, options: OpenInferenceRouteOptions): void {
  const { model, readiness, permits } = options;
  app.get('/v2', (_request, response) => {
    response.json({ name: 'hilum-inference', version: options.appVersion, extensions: [] });
  });
  app.get('/v2/health/live', (_request, response) => {
    response.json({ live: true });
  });
  app.get('/v2/health/ready', (_request, response) => {
    response.status(readiness.isReady ? 200 : 503).json({ ready: readiness.isReady });
  });
  for (const path of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    app.get(path, (request, response) => {
      checkModel(request, model);
      response.json(metadataOf(model));
    });
    app.get(`${path}/ready`, (request, response) => {
      checkModel(request, model);
      response.status(readiness.isReady ? 200 : 503).json({ name: model.reference.name, ready: readiness.isReady });
    });
    app.post(
      `${path}/infer`,
      refuseBinary,
      express.json({ limit: MAX_BODY, type: () => true }),
      async (request, response) => {
        checkModel(request, model);
        const asked = parseInferRequest(request.body, model.release);
        const answer = await permits.run(() => infer(asked, options));
        response.json(answer);
      },
    );
  }
}

const refuseBinary: express.RequestHandler = (request, _response, next) => {
  if (request.get('inference-header-content-length') !== undefined || request.is('application/octet-stream') !== false)
    throw binaryUnsupported();
  next();
};

function checkModel(request: Request, { reference }: Model): void {
  const { name, version } = request.params;
  if (name === reference.name && (version === undefined || version === reference.version)) return;
  throw new Problem(
    404,
    'HILUM_INFER_MODEL_UNKNOWN',
    'No such model',
    `this service has ${reference.name} ${reference.version}`,
  );
}

function metadataOf({ release, reference }: Model) {
  const { name, channels, height, width } = release.input;
  return {
    name: reference.name,
    versions: [reference.version],
    platform: 'onnxruntime_onnx',
    // one of the two
    inputs: [
      { name, datatype: 'FP32', shape: [-1, channels, height, width] },
      { name: bytesInputName(release), datatype: 'BYTES', shape: [-1] },
    ],
    outputs: [
      { name: 'logits', datatype: 'FP32', shape: [-1, release.labels.length] },
      { name: 'probability', datatype: 'FP32', shape: [-1] },
    ],
  };
}

async function infer(asked: InferRequest, { model, limits }: OpenInferenceRouteOptions) {
  const { release, reference } = model;
  const pixels = asked.input.kind === 'tensor' ? asked.input.pixels : await tensorOf(asked.input.images, model, limits);
  const { logits } = await model.predict(pixels, asked.batch);
  const positive = release.labels.indexOf(release.positiveLabel);
  const outputs: Record<OutputName, { shape: number[]; data: number[] }> = {
    logits: { shape: [asked.batch, release.labels.length], data: logits.flatMap((row) => [...row]) },
    probability: {
      shape: [asked.batch],
      data: logits.map((row) => probabilitiesOf(row, release)[positive] ?? Number.NaN),
    },
  };
  return {
    ...(asked.id === undefined ? {} : { id: asked.id }),
    model_name: reference.name,
    model_version: reference.version,
    outputs: asked.outputs.map((name) => ({ name, datatype: 'FP32', ...outputs[name] })),
  };
}

/** One after the other, for one permit is one image's memory. */
async function tensorOf(images: Buffer[], model: Model, limits: DecodeLimits): Promise<Float32Array> {
  const tensors: Float32Array[] = [];
  for (const [index, bytes] of images.entries()) {
    const prepared = await prepareImage(bytes, model, limits);
    if (prepared.kind === 'unreadable')
      throw new Problem(
        422,
        'HILUM_INFER_IMAGE_UNREADABLE',
        'Image cannot be scored',
        `inputs.0.data.${index}: ${prepared.finding.reason}`,
      );
    tensors.push(inputTensorOf(prepared.grey, model.release));
  }
  const all = new Float32Array(tensors.reduce((length, tensor) => length + tensor.length, 0));
  let offset = 0;
  for (const tensor of tensors) {
    all.set(tensor, offset);
    offset += tensor.length;
  }
  return all;
}
