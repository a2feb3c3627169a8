import {
  derivedTraceId,
  childSpan,
  formatTraceparent,
  imageIdOf,
  isProbeKey,
  notificationFor,
  siteTopics,
  type KeyEncoding,
  type ObjectIdentity,
  type SiteKey,
} from '@hilum/contracts';
import type { KafkaMessage, ListedObject, ObjectStore, Publisher } from '@hilum/runtime';

/** Port: which images are done. */
export interface OutcomeIndex {
  withOutcome(imageIds: readonly string[]): Promise<Set<string>>;
}

export interface Backlog {
  /** images in the intake bucket without an outcome */
  images: number;
  /** 0 when there are none */
  oldestAgeSeconds: number;
}

/** What is younger is probably on its way; the store's own notification is still the quickest. */
const GRACE_MS = 30_000;
/** At a start nothing is known of what was lost while nobody listened, so hardly any patience. */
const FIRST_GRACE_MS = 5_000;
const FIRST_INTERVAL_MS = 60_000;
const MAX_INTERVAL_MS = 30 * 60_000;
/** Beyond so many images that wait, no more are queued again: they follow when some of these are done. */
const MAX_REMEMBERED = 50_000;
const PUBLISH_BATCH = 500;

interface Attempt {
  count: number;
  /** monotonic */
  nextAtMs: number;
}

/**
 * Notifications are hints: a store may lose them, send them twice or not at all. The bucket itself is the truth. This
 * lists it and puts a notification of our own into the queue for every image that has no outcome, with growing
 * intervals, since the image may just be waiting its turn. The scoring service takes a second notification of an image
 * as a repeat.
 */
export class Reconciler {
  readonly #objects: ObjectStore;
  readonly #outcomes: OutcomeIndex;
  readonly #publisher: Publisher;
  readonly #bucket: string;
  readonly #siteKey: SiteKey;
  readonly #keyEncoding: KeyEncoding;
  readonly #now: () => number;
  readonly #monotonicMs: () => number;
  /** Images of the last round without an outcome that were queued again; forgotten at a restart, which is harmless. */
  #attempts = new Map<string, Attempt>();
  #isFirstRound = true;
  #backlog: Backlog = { images: 0, oldestAgeSeconds: 0 };

  constructor(options: {
    objects: ObjectStore;
    outcomes: OutcomeIndex;
    publisher: Publisher;
    bucket: string;
    siteKey: SiteKey;
    keyEncoding: KeyEncoding;
    /** milliseconds since the epoch, to hold against the store's times */
    now?: () => number;
    /** for our own intervals, which a clock that is set must not stretch */
    monotonicMs?: () => number;
  }) {
    this.#objects = options.objects;
    this.#outcomes = options.outcomes;
    this.#publisher = options.publisher;
    this.#bucket = options.bucket;
    this.#siteKey = options.siteKey;
    this.#keyEncoding = options.keyEncoding;
    this.#now = options.now ?? Date.now;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
  }

  /** As of the last complete round. */
  get backlog(): Backlog {
    return this.#backlog;
  }

  /**
   * Goes through the bucket once; how many images were queued again.
   * @throws when store, database or broker is away; the next round begins anew
   */
  async round(signal: AbortSignal): Promise<number> {
    const nowMs = this.#now();
    const monotonicMs = this.#monotonicMs();
    const graceMs = this.#isFirstRound ? FIRST_GRACE_MS : GRACE_MS;
    const attempts = new Map<string, Attempt>();
    const backlog: Backlog = { images: 0, oldestAgeSeconds: 0 };
    let queued = 0;
    for await (const page of this.#objects.listPages(this.#bucket)) {
      if (signal.aborted) return queued;
      const due: ObjectIdentityWithTime[] = [];
      for (const image of await this.#withoutOutcome(page)) {
        const ageMs = nowMs - image.storedAt.getTime();
        backlog.images += 1;
        backlog.oldestAgeSeconds = Math.max(backlog.oldestAgeSeconds, ageMs / 1000);
        // one from the future was stored before a clock was set back: to wait for that time could be to wait for days
        if (Math.abs(ageMs) < graceMs || attempts.size >= MAX_REMEMBERED) continue;
        const last = this.#attempts.get(image.imageId);
        if (last !== undefined && last.nextAtMs > monotonicMs) {
          attempts.set(image.imageId, last);
          continue;
        }
        due.push(image);
        attempts.set(image.imageId, nextAttempt(last, monotonicMs));
      }
      await this.#queueAgain(due);
      queued += due.length;
    }
    this.#attempts = attempts;
    this.#backlog = backlog;
    this.#isFirstRound = false;
    return queued;
  }

  async #withoutOutcome(page: readonly ListedObject[]): Promise<ObjectIdentityWithTime[]> {
    const stored = page.filter(({ key }) => !isProbeKey(key));
    const images = stored.map(({ key, eTag, versionId, bytes, lastModified }) => {
      const identity = { bucket: this.#bucket, key, versionId, eTag };
      return { ...identity, imageId: imageIdOf(this.#siteKey, identity), bytes, storedAt: lastModified };
    });
    const done = await this.#outcomes.withOutcome(images.map(({ imageId }) => imageId));
    return images.filter(({ imageId }) => !done.has(imageId));
  }

  async #queueAgain(images: readonly ObjectIdentityWithTime[]): Promise<void> {
    for (let start = 0; start < images.length; start += PUBLISH_BATCH) {
      const messages = images.slice(start, start + PUBLISH_BATCH).map((image) => this.#notification(image));
      await this.#publisher.publish(siteTopics.uploads, messages);
    }
  }

  /** The trace is the one that the scoring service derives as well; a trace in the object's metadata goes before it. */
  #notification(image: ObjectIdentityWithTime): KafkaMessage {
    const { bucket, key, versionId, eTag, bytes, storedAt } = image;
    const object = { bucket, key, versionId, eTag, eventTime: storedAt.toISOString(), listedBytes: bytes };
    return {
      key: null,
      value: notificationFor(object, this.#keyEncoding),
      headers: { traceparent: formatTraceparent(childSpan({ traceId: derivedTraceId(this.#siteKey, image) })) },
    };
  }
}

interface ObjectIdentityWithTime extends ObjectIdentity {
  imageId: string;
  bytes: number;
  storedAt: Date;
}

function nextAttempt(last: Attempt | undefined, monotonicMs: number): Attempt {
  const count = (last?.count ?? 0) + 1;
  return { count, nextAtMs: monotonicMs + Math.min(FIRST_INTERVAL_MS * 2 ** (count - 1), MAX_INTERVAL_MS) };
}
