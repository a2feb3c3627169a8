import { sourceOf } from '@hilum/contracts';
import { createDatabase, createLogger, migrate, type Database } from '@hilum/runtime';
import { startTestPostgres } from '@hilum/runtime/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresSiteNumbersStore } from '../heartbeat/site-numbers-store.js';
import { SITE, SITE_KEY, sampleResult } from '../testing/sample-result.js';
import { DeIdentifier } from './de-identify.js';
import { PostgresOutboxStore, appendToOutbox, type SequencedEvent } from './outbox-store.js';
import { PostgresReplayStore } from './replay-store.js';

const log = createLogger({ process: 'test', level: 'silent' });
const deIdentifier = new DeIdentifier({ site: SITE, siteKey: SITE_KEY, precision: 'exact' });
const LATER = new Date(Date.now() + 86_400_000);

let server: Awaited<ReturnType<typeof startTestPostgres>>;
let database: Database;

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
  await database.query('truncate outbox, outbox_replays');
  await database.query('update site_state set sequence = 0');
});

function eventOf(sequence: number) {
  const scored = sampleResult(String(sequence));
  return { ...deIdentifier.resultRecorded(scored, { sequence, supersedes: null }), sequence };
}

/** A site with so many events, all of them published but the last ones. */
async function siteWith(events: number, options: { unpublished?: number } = {}) {
  const outbox = new PostgresOutboxStore(database, sourceOf(SITE, 'edge'));
  const all = Array.from({ length: events }, (_, index) => index + 1);
  const stored = all.map(eventOf);
  await database.transaction(async (client) => {
    await appendToOutbox(client, stored);
    await client.query('update site_state set sequence = $1', [events]);
  });
  await outbox.markPublished(all.slice(0, events - (options.unpublished ?? 0)));
  return {
    outbox,
    stored,
    replays: new PostgresReplayStore(database, sourceOf(SITE, 'edge')),
    numbers: new PostgresSiteNumbersStore(database),
  };
}

describe('the replay of the outbox', () => {
  it('gives the events as they were published, in order, in batches until all are done', async () => {
    const { replays, stored } = await siteWith(10);
    expect(await replays.ask(3, 9)).toBe(7);
    const sent: SequencedEvent[] = [];
    for (let batch = await replays.next(3); batch !== null; batch = await replays.next(3)) {
      sent.push(...batch.events);
      await replays.done(batch);
    }
    expect(sent).toEqual(stored.slice(2, 9));
    expect(await replays.state()).toMatchObject({ pending: 0, replaying: 0 });
  });

  it('gives the same events again when it was not told that they are done', async () => {
    const { replays } = await siteWith(4);
    await replays.ask(1, 4);
    expect(await replays.next(2)).toEqual(await replays.next(2));
  });

  it('does not lower the sequence that the heartbeat tells, and counts what waits', async () => {
    const { replays, numbers } = await siteWith(10, { unpublished: 2 });
    const before = await numbers.read();
    expect(before).toMatchObject({ publishedSequence: 8, outboxPending: 2 });
    await database.query(`update outbox set queued_at = now() - interval '20 days' where sequence <= 8`);
    expect(await replays.ask(1, 10)).toBe(10);
    const during = await numbers.read();
    expect(during).toMatchObject({ publishedSequence: 8, outboxPending: 10 });
    expect(during.relayLagSeconds).toBeLessThan(3_600);
    expect(await replays.state()).toEqual({
      sequence: 10,
      published: 8,
      pending: 10,
      replaying: 8,
      oldestKept: 1,
      newest: 10,
    });
  });

  it('leaves to the ordinary way what was never published', async () => {
    const { replays, outbox } = await siteWith(5, { unpublished: 2 });
    await replays.ask(2, 5);
    const batch = await replays.next(10);
    expect(batch).toMatchObject({ through: 5 });
    expect(batch?.events.map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect((await outbox.pending(10)).map(({ sequence }) => sequence)).toEqual([4, 5]);
  });

  it('sends nothing twice that waits already, and keeps few ranges however often it is asked', async () => {
    const { replays } = await siteWith(100);
    for (let times = 0; times < 5; times += 1) await replays.ask(11, 20);
    expect(await replays.state()).toMatchObject({ replaying: 10 });
    for (let last = 21; last <= 30; last += 1) await replays.ask(15, last);
    expect(await replays.state()).toMatchObject({ replaying: 20 });
    await replays.ask(1, 100);
    expect(await replays.state()).toMatchObject({ replaying: 100 });
    const { rows } = await database.query('select next_sequence, last_sequence from outbox_replays order by id');
    expect(rows).toEqual([
      { next_sequence: 11, last_sequence: 100 },
      { next_sequence: 1, last_sequence: 10 },
    ]);
  });

  it('comes to the end of the outbox though all of it is asked for again before each batch', async () => {
    const { replays } = await siteWith(30);
    const sent: number[] = [];
    for (let batches = 0; batches < 6; batches += 1) {
      await replays.ask(1, 30);
      const batch = await replays.next(5);
      if (batch === null) throw new Error('nothing waits');
      sent.push(...batch.events.map(({ sequence }) => sequence));
      await replays.done(batch);
    }
    expect(sent).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it('counts no numbers that are not kept, as after a restore', async () => {
    const { replays, numbers } = await siteWith(10);
    await replays.ask(1, 10);
    await database.query('delete from outbox where sequence > 4');
    expect(await replays.state()).toMatchObject({ pending: 4, replaying: 4 });
    expect(await numbers.read()).toMatchObject({ outboxPending: 4 });
  });

  it('keeps what waits to be sent again when the outbox is cleaned, and tells what is left after', async () => {
    const { replays, outbox } = await siteWith(6);
    await replays.ask(4, 5);
    expect(await outbox.deletePublishedBefore(LATER)).toBe(4);
    expect(await replays.state()).toMatchObject({ oldestKept: 4, newest: 5, sequence: 6, published: 6 });
    await replays.done({ id: (await replays.next(10))?.id ?? 0, through: 5 });
    await outbox.deletePublishedBefore(LATER);
    expect(await replays.state()).toMatchObject({ oldestKept: null, newest: null });
  });

  it('is done with a stretch of which nothing is kept', async () => {
    const { replays } = await siteWith(3);
    await replays.ask(1, 3);
    await database.query('delete from outbox');
    const batch = await replays.next(10);
    expect(batch).toMatchObject({ events: [], through: 3 });
    if (batch !== null) await replays.done(batch);
    expect(await replays.next(10)).toBeNull();
  });
});
