import { createHash } from 'node:crypto';
import {
  decide,
  derivedTraceId,
  heatMapKeyOf,
  imageIdOf,
  parseTraceparent,
  resultKeyOf,
  resultObject,
  studyIdOf,
  type CreatedObject,
  type DecisionThresholds,
  type GiveUpCause,
  type ModelReference,
  type ObjectIdentity,
  type SiteKey,
  type TimingsMs,
  type TraceContext,
  type UnreadableReason,
} from '@hilum/contracts';
import type { ImageScore } from '@hilum/model';
import { ObjectChangedError, type Logger, type ObjectHead } from '@hilum/runtime/core';
import type { InferenceMetrics } from '../inference-metrics.js';
import { findObject, type FoundObject } from './find-object.js';
import { priorityOf } from './priority-of-objects.js';
import type { ScoredPublisher } from './scored-publisher.js';
import type { ScoringStore } from './scoring-store.js';
import { scoredEventOf, storedOutcomesOf, type StoredOutcome } from './stored-outcome.js';

/** The loaded model, as far as scoring an object is concerned. */
export interface Scorer {
  reference: ModelReference;
  thresholds: DecisionThresholds;
  score(bytes: Uint8Array): Promise<ImageScore>;
}

export interface ScoringContext {
  siteName: string;
  siteKey: SiteKey;
  resultsBucket: string;
  maxBytes: number;
  store: ScoringStore;
  publisher: ScoredPublisher;
  scorer: Scorer;
  metrics: InferenceMetrics;
  log: Logger;
  /** wall clock, milliseconds since the epoch */
  now: () => number;
  /** monotonic milliseconds */
  monotonicMs: () => number;
}

/** What the event that named an object adds to it. */
export interface Notice {
  /** when the notification became durable, milliseconds since the epoch */
  atMs: number;
  trace: TraceContext | null;
  /** not null: scoring this image has failed for good, it is to become an outcome without another try */
  giveUp: GiveUpCause | null;
}

export type ObjectOutcome = 'scored' | 'republished' | 'gone';

/** An object that is overwritten this often while it is read is left to the next delivery. */
const MAX_ATTEMPTS = 3;

/**
 * Brings one object to its outcome: result object and heat map stored, then event published, both durable when this
 * resolves. Whatever is interrupted in between is finished by the next delivery, which finds the result object and only
 * publishes. Done twice it changes nothing: all keys and ids derive from the object and the model.
 * @throws StoreUnavailableError, KafkaUnavailableError, ObjectChangedError: come again
 */
