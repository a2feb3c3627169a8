import type { Model } from '@hilum/model';
import { Problem, type Readiness } from '@hilum/runtime/core';
import type { ErrorRequestHandler, Express, Request, RequestHandler } from 'express';
import { bodyReader } from '../body-room.js';
import { countFailure } from '../classify-failure.js';
import { JSON_LENGTH_HEADER, bytesInputName, parseInferRequest, type InferRequest } from './infer-request.js';
import { encodeInferResponse } from './infer-response.js';
import { MAX_BODY_BYTES, TIMEOUT_HEADER, inferInTurn, type InferOptions } from './infer.js';

export interface OpenInferenceRouteOptions extends InferOptions {
  readiness: Readiness;
  /** of this service, not of the model */
  appVersion: string;
}

/** All paths of the protocol are below it. */
const ROOT = '/v2';

/**
 * Open Inference Protocol v2, REST with its binary tensor data extension: https://github.com/kserve/open-inference-protocol.
 * Scores without leaving anything behind: no result object, no event.
 */
export function addOpenInferenceRoutes(app: Express, options: OpenInferenceRouteOptions): void {
  const { model, readiness, room, metrics } = options;
  const failed: ErrorRequestHandler = (error: unknown, _request, _response, _next) => countFailure(error, metrics);
  const bodyOf = bodyReader(MAX_BODY_BYTES);
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
      (request, response) =>
        room.during(request.headers, MAX_BODY_BYTES, async (claim) => {
          const body = await bodyOf(request, claim);
          const read = (): InferRequest => parseInferRequest(body, request.get(JSON_LENGTH_HEADER), model.release);
          const { asked, answer } = await inferInTurn(read, request.get(TIMEOUT_HEADER), options);
          const { headers, body: encoded } = encodeInferResponse(answer, asked.outputs);
          response.set(headers).send(encoded);
        }),
    );
    app.all(`${path}/infer`, onlyTaken('POST'));
    app.all([path, `${path}/ready`], onlyTaken('GET, HEAD'));
  }
  app.all(['/v2', '/v2/health/live', '/v2/health/ready'], onlyTaken('GET, HEAD'));
  app.use(ROOT, failed);
}

/** For the methods that a path does not take. */
function onlyTaken(methods: string): RequestHandler {
  return (request, response) => {
    response.set('Allow', methods);
    throw new Problem(
      405,
      'HILUM_HTTP_METHOD_NOT_ALLOWED',
      'Method not allowed',
      `${request.method} is not taken here; send ${methods}`,
    );
  };
}

/** What the protocol wants in the body of an error: its clients show this text, and without it only that there was one. */
export function protocolErrorMembers(request: Request, problem: Problem): Record<string, string> {
  const isOurs = request.path === ROOT || request.path.startsWith(`${ROOT}/`);
  return isOurs ? { error: problem.message } : {};
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
