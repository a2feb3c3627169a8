import { timeLimited } from '@hilum/runtime';
import { siteStatusData, type SiteFacts } from './site-status-rule.js';
import type { StatusPublisher } from './status-publisher.js';

/** Each asks one part of the site; what throws or does not answer in time is not known. */
export interface SiteQuestions {
  anonymousApi: Question<NonNullable<SiteFacts['anonymousApi']>>;
  anonymousBuckets: Question<NonNullable<SiteFacts['anonymousBuckets']>>;
  areBucketsEncrypted: Question<boolean | null>;
  database: Question<DatabaseFacts>;
  scoring: Question<ScoringFacts>;
  /** seconds to the clock of the store */
  storeClockOffset: Question<number>;
}

type Question<Answer> = (signal: AbortSignal) => Promise<Answer>;

export interface DatabaseFacts {
  isTls: boolean;
  archivedAt: Date | 'never';
  clockOffsetSeconds: number;
}

export interface ScoringFacts {
  /** null when it does not tell */
  modelDigest: string | null;
  isTelemetryOff: boolean | null;
  /** null when it does not tell the time */
  clockOffsetSeconds: number | null;
}

export interface SiteStatusOptions {
  questions: SiteQuestions;
  /** as this process is set up */
  connections: Pick<SiteFacts, 'isBrokerMutualTls' | 'isStoreTls'>;
  /** read anew each time: certificates are renewed while this runs */
  brokerCertificateExpiresAt: () => Date | null;
  /** as last known; null before it was read */
  relayLagSeconds: () => number | null;
  sessionSeconds: number;
  publisher: StatusPublisher;
  site: string;
  appVersion: string;
  questionTimeoutMs: number;
  now?: () => Date;
}

/**
 * Tells the cluster what only the running site knows, for policies to judge. Every question has its own short time, so
 * that a part that is away makes its own facts unknown and no others late.
 */
export class SiteStatus {
  readonly #options: SiteStatusOptions;
  readonly #now: () => Date;

  constructor(options: SiteStatusOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  /** Asks all there is to ask and publishes it. @throws Error when the publisher does not take it */
  async tell(signal: AbortSignal): Promise<void> {
    const { publisher, site, appVersion } = this.#options;
    const facts = await this.#facts(signal);
    await publisher.publish(siteStatusData(facts, { site, appVersion, now: this.#now() }), signal);
  }

  async #facts(signal: AbortSignal): Promise<SiteFacts> {
    const { questions, connections, brokerCertificateExpiresAt, relayLagSeconds, sessionSeconds } = this.#options;
    const ask = <Found>(question: Question<Found>): Promise<Found | null> => this.#ask(question, signal);
    const [anonymousApi, anonymousBuckets, areBucketsEncrypted, database, scoring, storeClockOffset] =
      await Promise.all([
        ask(questions.anonymousApi),
        ask(questions.anonymousBuckets),
        ask(questions.areBucketsEncrypted),
        ask(questions.database),
        ask(questions.scoring),
        ask(questions.storeClockOffset),
      ]);
    return {
      ...connections,
      anonymousApi,
      anonymousBuckets,
      areBucketsEncrypted,
      isDatabaseTls: database?.isTls ?? null,
      databaseArchivedAt: database?.archivedAt ?? null,
      modelDigest: scoring?.modelDigest ?? null,
      isTelemetryOff: scoring?.isTelemetryOff ?? null,
      clockOffsetSeconds: largest([database?.clockOffsetSeconds, scoring?.clockOffsetSeconds, storeClockOffset]),
      brokerCertificateExpiresAt: brokerCertificateExpiresAt(),
      relayLagSeconds: relayLagSeconds(),
      sessionSeconds,
    };
  }

  async #ask<Found>(question: Question<Found>, signal: AbortSignal): Promise<Found | null> {
    const within = timeLimited(signal, this.#options.questionTimeoutMs);
    const late = new Promise<null>((resolve) => within.addEventListener('abort', () => resolve(null), { once: true }));
    return Promise.race([question(within).catch(() => null), late]);
  }
}

function largest(offsets: readonly (number | null | undefined)[]): number | null {
  const known = offsets.filter((offset) => offset !== null && offset !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}