export async function scoreObject(
  object: CreatedObject,
  notice: Notice,
  context: ScoringContext,
): Promise<ObjectOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await scoreOnce(object, notice, context);
    } catch (error) {
      if (!(error instanceof ObjectChangedError) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function scoreOnce(object: CreatedObject, notice: Notice, context: ScoringContext): Promise<ObjectOutcome> {
  const { store, metrics, log } = context;
  const begunAt = context.now();
  const began = context.monotonicMs();
  const found = await findObject(object, store);
  if (found.kind === 'gone') return goneOutcome(object, context);
  const { head } = found;

  const identity = { bucket: object.bucket, key: object.key, versionId: head.versionId, eTag: head.eTag };
  const imageId = imageIdOf(context.siteKey, identity);
  const knownOutcomes = (): Promise<StoredOutcome[]> =>
    storedOutcomesOf(imageId, store, context.resultsBucket, () => metrics.failed('stored-outcome'));
  const known = await knownOutcomes();
  if (known.length > 0) return republish(known, context);

  const whyUntouched = reasonToLeaveUntouched(found, notice, context);
  const read = whyUntouched === null ? await readAndScore(identity, began, context) : untouched(whyUntouched);
  if (read === null) return goneOutcome(object, context);
  const { score, fetchMs, sha256 } = read;
  if (score.isHeatMapMissing) metrics.failed('explain');
  const uploadedAtMs = uploadTimeOf(head, object, notice.atMs);
  const { reference, thresholds } = context.scorer;
  const timingsMs: TimingsMs = {
    notify: Math.max(0, notice.atMs - uploadedAtMs),
    queue: Math.max(0, begunAt - notice.atMs),
    fetch: fetchMs,
    ...score.timingsMs,
    publish: null,
  };
  const outcome: StoredOutcome = {
    resultKey: resultKeyOf(imageId, reference.digest),
    result: resultObject.parse({
      imageId,
      studyId: studyIdOf(context.siteKey, identity),
      source: {
        ...identity,
        bytes: head.bytes,
        contentType: head.contentType,
        sha256,
      },
      ...decide(score.finding, thresholds),
      priority: priorityOf(head),
      model: reference,
      input: score.input,
      heatMapKey: score.heatMap === null ? null : heatMapKeyOf(imageId, reference.digest),
      traceId: traceOf(head, notice)?.traceId ?? derivedTraceId(context.siteKey, identity),
      timingsMs,
      uploadedAt: new Date(uploadedAtMs).toISOString(),
      scoredAt: new Date(context.now()).toISOString(),
    }),
  };
  if (outcome.result.reason === 'scoring-failed') {
    // Another delivery of the same image, by its other name or of a sender that gave up too early, may just have scored it.
    const meanwhile = await knownOutcomes();
    if (meanwhile.length > 0) return republish(meanwhile, context);
  }
  if (notice.giveUp !== null) log.error({ imageId, cause: notice.giveUp }, 'an image was given up by its sender');
  await publishOutcome(outcome, score.heatMap, context);
  return 'scored';
}

async function publishOutcome(outcome: StoredOutcome, heatMap: Buffer | null, context: ScoringContext): Promise<void> {
  const { store, resultsBucket, metrics, log } = context;
  const { result, resultKey } = outcome;
  const began = context.monotonicMs();
  // the heat map first: once the result object is there the image counts as scored, and it names the heat map
  if (result.heatMapKey !== null && heatMap !== null)
    await store.put(resultsBucket, result.heatMapKey, heatMap, { contentType: 'image/png' });
  await store.put(resultsBucket, resultKey, Buffer.from(JSON.stringify(result)), { contentType: 'application/json' });
  const event = scoredEventOf(outcome, context, context.monotonicMs() - began);
  await context.publisher.publish(event);
  metrics.observe(event.data.timingsMs);
  metrics.outcomes.inc({ decision: result.decision, reason: result.reason ?? 'none' });
  const { imageId, studyId, traceId, decision, reason } = result;
  log.info({ imageId, studyId, traceId, decision, reason, timingsMs: event.data.timingsMs }, 'scored');
}

async function republish(known: StoredOutcome[], context: ScoringContext): Promise<'republished'> {
  for (const outcome of known) {
    await context.publisher.publish(scoredEventOf(outcome, context, null));
    context.metrics.republished.inc();
    const { imageId, studyId, traceId } = outcome.result;
    context.log.debug({ imageId, studyId, traceId }, 'published an earlier outcome again');
  }
  return 'republished';
}

/** Deleted since it was notified, or never there by this name: nothing is left to score that a retry would bring. */
function goneOutcome(object: CreatedObject, { metrics, log, siteKey }: ScoringContext): 'gone' {
  metrics.gone.inc();
  log.warn({ studyId: studyIdOf(siteKey, object) }, 'an object is gone before it was scored');
  return 'gone';
}

interface ReadImage {
  score: ImageScore;
  /** null when it was not fetched */
  fetchMs: number | null;
  sha256: string | null;
}

/** Null when the object is gone. */
async function readAndScore(
  { bucket, key, eTag, versionId }: ObjectIdentity,
  began: number,
  { store, scorer, monotonicMs }: ScoringContext,
): Promise<ReadImage | null> {
  const bytes = await store.get(bucket, key, { eTag, versionId });
  if (bytes === null) return null;
  const fetchMs = monotonicMs() - began;
  // before they are given away
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { score: await scorer.score(bytes), fetchMs, sha256 };
}

/** Null in the ordinary case: it is to be fetched and scored. */
function reasonToLeaveUntouched(
  { kind, head }: Exclude<FoundObject, { kind: 'gone' }>,
  { giveUp }: Notice,
  { maxBytes }: ScoringContext,
): UnreadableReason | null {
  if (head.bytes > maxBytes) return 'too-large';
  return kind === 'unreachable' || giveUp !== null ? 'scoring-failed' : null;
}

/** Not fetched at all: what it is can only be known by reading it. */
function untouched(reason: UnreadableReason): ReadImage {
  const score: ImageScore = {
    finding: { kind: 'unreadable', reason },
    input: { kind: 'unknown', width: null, height: null, bits: null, stats: null },
    heatMap: null,
    isHeatMapMissing: false,
    timingsMs: { decode: null, predict: null, explain: null },
  };
  return { score, fetchMs: null, sha256: null };
}

function traceOf(head: ObjectHead, notice: Notice): TraceContext | null {
  return parseTraceparent(head.metadata['traceparent']) ?? notice.trace;
}

/** How far a store's notification may lag behind its own LastModified and still be of the same write. */
const SAME_WRITE_MS = 2_000;

/**
 * LastModified as HTTP tells it has whole seconds, and so has the time that some stores notify with (VersityGW 1.8). Where the
 * notification has milliseconds they are taken. Else the upload was some time in that second, and before its notification was
 * durable, which takes some 20 ms while the broker is well: the latest moment that both allow is off by no more than that, where the
 * second's beginning would make latencies of a tenth of a second half a second longer.
 */
function uploadTimeOf(head: ObjectHead, { eventTime }: CreatedObject, noticedAtMs: number): number {
  const lastModified = head.lastModified.getTime();
  const told = Date.parse(eventTime ?? '');
  const isSameWrite = told >= lastModified && told < lastModified + SAME_WRITE_MS;
  const second = isSameWrite ? told : lastModified;
  if (second % 1000 !== 0) return second;
  return Math.max(second, Math.min(noticedAtMs, second + 999));
}
