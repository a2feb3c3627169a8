import type { SiteFacts } from '../site-status-rule.js';

export const GOOD_FACTS: SiteFacts = {
  anonymousApi: 'refused',
  anonymousBuckets: 'refused',
  areBucketsEncrypted: true,
  isBrokerMutualTls: true,
  isStoreTls: true,
  isDatabaseTls: true,
  brokerCertificateExpiresAt: new Date('2026-06-01T00:00:00.000Z'),
  databaseArchivedAt: new Date('2026-03-01T11:58:00.000Z'),
  clockOffsetSeconds: 0.26,
  modelDigest: `sha256:${'a'.repeat(64)}`,
  isTelemetryOff: true,
  relayLagSeconds: 4,
  sessionSeconds: 28_800,
};

/** Of a site whose parts do not answer, and that is set up without TLS. */
export const NO_FACTS: SiteFacts = {
  anonymousApi: null,
  anonymousBuckets: null,
  areBucketsEncrypted: null,
  isBrokerMutualTls: false,
  isStoreTls: false,
  isDatabaseTls: null,
  brokerCertificateExpiresAt: null,
  databaseArchivedAt: null,
  clockOffsetSeconds: null,
  modelDigest: null,
  isTelemetryOff: null,
  relayLagSeconds: null,
  sessionSeconds: 28_800,
};
