import type { UnreadableReason } from '@hilum/contracts';
import { examineImage, probabilitiesOf, type DecodeLimits, type Model } from '@hilum/model';
import { Problem } from '@hilum/runtime/core';
import type { BodyRoom } from '../body-room.js';
import type { InferenceMetrics } from '../inference-metrics.js';
import type { Permits } from '../permits.js';
import type { WorkDeadline } from '../work-deadline.js';
import type { ImageFile, InferRequest } from './infer-request.js';
import type { InferAnswer } from './infer-response.js';

/** Larger images go through the store. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Header with the seconds that a client is ready to wait for its turn. */
export const TIMEOUT_HEADER = 'X-Request-Timeout';

export interface InferOptions {
  model: Model;
  limits: DecodeLimits;
  permits: Permits;
  room: BodyRoom;
  metrics: Pick<InferenceMetrics, 'failed' | 'observe'>;
  /** of one image's decoding and prediction, and of one prediction of tensors */
  deadline: WorkDeadline;
}

/**
 * Reads a request and does what it asks for when its turn comes.
 * @param read not called before: what has been read takes more memory than what was received
 * @param timeout the value of {@link TIMEOUT_HEADER}, undefined when the client does not say
 */
export async function inferInTurn(
  read: () => InferRequest,
  timeout: string | undefined,
  options: InferOptions,
): Promise<{ asked: InferRequest; answer: InferAnswer }> {
  return options.permits.run(
    async () => {
      const asked = read();
      return { asked, answer: await infer(asked, options) };
    },
    { maxWaitMs: maxWaitMsOf(timeout) },
  );
}

/** What a client is ready to wait, undefined when it does not say. */
function maxWaitMsOf(timeout: string | undefined): number | undefined {
  if (timeout === undefined) return undefined;
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(timeout) ? Number(timeout) : 0;
  if (seconds > 0) return seconds * 1000;
  throw new Problem(
    400,
    'HILUM_INFER_REQUEST_INVALID',
    'Request not understood',
    `${TIMEOUT_HEADER}: must be a number of seconds above 0`,
  );
}

async function infer(asked: InferRequest, options: InferOptions): Promise<InferAnswer> {
  const { model, deadline } = options;
  const { release, reference } = model;
  const { input, batch } = asked;
  const logits =
    input.kind === 'tensor'
      ? (await deadline.run(() => model.predict(input.pixels, batch, false))).logits
      : await logitsOf(input.images, options);
  const positive = release.labels.indexOf(release.positiveLabel);
  return {
    id: asked.id,
    model: reference,
    outputs: {
      logits: { shape: [asked.batch, release.labels.length], values: logits.flatMap((row) => Array.from(row)) },
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
  images: readonly ImageFile[],
  { model, limits, deadline, metrics }: InferOptions,
): Promise<Float32Array[]> {
  const logits: Float32Array[] = [];
  for (const [index, bytes] of images.entries()) {
    const examination = await deadline.run(() => examineImage(bytes, model, { limits, isPictureWanted: false }));
    if (examination.kind === 'unreadable') throw unreadable(index, examination.reason);
    metrics.observe({ decode: examination.decodeMs, predict: examination.predictMs });
    logits.push(examination.examined.logits);
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
