/** What a question to a part of the site found; null where it could not be told. */
export interface SiteFacts {
  /** to lists of this service, asked for without sign-in */
  anonymousApi: Answer | null;
  /** to the site's buckets, asked for without a signature */
  anonymousBuckets: Answer | null;
  /** whether the store encrypts every new object of both buckets */
  areBucketsEncrypted: boolean | null;
  isBrokerMutualTls: boolean;
  isStoreTls: boolean;
  /** as the database says of its session with this process */
  isDatabaseTls: boolean | null;
  /** when the first of the certificates ends by which this process and its broker know each other; null: there are none */
  brokerCertificateExpiresAt: Date | null;
  /** when the database archived its log last; 'never' when it archives none */
  databaseArchivedAt: Date | 'never' | null;
  /** the largest difference to a clock of the site, in seconds; null when no clock was read */
  clockOffsetSeconds: number | null;
  /** of the weights that the scoring service holds */
  modelDigest: string | null;
  /** whether the model's runtime is told to send no usage data */
  isTelemetryOff: boolean | null;
  /** how long the oldest event that is to leave the site has waited */
  relayLagSeconds: number | null;
  sessionSeconds: number;
}

export type Answer = 'refused' | 'answered';

/** What is told is true for so long; policies take what is older for not told. */
export const VALID_MS = 5 * 60_000;
const UNKNOWN = 'unknown';

/**
 * The status object's data, which policies of the cluster compare word for word: closed words, numbers, times in ISO 8601
 * UTC and digests. Words are none that YAML takes for a boolean. Nothing here is of a patient, nor a key or address.
 */
export function siteStatusData(
  facts: SiteFacts,
  told: { site: string; appVersion: string; now: Date },
): Record<string, string> {
  const { brokerCertificateExpiresAt: expiresAt, databaseArchivedAt: archivedAt } = facts;
  return {
    site: told.site,
    appVersion: told.appVersion,
    observedAt: told.now.toISOString(),
    expiresAt: new Date(told.now.getTime() + VALID_MS).toISOString(),
    anonymousApi: facts.anonymousApi ?? UNKNOWN,
    anonymousBuckets: facts.anonymousBuckets ?? UNKNOWN,
    bucketEncryption: either(facts.areBucketsEncrypted, 'encrypted', 'plain'),
    brokerConnection: facts.isBrokerMutualTls ? 'mutual-tls' : 'plain',
    storeConnection: facts.isStoreTls ? 'tls' : 'plain',
    databaseConnection: either(facts.isDatabaseTls, 'tls', 'plain'),
    brokerCertificateExpiresAt: expiresAt?.toISOString() ?? 'none',
    databaseArchivedAt: archivedAt instanceof Date ? archivedAt.toISOString() : (archivedAt ?? UNKNOWN),
    clockOffsetSeconds: rounded(facts.clockOffsetSeconds),
    modelDigest: facts.modelDigest ?? UNKNOWN,
    modelTelemetry: either(facts.isTelemetryOff, 'disabled', 'enabled'),
    relayLagSeconds: rounded(facts.relayLagSeconds),
    sessionSeconds: String(facts.sessionSeconds),
  };
}

function either(is: boolean | null, yes: string, no: string): string {
  if (is === null) return UNKNOWN;
  return is ? yes : no;
}

/** Plain digits, a tenth of a second at most: a reader may know no other way to write a number. */
function rounded(seconds: number | null): string {
  return seconds === null ? UNKNOWN : seconds.toFixed(1).replace(/\.0$/, '');
}
