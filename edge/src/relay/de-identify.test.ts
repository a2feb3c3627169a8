import { resultRecorded, scoreEventIdOf, siteHeartbeat, type StudyScored } from '@hilum/contracts';
import { describe, expect, it } from 'vitest';
import { SITE, SITE_KEY, sampleResult } from '../testing/sample-result.js';
import { DeIdentifier } from './de-identify.js';

const exact = new DeIdentifier({ site: SITE, siteKey: SITE_KEY, precision: 'exact' });
const scored = sampleResult('one', { priority: 'stat' });

describe('the de-identifier', () => {
  it('makes a result that fits the contract, with the event id that every process derives', () => {
    const { topic, key, event } = exact.resultRecorded(scored, { sequence: 7, supersedes: null });
    const data = resultRecorded.parse(event.data);
    expect(topic).toBe('results.deid.v1');
    expect(key).toBe(data.studyPseudonym);
    expect(event.id).toBe(scoreEventIdOf(SITE_KEY, scored.imageId, scored.model.digest));
    expect(event.trace?.traceId).toBe(scored.traceId);
    expect(data).toMatchObject({ site: SITE, sequence: 7, priority: 'stat', uploadedAt: scored.uploadedAt });
  });

  it('lets no object key, no local id and no store name out', () => {
    const planted = sampleResult('two', {
      source: {
        ...scored.source,
        bucket: 'bucket-PLANTED',
        key: 'Doe^Jane_PLANTED.jpeg',
        contentType: 'image/PLANTED',
      },
      heatMapKey: 'PLANTED.heatmap.png',
      resultKey: 'PLANTED.json',
    });
    const text = JSON.stringify(exact.resultRecorded(planted, { sequence: 1, supersedes: null }));
    expect(text).not.toContain('PLANTED');
    for (const local of [planted.imageId, planted.studyId, planted.source.eTag]) expect(text).not.toContain(local);
  });

  it('leaves behind a field that was added to the local event without anybody thinking of the hub', () => {
    const grown = { ...scored, patientName: 'Jane Doe', model: { ...scored.model, note: 'Jane' } } as StudyScored;
    const { event } = exact.resultRecorded(grown, { sequence: 1, supersedes: null });
    expect(JSON.stringify(event)).not.toContain('Jane');
    expect(resultRecorded.safeParse(event.data).success).toBe(true);
  });

  it('keeps at the site what was undone in an image', () => {
    const corrected = { ...scored, input: { ...scored.input, corrections: ['inverted' as const] } };
    const { event } = exact.resultRecorded(corrected, { sequence: 1, supersedes: null });
    expect(resultRecorded.parse(event.data).input).toEqual(scored.input);
  });

  it('makes nothing at all when what it made would not fit the closed schema', () => {
    const wrong = { ...scored, decision: 'Jane Doe' } as unknown as StudyScored;
    expect(() => exact.resultRecorded(wrong, { sequence: 1, supersedes: null })).toThrow();
  });

  it.each([
    ['hour', '2026-03-01T08:00:00.000Z'],
    ['day', '2026-03-01T00:00:00.000Z'],
  ] as const)('cuts every time to the %s where the site asks for it, the durations stay', (precision, expected) => {
    const coarse = new DeIdentifier({ site: SITE, siteKey: SITE_KEY, precision });
    const { event } = coarse.resultRecorded(scored, { sequence: 1, supersedes: null });
    expect(event.time).toBe(expected);
    expect(event.data).toMatchObject({ uploadedAt: expected, scoredAt: expected, timingsMs: scored.timingsMs });
    expect(JSON.stringify(event)).not.toContain('08:15');
  });

  it('gives the same image the same pseudonym, and another site another one', () => {
    const place = { sequence: 1, supersedes: null };
    const there = new DeIdentifier({
      site: 'riverside',
      siteKey: Buffer.alloc(32, 9) as typeof SITE_KEY,
      precision: 'exact',
    });
    expect(exact.resultRecorded(scored, place).key).toBe(exact.resultRecorded(scored, place).key);
    expect(there.resultRecorded(scored, place).key).not.toBe(exact.resultRecorded(scored, place).key);
  });

  it('makes a heartbeat that fits the contract', () => {
    const { topic, key, event } = exact.heartbeat({
      sequence: 0,
      at: '2026-03-01T08:15:30.123Z',
      backlog: 0,
      oldestUnscoredAgeSeconds: 0,
      deadLetters: 0,
      outboxPending: 0,
      scored: 0,
      unreadable: 0,
      latencyBuckets: [{ leMs: null, count: 0 }],
      model: null,
      appVersion: '0.1.0',
      status: { store: 'up', kafka: 'up', database: 'down', inference: 'unknown' },
    });
    expect([topic, key]).toEqual(['heartbeat.v1', SITE]);
    expect(siteHeartbeat.safeParse(event.data).success).toBe(true);
  });
});
