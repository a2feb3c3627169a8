import { describe, expect, it } from 'vitest';
import { siteStatusData } from './site-status-rule.js';
import { GOOD_FACTS, NO_FACTS } from './testing/sample-facts.js';

const told = { site: 'st-agnes', appVersion: '0.1.0', now: new Date('2026-03-01T12:00:00.000Z') };

describe('the status of a site', () => {
  it('tells each fact in a closed word, a number or a time, and until when it is true', () => {
    expect(siteStatusData(GOOD_FACTS, told)).toEqual({
      site: 'st-agnes',
      appVersion: '0.1.0',
      observedAt: '2026-03-01T12:00:00.000Z',
      expiresAt: '2026-03-01T12:05:00.000Z',
      anonymousApi: 'refused',
      anonymousBuckets: 'refused',
      bucketEncryption: 'encrypted',
      brokerConnection: 'mutual-tls',
      storeConnection: 'tls',
      databaseConnection: 'tls',
      brokerCertificateExpiresAt: '2026-06-01T00:00:00.000Z',
      databaseArchivedAt: '2026-03-01T11:58:00.000Z',
      clockOffsetSeconds: '0.3',
      modelDigest: `sha256:${'a'.repeat(64)}`,
      modelTelemetry: 'disabled',
      relayLagSeconds: '4',
      sessionSeconds: '28800',
    });
  });

  it('says of what could not be told that it is unknown, never that it is well', () => {
    expect(siteStatusData(NO_FACTS, told)).toMatchObject({
      anonymousApi: 'unknown',
      anonymousBuckets: 'unknown',
      bucketEncryption: 'unknown',
      brokerConnection: 'plain',
      storeConnection: 'plain',
      databaseConnection: 'unknown',
      brokerCertificateExpiresAt: 'none',
      databaseArchivedAt: 'unknown',
      clockOffsetSeconds: 'unknown',
      modelDigest: 'unknown',
      modelTelemetry: 'unknown',
      relayLagSeconds: 'unknown',
    });
  });

  it('tells of a database that archives nothing, of weights that call home, of doors that stand open', () => {
    const open = { ...GOOD_FACTS, databaseArchivedAt: 'never', isTelemetryOff: false, anonymousBuckets: 'answered' };
    expect(siteStatusData(open as typeof GOOD_FACTS, told)).toMatchObject({
      databaseArchivedAt: 'never',
      modelTelemetry: 'enabled',
      anonymousBuckets: 'answered',
    });
  });

  it('uses no word that YAML could take for a boolean', () => {
    for (const facts of [GOOD_FACTS, NO_FACTS])
      for (const value of Object.values(siteStatusData(facts, told)))
        expect(value).not.toMatch(/^(y|n|yes|no|on|off)$/i);
  });
});
