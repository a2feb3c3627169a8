import {
  imageIdOf,
  normaliseNotification,
  siteTopics,
  studyIdOf,
  type NotificationOptions,
  type SiteKey,
} from '@hilum/contracts';
import type { ReceivedMessage } from '@hilum/runtime';
import { originalOf, reasonOf, type DeadLetterPublisher } from '../dispatcher/dead-letter.js';
import { formatDeadLetterId, isWithin, type DeadLetterId } from './dead-letter-id.js';
import type { DeadLetterTopic } from './dead-letter-topic.js';
import { firstIds, rangesAfter, rangesAround } from './page-rule.js';
import type { SettledState, Settlement, SettlementStore } from './settlement-store.js';

export const DEAD_LETTER_STATES = ['open', 'resent', 'discarded'] as const;

/**
 * A notification that could not be delivered, times ISO 8601. Without the key of the object it names: keys of foreign
 * systems carry names.
 */
export interface DeadLetter {
  id: string;
  state: (typeof DEAD_LETTER_STATES)[number];
  /** why it could not be delivered; null where the record does not say */
  code: string | null;
  /** of the scoring service's last answer; null when there was none */
  status: number | null;
  detail: string | null;
  /** when it was given up */
  at: string;
  /** how many objects it names; 0 when it cannot be read */
  objects: number;
  /** of the first of them; the imageId is null when the notification does not tell enough for it */
  imageId: string | null;
  studyId: string | null;
  /** what a person did about it; null while it is open */
  settled: { by: string; at: string; why: string | null } | null;
}

export type SettleOutcome =
  | { kind: 'settled'; settlement: Settlement }
  | { kind: 'settled-before'; settlement: Settlement }
  /** not in the topic: never there, or expired */
  | { kind: 'unknown' };

export interface DeadLettersOptions {
  topic: DeadLetterTopic;
  settlements: SettlementStore;
  uploads: DeadLetterPublisher;
  notification: NotificationOptions;
  siteKey: SiteKey;
  /** milliseconds since the epoch */
  now?: () => number;
}

/**
 * A record that was settled after the topic's ends were asked for may lie behind them, so what was settled just now is
 * not judged by them.
 */
const FORGET_AFTER_MS = 60_000;

/** What could not be delivered, and what a person can do about it. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  readonly #now: () => number;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * How many nobody has settled yet: from the topic's ends and the settled, without reading a record. Forgets the
   * settled that have expired; and all of them when the topic begins anew, for then they speak of other records.
   */
  async openCount(): Promise<number> {
    const { topic, settlements } = this.#options;
    const ranges = await topic.ranges();
    await settlements.forgetOutside(ranges, new Date(this.#now() - FORGET_AFTER_MS));
    const held = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    return held === 0 ? 0 : Math.max(0, held - (await settlements.countSettled(ranges)));
  }

  /**
   * By partition and offset, so oldest first within a partition.
   * @param after the last one of the page before
   */
  async list(
    state: 'open' | 'all',
    after: DeadLetterId | null,
    limit: number,
  ): Promise<{ items: DeadLetter[]; last: DeadLetterId | null }> {
    const { topic, settlements } = this.#options;
    const ranges = rangesAfter(await topic.ranges(), after);
    const ids = state === 'open' ? await settlements.open(ranges, limit) : firstIds(ranges, limit);
    const settled = new Map((await settlements.settled(ids)).map((one) => [formatDeadLetterId(one), one]));
    const wanted = new Set(ids.map(formatDeadLetterId));
    const found = new Map<string, DeadLetter>();
    await topic.read(rangesAround(ids), (record) => {
      const id = formatDeadLetterId({ partition: record.partition, offset: Number(record.offset) });
      if (wanted.has(id)) found.set(id, this.#deadLetterOf(id, record, settled.get(id)));
    });
    return {
      items: [...wanted].flatMap((id) => found.get(id) ?? []),
      last: ids.length === limit ? (ids.at(-1) ?? null) : null,
    };
  }

  /** Puts the record back into the queue as it came. If it fails again it comes back as a new dead letter. */
  async resend(id: DeadLetterId, actorRole: string): Promise<SettleOutcome> {
    return this.#settle(id, { state: 'resent', why: null, actorRole }, async () => {
      const { topic, uploads } = this.#options;
      const records: ReceivedMessage[] = [];
      await topic.read(rangesAround([id]), (record) => records.push(record));
      const [record] = records;
      if (record === undefined) return null;
      return () => uploads.publish(siteTopics.uploads, [originalOf(record)]);
    });
  }

  /** Leaves the record undelivered for good. @param why shown to whoever asks later; no patient data */
  async discard(id: DeadLetterId, actorRole: string, why: string): Promise<SettleOutcome> {
    return this.#settle(id, { state: 'discarded', why, actorRole }, () => Promise.resolve(() => Promise.resolve()));
  }

  /** @param prepare gives the work that settles it, or null when the record is gone */
  async #settle(
    id: DeadLetterId,
    what: { state: SettledState; why: string | null; actorRole: string },
    prepare: () => Promise<(() => Promise<void>) | null>,
  ): Promise<SettleOutcome> {
    const { topic, settlements } = this.#options;
    const [before] = await settlements.settled([id]);
    if (before !== undefined) return { kind: 'settled-before', settlement: before };
    if (!isWithin(await topic.ranges(), id)) return { kind: 'unknown' };
    const work = await prepare();
    if (work === null) return { kind: 'unknown' };
    const settlement = { ...what, at: new Date(this.#now()) };
    const meanwhile = await settlements.settle(id, settlement, work);
    return meanwhile === null ? { kind: 'settled', settlement } : { kind: 'settled-before', settlement: meanwhile };
  }

  #deadLetterOf(id: string, record: ReceivedMessage, settlement: Settlement | undefined): DeadLetter {
    const { notification, siteKey } = this.#options;
    const { at, ...reason } = reasonOf(record);
    const read = normaliseNotification(record.value, notification);
    const objects = read.kind === 'objects' ? read.objects : [];
    const [object] = objects;
    const mark = object?.versionId ?? object?.eTag ?? null;
    return {
      id,
      state: settlement?.state ?? 'open',
      ...reason,
      at: at ?? new Date(record.timestampMs).toISOString(),
      objects: objects.length,
      imageId:
        object === undefined || mark === null ? null : imageIdOf(siteKey, { ...object, eTag: object.eTag ?? mark }),
      studyId: object === undefined ? null : studyIdOf(siteKey, object),
      settled:
        settlement === undefined
          ? null
          : { by: settlement.actorRole, at: settlement.at.toISOString(), why: settlement.why },
    };
  }
}
