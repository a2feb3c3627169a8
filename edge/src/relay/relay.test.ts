import { FakePublisher } from '@hilum/runtime/testing';
import { describe, expect, it } from 'vitest';
import { SITE, SITE_KEY, sampleResult } from '../testing/sample-result.js';
import { DeIdentifier } from './de-identify.js';
import { FakeOutboxStore } from './fake-outbox-store.js';
import { Relay } from './relay.js';
import type { TimePrecision } from './time-precision-rule.js';

const never = new AbortController().signal;
const NOW = Date.UTC(2026, 2, 1, 8, 20);

function relayWith(count: number, precision: TimePrecision = 'exact') {
  const deIdentifier = new DeIdentifier({ site: SITE, siteKey: SITE_KEY, precision });
  const outbox = new FakeOutboxStore(
    Array.from({ length: count }, (_, index) => ({
      ...deIdentifier.resultRecorded(sampleResult(String(index)), { sequence: index + 1, supersedes: null }),
      sequence: index + 1,
    })),
  );
  const publisher = new FakePublisher();
  return { outbox, publisher, relay: new Relay({ outbox, publisher, precision, now: () => NOW }) };
}

describe('the relay', () => {
  it('publishes all that waits, in the order of the sequence', async () => {
    const { relay, publisher, outbox } = relayWith(1_201);
    expect(await relay.drain(never)).toBe(1_201);
    const sequences = publisher.published.map(
      ({ message }) => (JSON.parse(message.value) as { sequence: number }).sequence,
    );
    expect(sequences).toEqual(Array.from({ length: 1_201 }, (_, index) => index + 1));
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
});
