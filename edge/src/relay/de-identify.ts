import {
  childSpan,
  hubBoundEvents,
  pseudonymOf,
  scoreEventIdOf,
  siteTopics,
  sourceOf,
  type CloudEvent,
  type HubBoundTopic,
  type ResultRecorded,
  type SiteHeartbeat,
  type SiteKey,
  type StudyScored,
  type TraceContext,
} from '@hilum/contracts';
import { coarseTime, type TimePrecision } from './time-precision-rule.js';

/** An event that may leave the hospital, and where it goes. */
export interface HubBoundEvent {
  topic: HubBoundTopic;
  key: string;
  event: CloudEvent;
}

/**
 * The one place where something is made that leaves the hospital. Every field is named here, one by one: nothing is
 * copied whole, so a field added to a local event does not leave by accident. What is made is then held against the
 * closed schema of the contract, and an error is thrown rather than anything sent that does not fit it.
 */
export class DeIdentifier {
  readonly #site: string;
  readonly #siteKey: SiteKey;
  readonly #precision: TimePrecision;

  constructor(options: { site: string; siteKey: SiteKey; precision: TimePrecision }) {
    this.#site = options.site;
    this.#siteKey = options.siteKey;
    this.#precision = options.precision;
  }

  /** @param supersedes event id of the image's previous result, by another model, or null */
  resultRecorded(scored: StudyScored, place: { sequence: number; supersedes: string | null }): HubBoundEvent {
    const studyPseudonym = pseudonymOf(this.#siteKey, 'study', scored.studyId);
    const imagePseudonym = pseudonymOf(this.#siteKey, 'image', scored.imageId);
    const { model, input, timingsMs } = scored;
    const scoredAt = coarseTime(scored.scoredAt, this.#precision);
    const data: ResultRecorded = {
      site: this.#site,
      sequence: place.sequence,
      studyPseudonym,
      imagePseudonym,
      decision: scored.decision,
      probability: scored.probability,
      reason: scored.reason,
      priority: scored.priority,
      model: { name: model.name, version: model.version, digest: model.digest },
      input: {
        kind: input.kind,
        width: input.width,
        height: input.height,
        bits: input.bits,
        stats:
          input.stats === null
            ? null
            : { mean: input.stats.mean, std: input.stats.std, min: input.stats.min, max: input.stats.max },
      },
      timingsMs: {
        notify: timingsMs.notify,
        queue: timingsMs.queue,
        fetch: timingsMs.fetch,
        decode: timingsMs.decode,
        predict: timingsMs.predict,
        explain: timingsMs.explain,
        publish: timingsMs.publish,
      },
      uploadedAt: coarseTime(scored.uploadedAt, this.#precision),
      scoredAt,
      supersedes: place.supersedes,
    };
    return this.#checked(siteTopics.results, studyPseudonym, {
      id: scoreEventIdOf(this.#siteKey, scored.imageId, scored.model.digest),
      time: scoredAt,
      subject: imagePseudonym,
      trace: childSpan({ traceId: scored.traceId }),
      data,
    });
  }

  heartbeat(data: Omit<SiteHeartbeat, 'site'>): HubBoundEvent {
    const { status, model } = data;
    const beat: SiteHeartbeat = {
      site: this.#site,
      sequence: data.sequence,
      at: data.at,
      backlog: data.backlog,
      oldestUnscoredAgeSeconds: data.oldestUnscoredAgeSeconds,
      deadLetters: data.deadLetters,
      outboxPending: data.outboxPending,
      scored: data.scored,
      unreadable: data.unreadable,
      latencyBuckets: data.latencyBuckets.map(({ leMs, count }) => ({ leMs, count })),
      model: model === null ? null : { name: model.name, version: model.version, digest: model.digest },
      appVersion: data.appVersion,
      status: {
        store: status.store,
        kafka: status.kafka,
        database: status.database,
        inference: status.inference,
      },
    };
    return this.#checked(siteTopics.heartbeat, this.#site, {
      id: `${this.#site}/heartbeat/${data.at}`,
      time: data.at,
      subject: this.#site,
      trace: null,
      data: beat,
    });
  }

  #checked(
    topic: HubBoundTopic,
    key: string,
    parts: { id: string; time: string; subject: string; trace: TraceContext | null; data: unknown },
  ): HubBoundEvent {
    const { type, schema } = hubBoundEvents[topic];
    return {
      topic,
      key,
      event: {
        id: parts.id,
        source: sourceOf(this.#site, 'edge'),
        type,
        time: parts.time,
        subject: parts.subject,
        trace: parts.trace,
        data: schema.parse(parts.data),
      },
    };
  }
}
