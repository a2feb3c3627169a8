import { createDatabase, createLogger, migrate, type Database } from '@hilum/runtime';
import { startTestPostgres } from '@hilum/runtime/testing';
import { scoreEventIdOf, sourceOf, type StudyScored } from '@hilum/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresSiteNumbersStore } from '../heartbeat/site-numbers-store.js';
import { PostgresNotificationStore, queueNotifications } from '../notify/notification-store.js';
import { urgentFinding } from '../notify/urgent-finding.js';
import { PostgresUploadStore } from '../intake/upload-store.js';
import { DeIdentifier } from '../relay/de-identify.js';
import { PostgresOutboxStore, appendToOutbox } from '../relay/outbox-store.js';
import { SITE, SITE_KEY, modelDigest, sampleResult } from '../testing/sample-result.js';
import { PostgresStudyStore } from './postgres-study-store.js';

const log = createLogger({ process: 'test', level: 'silent' });
const eventId = (scored: StudyScored): string => scoreEventIdOf(SITE_KEY, scored.imageId, scored.model.digest);
const deIdentifier = new DeIdentifier({ site: SITE, siteKey: SITE_KEY, precision: 'exact' });
const FILTER_NONE = { decision: null, priority: null };
const newModel = { name: 'chest-pneumonia', version: '2.0.0', digest: modelDigest('b') };

let server: Awaited<ReturnType<typeof startTestPostgres>>;
let database: Database;
let failOnAnnounce = false;

beforeAll(async () => {
  server = await startTestPostgres();
  await migrate({ databaseUrl: server.databaseUrl, folder: new URL('../../migrations/', import.meta.url), log });
  database = createDatabase({ databaseUrl: server.databaseUrl, name: 'test', log });
});

afterAll(async () => {
  await database.close();
  await server.stop();
});

beforeEach(async () => {
  failOnAnnounce = false;
  await database.query('truncate images, results, studies, outbox, notifications, rejected_events, uploads');
  await database.query(`update site_state set sequence = 0, scored = 0, unreadable = 0, latency_counts = '{}'`);
});

function stores() {
  const studies = new PostgresStudyStore(database, {
    eventId,
    announce: async (client, results) => {
      await appendToOutbox(
        client,
        results.map(({ scored, sequence, supersedes }) => ({
          ...deIdentifier.resultRecorded(scored, { sequence, supersedes }),
          sequence,
        })),
      );
      if (failOnAnnounce) throw new Error('the connection broke before the commit');
    },
    notify: (client, urgent) => {
      const now = new Date(0);
      return queueNotifications(
        client,
        urgent.map(({ scored }) => urgentFinding(scored, eventId(scored), now)),
        now,
      );
    },
  });
  return {
    studies,
    outbox: new PostgresOutboxStore(database, sourceOf(SITE, 'edge')),
    numbers: new PostgresSiteNumbersStore(database),
    notifications: new PostgresNotificationStore(database),
  };
}

const urgent = (name: string, changes: Partial<StudyScored> = {}): StudyScored =>
  sampleResult(name, { decision: 'pneumonia-suspected', probability: 0.93, ...changes });

