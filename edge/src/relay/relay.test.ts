import { FakePublisher } from '@hilum/runtime/testing';
import { describe, expect, it } from 'vitest';
import { SITE, SITE_KEY, sampleResult } from '../testing/sample-result.js';
import { DeIdentifier } from './de-identify.js';
import { FakeOutboxStore } from './fake-outbox-store.js';
import type { SequencedEvent } from './outbox-store.js';
import { FakeReplayStore } from './fake-replay-store.js';
import { Relay } from './relay.js';
import type { TimePrecision } from './time-precision-rule.js';

const never = new AbortController().signal;
const NOW = Date.UTC(2026, 2, 1, 8, 20);

function relayWith(count: number, precision: TimePrecision = 'exact', options: { publishedBefore?: number } = {}) {
  const deIdentifier = new DeIdentifier({ site: SITE, siteKey: SITE_KEY, precision });
  const events = (first: number, length: number): SequencedEvent[] =>
    Array.from({ length }, (_, index) => ({
      ...deIdentifier.resultRecorded(sampleResult(String(first + index)), {
        sequence: first + index,
        supersedes: null,
      }),
      sequence: first + index,
    }));
  const { publishedBefore = 0 } = options;
  const outbox = new FakeOutboxStore(events(publishedBefore + 1, count));
  const replays = new FakeReplayStore(events(1, publishedBefore));
  const publisher = new FakePublisher();
  let onWait = (): void => undefined;
  const relay = new Relay({
    outbox,
    replays,
    publisher,
    precision,
    wait: () => Promise.resolve(onWait()),
    now: () => NOW,
  });
  const onPause = (work: () => void): void => {
    onWait = work;
  };
  return { outbox, replays, publisher, relay, events, onPause };
}

function sequencesOf(publisher: FakePublisher): number[] {
  return publisher.published.map(({ message }) => (JSON.parse(message.value) as { sequence: number }).sequence);
}

describe('the relay', () => {
  it('publishes all that waits, in the order of the sequence', async () => {
    const { relay, publisher, outbox } = relayWith(1_201);
    expect(await relay.drain(never)).toBe(1_201);
    expect(sequencesOf(publisher)).toEqual(Array.from({ length: 1_201 }, (_, index) => index + 1));
    expect(await outbox.pending(10)).toEqual([]);
  });

  it('keeps what the broker did not confirm, and sends it when the broker is back', async () => {
    const { relay, publisher, outbox } = relayWith(3);
    publisher.isAway = true;
    await expect(relay.drain(never)).rejects.toMatchObject({ code: 'HILUM_KAFKA_UNAVAILABLE' });
    expect(await outbox.pending(10)).toHaveLength(3);
    publisher.isAway = false;
    expect(await relay.drain(never)).toBe(3);
  });

  it("makes the record's own time as coarse as those inside", async () => {
    const { relay, publisher } = relayWith(1, 'hour');
    await relay.drain(never);
    expect(publisher.published[0]?.message.timestampMs).toBe(Date.UTC(2026, 2, 1, 8));
  });

  it('forgets what was published more than 30 days ago', async () => {
    const { relay, outbox } = relayWith(0);
    await relay.drain(never);
    expect(outbox.deletedBefore).toEqual(new Date(NOW - 30 * 86_400_000));
  });

  it('sends again what was asked for, in order and with the same ids', async () => {
    const { relay, publisher, replays, events } = relayWith(0, 'exact', { publishedBefore: 250 });
    await replays.ask(40, 245);
    expect(await relay.drain(never)).toBe(206);
    expect(publisher.published.map(({ message }) => message.headers['ce_id'])).toEqual(
      events(40, 206).map(({ event }) => event.id),
    );
    expect(await replays.state()).toMatchObject({ pending: 0, replaying: 0 });
  });

  it('lets a new event go before the rest of a long replay', async () => {
    const { relay, publisher, outbox, replays, events, onPause } = relayWith(0, 'exact', { publishedBefore: 5_000 });
    await replays.ask(1, 5_000);
    onPause(() => {
      if (publisher.published.length === 100) outbox.append(events(5_001, 1));
    });
    await relay.drain(never);
    expect(sequencesOf(publisher)[100]).toBe(5_001);
    expect(publisher.published).toHaveLength(5_001);
  });

  it('goes on with a replay where the broker left it', async () => {
    const { relay, publisher, replays, onPause } = relayWith(0, 'exact', { publishedBefore: 300 });
    await replays.ask(1, 300);
    onPause(() => {
      publisher.isAway = publisher.published.length === 200;
    });
    await expect(relay.drain(never)).rejects.toMatchObject({ code: 'HILUM_KAFKA_UNAVAILABLE' });
    publisher.isAway = false;
    await relay.drain(never);
    expect(sequencesOf(publisher)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  });
});
