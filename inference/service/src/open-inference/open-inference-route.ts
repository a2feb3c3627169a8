import type { UnreadableReason } from '@hilum/contracts';
import { examine, prepareImage, probabilitiesOf, type DecodeLimits, type Model } from '@hilum/model';
import { Problem, type Readiness } from '@hilum/runtime/core';
import express, { type Express, type Request } from 'express';
import type { Permits } from '../permits.js';
import type { WorkDeadline } from '../work-deadline.js';
import { JSON_LENGTH_HEADER, bytesInputName, parseInferRequest, type InferRequest } from './infer-request.js';
import { encodeInferResponse, type InferAnswer } from './infer-response.js';

/** Larger images go through the store. */
const MAX_BODY = '32mb';

export interface OpenInferenceRouteOptions {
  model: Model;
  limits: DecodeLimits;
  permits: Permits;
  /** of one image's decoding, and of one prediction */
  deadline: WorkDeadline;
  readiness: Readiness;
  /** of this service, not of the model */
  appVersion: string;
}

/** Header with the seconds that a client is ready to wait for its turn. */
const TIMEOUT_HEADER = 'X-Request-Timeout';

/** All paths of the protocol are below it. */
const ROOT = '/v2';

/**
 * Open Inference Protocol v2, REST with its binary tensor data extension: https://github.com/kserve/open-inference-protocol.
 * Scores without leaving anything behind: no result object, no event.
 */
export function addOpenInferenceRoutes(app: Express, options: OpenInferenceRouteOptions): void {
  const { model, readiness, permits } = options;
  app.get('/v2', (_request, response) => {
    response.json({ name: 'hilum-inference', version: options.appVersion, extensions: ['binary_tensor_data'] });
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
      (request, _response, next) => {
        checkModel(request, model);
        next();
      },
      // clients say all kinds of things about their bodies, or nothing: the JSON's length alone tells what it is
      express.raw({ limit: MAX_BODY, type: () => true }),
      async (request, response) => {
        const received: unknown = request.body;
        const body = Buffer.isBuffer(received) ? received : Buffer.alloc(0);
        const asked = parseInferRequest(body, request.get(JSON_LENGTH_HEADER), model.release);
        const answer = await permits.run(() => infer(asked, options), { maxWaitMs: maxWaitMsOf(request) });
        const encoded = encodeInferResponse(answer, asked.outputs);
        response.set(encoded.headers).send(encoded.body);
      },
    );
  }
}

/** What the protocol wants in the body of an error: its clients show this text, and without it only that there was one. */
export function protocolErrorMembers(request: Request, problem: Problem): Record<string, string> {
  const isOurs = request.path === ROOT || request.path.startsWith(`${ROOT}/`);
  return isOurs ? { error: problem.message } : {};
}

/** What a client is ready to wait, undefined when it does not say. */
function maxWaitMsOf(request: Request): number | undefined {
  const text = request.get(TIMEOUT_HEADER);
  if (text === undefined) return undefined;
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return seconds * 1000;
  throw new Problem(
    400,
    'HILUM_INFER_REQUEST_INVALID',
    'Request not understood',
    `${TIMEOUT_HEADER}: must be a number of seconds above 0`,
  );
}

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

async function infer(asked: InferRequest, options: OpenInferenceRouteOptions): Promise<InferAnswer> {
  const { model, deadline } = options;
  const { release, reference } = model;
  const { input, batch } = asked;
  const logits =
    input.kind === 'tensor'
      ? (await deadline.run(() => model.predict(input.pixels, batch))).logits
      : await logitsOf(input.images, options);
  const positive = release.labels.indexOf(release.positiveLabel);
  return {
    id: asked.id,
    model: reference,
    outputs: {
      logits: { shape: [asked.batch, release.labels.length], values: logits.flatMap((row) => [...row]) },
      probability: {
        shape: [asked.batch],
        values: logits.map((row) => probabilitiesOf(row, release)[positive] ?? Number.NaN),
      },
    },
  };
}

/**
 * Of raw images, each through the gate as an image from the store is. One after the other, for one permit is one image's
 * memory.
 */
async function logitsOf(
  images: Buffer[],
  { model, limits, deadline }: OpenInferenceRouteOptions,
): Promise<Float32Array[]> {
  const logits: Float32Array[] = [];
  for (const [index, bytes] of images.entries()) {
    const prepared = await deadline.run(() => prepareImage(bytes, model, limits));
    if (prepared.kind === 'unreadable') throw unreadable(index, prepared.finding.reason);
    const examined = await deadline.run(() => examine(prepared.grey, model));
    if (examined.kind === 'not-chest') throw unreadable(index, examined.kind);
    logits.push(examined.logits);
  }
  return logits;
}

function unreadable(index: number, reason: UnreadableReason): Problem {
  return new Problem(
    422,
    'HILUM_INFER_IMAGE_UNREADABLE',
    'Image cannot be scored',
    `inputs.0.data.${index}: ${reason}`,
  );
}