describe('recording results', () => {
  it('stores study, outbox event and notification together, with sequences without gaps', async () => {
    const { studies, outbox, notifications } = stores();
    await studies.record([sampleResult('a'), urgent('b')]);
    await studies.record([sampleResult('c')]);
    const events = await outbox.pending(10);
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(events[1]?.event).toMatchObject({
      id: eventId(urgent('b')),
      source: '/sites/st-agnes/edge',
      data: { sequence: 2, decision: 'pneumonia-suspected', supersedes: null },
    });
    expect(await studies.list(FILTER_NONE, null, 10)).toHaveLength(3);
    expect(await notifications.due(new Date(), 10)).toMatchObject([{ id: `finding_${eventId(urgent('b'))}` }]);
  });

  it('changes nothing and takes no sequence when a result comes again, in the same batch or later', async () => {
    const { studies, outbox, numbers } = stores();
    expect(await studies.record([urgent('a'), urgent('a')])).toHaveLength(1);
    for (let times = 0; times < 5; times += 1) expect(await studies.record([urgent('a')])).toEqual([]);
    await studies.record([sampleResult('b')]);
    expect((await outbox.pending(10)).map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(await numbers.read()).toMatchObject({ scored: 2, unreadable: 0, outboxPending: 2 });
  });

  it('keeps nothing of a batch whose transaction did not commit, not even the sequence', async () => {
    const { studies, outbox } = stores();
    failOnAnnounce = true;
    await expect(studies.record([urgent('a')])).rejects.toThrow('before the commit');
    expect(await studies.list(FILTER_NONE, null, 10)).toEqual([]);
    failOnAnnounce = false;
    await studies.record([urgent('a')]);
    expect((await outbox.pending(10)).map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('gives every result its own sequence when two consumers record at once', async () => {
    const { studies, outbox } = stores();
    const shared = sampleResult('shared');
    await Promise.all(Array.from({ length: 8 }, (_, index) => studies.record([shared, sampleResult(`only-${index}`)])));
    expect((await outbox.pending(100)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('names the superseded event when another model scores the image, and tells staff only of news', async () => {
    const { studies, outbox, notifications } = stores();
    await studies.record([urgent('a')]);
    await studies.record([urgent('a', { model: newModel })]);
    const [, second] = await outbox.pending(10);
    expect(second?.event.data).toMatchObject({ supersedes: eventId(urgent('a')), model: { version: '2.0.0' } });
    expect(await notifications.due(new Date(), 10)).toHaveLength(1);
    const study = await studies.find(urgent('a').studyId);
    expect(study?.images[0]?.results.map(({ model }) => model.version)).toEqual(['2.0.0', '1.0.0']);
  });

  it('shows a study by its most pressing image and its most urgent priority', async () => {
    const { studies } = stores();
    const studyId = 'd'.repeat(32);
    await studies.record([sampleResult('a', { studyId, priority: 'stat' })]);
    await studies.record([urgent('b', { studyId }), sampleResult('c', { studyId })]);
    expect(await studies.list(FILTER_NONE, null, 10)).toMatchObject([
      { studyId, decision: 'pneumonia-suspected', probability: 0.93, priority: 'stat', imageCount: 3, revision: 3 },
    ]);
  });

  it('refuses a text that PostgreSQL cannot hold with an SQLSTATE of class 22', async () => {
    const { studies } = stores();
    const source = { ...sampleResult('a').source, key: 'a\u0000b' };
    await expect(studies.record([sampleResult('a', { source })])).rejects.toMatchObject({
      code: expect.stringMatching(/^22/) as unknown,
    });
  });
});

describe('reading studies', () => {
  it('pages through all, newest first, none twice, also when uploads share a time', async () => {
    const { studies } = stores();
    await studies.record(
      Array.from({ length: 25 }, (_, index) =>
        sampleResult(String(index), { uploadedAt: `2026-03-01T08:15:${10 + Math.floor(index / 5)}.000Z` }),
      ),
    );
    const seen: string[] = [];
    let after = null;
    for (;;) {
      const page = await studies.list(FILTER_NONE, after, 7);
      seen.push(...page.map(({ studyId }) => studyId));
      const last = page.at(-1);
      if (last === undefined) break;
      after = { uploadedAt: last.uploadedAt, studyId: last.studyId };
    }
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
  });

  it('filters by decision and priority', async () => {
    const { studies } = stores();
    await studies.record([urgent('a'), sampleResult('b', { priority: 'stat' }), sampleResult('c')]);
    expect(await studies.list({ decision: 'pneumonia-suspected', priority: null }, null, 10)).toHaveLength(1);
    expect(await studies.list({ decision: 'normal', priority: 'stat' }, null, 10)).toHaveLength(1);
    expect(await studies.list({ decision: 'pneumonia-suspected', priority: 'stat' }, null, 10)).toEqual([]);
  });

  it('gives what changed after a revision, in order, and counts by decision', async () => {
    const { studies } = stores();
    await studies.record([sampleResult('a'), urgent('b'), sampleResult('c')]);
    expect((await studies.changedAfter(1, 10)).map(({ revision }) => revision)).toEqual([2, 3]);
    expect(await studies.latestRevision()).toBe(3);
    expect(await studies.countsSince(new Date(0))).toEqual({
      normal: 2,
      review: 0,
      'pneumonia-suspected': 1,
      unreadable: 0,
    });
  });

  it('knows which images have an outcome', async () => {
    const { studies } = stores();
    const a = sampleResult('a');
    await studies.record([a]);
    expect(await studies.withOutcome([a.imageId, 'f'.repeat(64)])).toEqual(new Set([a.imageId]));
  });

  it('notes a rejected event once, however often it is read', async () => {
    const { studies } = stores();
    const event = { topic: 'study.scored.v1', partition: 0, offset: '5', code: 'HILUM_EVENT_DATA_INVALID', detail: '' };
    await studies.reject(event);
    await studies.reject(event);
    expect((await database.query('select * from rejected_events')).rows).toHaveLength(1);
  });
});

describe('the numbers of the site', () => {
  it('come from kept totals: the published sequence is the one below which nothing waits', async () => {
    const { studies, outbox, numbers } = stores();
    expect(await numbers.read()).toMatchObject({ publishedSequence: 0, outboxPending: 0, model: null });
    await studies.record([
      sampleResult('a'),
      sampleResult('b', { decision: 'unreadable', probability: null, reason: 'corrupt' }),
      sampleResult('c', { scoredAt: '2026-03-01T08:15:32.000Z' }),
    ]);
    await outbox.markPublished([1, 3]);
    const read = await numbers.read();
    expect(read).toMatchObject({ publishedSequence: 1, outboxPending: 1, scored: 2, unreadable: 1 });
    expect(read.model?.version).toBe('1.0.0');
    expect(read.latencyBuckets.find(({ leMs }) => leMs === 100)?.count).toBe(2);
    expect(read.latencyBuckets.at(-1)).toEqual({ leMs: null, count: 3 });
    await outbox.markPublished([2]);
    expect(await numbers.read()).toMatchObject({ publishedSequence: 3, outboxPending: 0, relayLagSeconds: 0 });
  });

  it('forgets published events of the outbox only', async () => {
    const { studies, outbox } = stores();
    await studies.record([sampleResult('a'), sampleResult('b')]);
    await outbox.markPublished([1]);
    expect(await outbox.deletePublishedBefore(new Date(Date.now() + 60_000))).toBe(1);
    expect((await outbox.pending(10)).map(({ sequence }) => sequence)).toEqual([2]);
  });
});

describe('notifications and uploads', () => {
  it('are due at their time, and not once they have ended', async () => {
    const { studies, notifications } = stores();
    await studies.record([urgent('a'), urgent('b')]);
    const [first, second] = await notifications.due(new Date(), 10);
    await notifications.postpone(first?.id ?? '', new Date('2030-01-01T00:00:00Z'));
    await notifications.end(second?.id ?? '', 'delivered', new Date());
    expect(await notifications.due(new Date('2029-12-31T23:30:00Z'), 10)).toEqual([]);
    for (const time of ['2030-01-02', '2029-12-31'])
      expect(await notifications.due(new Date(time), 10), time).toMatchObject([{ id: first?.id, attempts: 1 }]);
    expect(await notifications.counts()).toEqual({ pending: 1, delivered: 1, refused: 0, failed: 0 });
  });

  it('remember an upload by its key, and its images once they are stored', async () => {
    const uploads = new PostgresUploadStore(database);
    const note = { fingerprint: 'f', studyId: 's' };
    expect(await uploads.begin('k', note)).toEqual({ note: { ...note, imageIds: null }, isNew: true });
    await uploads.complete('k', ['i']);
    expect(await uploads.begin('k', { fingerprint: 'other', studyId: 's' })).toEqual({
      note: { ...note, imageIds: ['i'] },
      isNew: false,
    });
  });
});
