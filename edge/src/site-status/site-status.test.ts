import { describe, expect, it } from 'vitest';
import { FakeStatusPublisher } from './fake-status-publisher.js';
import { SiteStatus, type SiteQuestions } from './site-status.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const questions: SiteQuestions = {
  anonymousApi: () => Promise.resolve('refused'),
  anonymousBuckets: () => Promise.resolve('refused'),
  areBucketsEncrypted: () => Promise.resolve(true),
  database: () => Promise.resolve({ isTls: true, archivedAt: 'never', clockOffsetSeconds: 0.2 }),
  scoring: () => Promise.resolve({ modelDigest: DIGEST, isTelemetryOff: true, clockOffsetSeconds: null }),
  storeClockOffset: () => Promise.resolve(1.5),
};

function statusWith(changed: Partial<SiteQuestions>) {
  const publisher = new FakeStatusPublisher();
  const status = new SiteStatus({
    questions: { ...questions, ...changed },
    connections: { isBrokerMutualTls: true, isStoreTls: false },
    brokerCertificateExpiresAt: () => null,
    relayLagSeconds: () => 0,
    sessionSeconds: 28_800,
    publisher,
    site: 'st-agnes',
    appVersion: '0.1.0',
    questionTimeoutMs: 20,
    now: () => new Date('2026-03-01T12:00:00.000Z'),
  });
  return { publisher, tell: () => status.tell(new AbortController().signal) };
}

describe('telling how a site stands', () => {
  it('asks every part, and takes the clock that differs most', async () => {
    const { publisher, tell } = statusWith({});
    await tell();
    expect(publisher.published).toHaveLength(1);
    expect(publisher.published[0]).toMatchObject({
      anonymousApi: 'refused',
      databaseArchivedAt: 'never',
      clockOffsetSeconds: '1.5',
      modelDigest: DIGEST,
      storeConnection: 'plain',
      expiresAt: '2026-03-01T12:05:00.000Z',
    });
  });

  it('makes unknown what a part does not answer in time, or fails to, and tells the rest', async () => {
    const { publisher, tell } = statusWith({
      scoring: () => new Promise(() => undefined),
      database: () => Promise.reject(new Error('away')),
    });
    await tell();
    expect(publisher.published[0]).toMatchObject({
      modelDigest: 'unknown',
      modelTelemetry: 'unknown',
      databaseConnection: 'unknown',
      databaseArchivedAt: 'unknown',
      anonymousBuckets: 'refused',
      clockOffsetSeconds: '1.5',
    });
  });

  it('knows no clock when none answers', async () => {
    const { publisher, tell } = statusWith({
      database: () => Promise.reject(new Error('away')),
      storeClockOffset: () => Promise.reject(new Error('away')),
    });
    await tell();
    expect(publisher.published[0]?.['clockOffsetSeconds']).toBe('unknown');
  });

  it('fails when it is not taken, so that somebody hears of it', async () => {
    const { publisher, tell } = statusWith({});
    publisher.isAway = true;
    await expect(tell()).rejects.toThrow('away');
  });
});
