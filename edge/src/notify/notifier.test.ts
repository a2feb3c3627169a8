import { Registry, createLogger } from '@hilum/runtime';
import { describe, expect, it } from 'vitest';
import { FakeNotificationStore } from './fake-notification-store.js';
import { notificationVerdict } from './notification-rule.js';
import { Notifier } from './notifier.js';

const log = createLogger({ process: 'test', level: 'silent' });
const never = new AbortController().signal;
const DAY_MS = 86_400_000;

describe('the notification rule', () => {
  const young = { attempts: 0, random: 0 };

  it.each([200, 201, 204])('counts %i as delivered', (status) => {
    expect(notificationVerdict(status, young)).toEqual({ kind: 'delivered' });
  });

  it.each([301, 307, 400, 401, 404, 429, 500, 503, null])('tries again after %s', (status) => {
    expect(notificationVerdict(status, young)).toEqual({ kind: 'again', inMs: 5_000 });
  });

  it('gives up at once when the receiver says that it is gone', () => {
    expect(notificationVerdict(410, young)).toEqual({ kind: 'refused' });
  });

  it('waits longer each time, an hour at most, and fails after about three days of that', () => {
    expect(notificationVerdict(500, { ...young, attempts: 3 })).toEqual({ kind: 'again', inMs: 40_000 });
    expect(notificationVerdict(500, { ...young, attempts: 60 })).toEqual({ kind: 'again', inMs: 3_600_000 });
    let waitedMs = 0;
    for (let attempts = 0; ; attempts += 1) {
      const verdict = notificationVerdict(500, { attempts, random: 0 });
      if (verdict.kind !== 'again') {
        expect(verdict).toEqual({ kind: 'failed' });
        break;
      }
      waitedMs += verdict.inMs;
    }
    expect(waitedMs / DAY_MS).toBeGreaterThan(2.5);
    expect(waitedMs / DAY_MS).toBeLessThan(3.5);
  });
});

function notifierWith(statuses: (number | null)[]) {
  const clock = { nowMs: 0 };
  const store = new FakeNotificationStore();
  const sent: { id: string; payload: string }[] = [];
  const notifier = new Notifier({
    store,
    client: { send: (id, payload) => (sent.push({ id, payload }), Promise.resolve(statuses.shift() ?? null)) },
    log,
    registry: new Registry(),
    now: () => clock.nowMs,
    random: () => 0,
  });
  return { clock, store, sent, notifier };
}

describe('the notifier', () => {
  it('sends the same id and body until the receiver takes it', async () => {
    const { clock, store, sent, notifier } = notifierWith([null, 500, 204]);
    store.queue('finding_1', '{"type":"study.urgent"}', 0);
    await notifier.round(never);
    clock.nowMs = 4_999;
    await notifier.round(never);
    expect(sent).toHaveLength(1);
    clock.nowMs = 5_000;
    await notifier.round(never);
    clock.nowMs = 15_000;
    await notifier.round(never);
    expect(sent).toEqual(Array(3).fill({ id: 'finding_1', payload: '{"type":"study.urgent"}' }));
    expect(await store.counts()).toMatchObject({ delivered: 1, pending: 0 });
  });

  it('does not let one message that is not taken hold up the others', async () => {
    const { store, notifier } = notifierWith([500, 200, 200, 200, 200, 200]);
    for (let index = 0; index < 6; index += 1) store.queue(`finding_${index}`, '{}', 0);
    await notifier.round(never);
    expect(await store.counts()).toMatchObject({ delivered: 5, pending: 1 });
  });

  it('shows what was refused', async () => {
    const { store, notifier } = notifierWith([410]);
    store.queue('finding_1', '{}', 0);
    await notifier.round(never);
    expect(await store.counts()).toMatchObject({ refused: 1, pending: 0 });
  });

  it('shows what was given up, which no jump of the clock brings about', async () => {
    const { clock, store, sent, notifier } = notifierWith([]);
    store.queue('finding_1', '{}', 0);
    clock.nowMs = 30 * DAY_MS;
    await notifier.round(never);
    expect(await store.counts()).toMatchObject({ failed: 0, pending: 1 });
    for (let attempt = 2; attempt <= 80; attempt += 1) {
      clock.nowMs += 3_600_000;
      await notifier.round(never);
    }
    expect(sent).toHaveLength(80);
    expect(await store.counts()).toMatchObject({ failed: 1, pending: 0 });
  });

  it('does not wait for a time that only a wrong clock could name', async () => {
    const { clock, store, sent, notifier } = notifierWith([500, 204]);
    clock.nowMs = 7 * DAY_MS;
    store.queue('finding_1', '{}', clock.nowMs);
    await notifier.round(never);
    expect(sent).toHaveLength(1);
    clock.nowMs = 0;
    await notifier.round(never);
    expect(await store.counts()).toMatchObject({ delivered: 1 });
  });
});
