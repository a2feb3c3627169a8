import type { SiteHeartbeat } from '@hilum/contracts';
import { describe, expect, it } from 'vitest';
import { Heartbeat, STARTING_MS, type Component } from './heartbeat.js';
import type { SiteNumbers } from './site-numbers-store.js';

const NUMBERS: SiteNumbers = {
  publishedSequence: 42,
  outboxPending: 3,
  relayLagSeconds: 0,
  scored: 40,
  unreadable: 5,
  latencyBuckets: [{ leMs: null, count: 45 }],
  model: null,
};

function heartbeatWith(away: Set<Component | 'hung'>) {
  const beats: Omit<SiteHeartbeat, 'site'>[] = [];
  const clock = { now: Date.UTC(2026, 2, 1) };
  const answer = (component: Component): Promise<unknown> =>
    away.has(component) ? Promise.reject(new Error('away')) : Promise.resolve();
  const heartbeat = new Heartbeat({
    numbers: { read: () => (away.has('database') ? Promise.reject(new Error('away')) : Promise.resolve(NUMBERS)) },
    backlog: () => ({ images: 7, oldestAgeSeconds: 12.4 }),
    deadLetters: () => (away.has('kafka') ? Promise.reject(new Error('away')) : Promise.resolve(2)),
    checks: {
      store: () => (away.has('hung') ? new Promise(() => undefined) : answer('store')),
      kafka: () => answer('kafka'),
      inference: () => answer('inference'),
    },
    publish: (beat) => (beats.push(beat), Promise.resolve()),
    onStatus: () => undefined,
    appVersion: '0.1.0',
    checkTimeoutMs: 20,
    now: () => clock.now,
  });
  return { heartbeat, beats, clock };
}

describe('the heartbeat', () => {
  it('tells the numbers and that all is up', async () => {
    const { heartbeat, beats } = heartbeatWith(new Set());
    await heartbeat.beat();
    expect(beats).toEqual([
      {
        sequence: 42,
        at: '2026-03-01T00:00:00.000Z',
        backlog: 7,
        oldestUnscoredAgeSeconds: 12,
        deadLetters: 2,
        outboxPending: 3,
        scored: 40,
        unreadable: 5,
        latencyBuckets: [{ leMs: null, count: 45 }],
        model: null,
        appVersion: '0.1.0',
        status: { store: 'up', kafka: 'up', database: 'up', inference: 'up' },
      },
    ]);
  });

  it('is sent while database and store are away, with the numbers last known', async () => {
    const away = new Set<Component | 'hung'>();
    const { heartbeat, beats } = heartbeatWith(away);
    await heartbeat.beat();
    away.add('database').add('store').add('inference');
    await heartbeat.beat();
    expect(beats[1]).toMatchObject({
      sequence: 42,
      scored: 40,
      status: { store: 'down', kafka: 'up', database: 'down', inference: 'down' },
    });
  });

  it('does not wait for a part that hangs', async () => {
    const { heartbeat, beats } = heartbeatWith(new Set(['hung']));
    await heartbeat.beat();
    expect(beats[0]?.status.inference).toBe('up');
  });

  it('calls a part that has not answered since the start down only when it has had time to start', async () => {
    const { heartbeat, beats, clock } = heartbeatWith(new Set(['hung', 'inference']));
    await heartbeat.beat();
    clock.now += STARTING_MS - 1;
    await heartbeat.beat();
    clock.now += 1;
    await heartbeat.beat();
    expect(beats.map(({ status }) => [status.store, status.inference])).toEqual([
      ['unknown', 'unknown'],
      ['unknown', 'unknown'],
      ['down', 'down'],
    ]);
  });

  it('calls a part down at once that has answered before', async () => {
    const away = new Set<Component | 'hung'>();
    const { heartbeat, beats } = heartbeatWith(away);
    await heartbeat.beat();
    away.add('inference');
    await heartbeat.beat();
    expect(beats.map(({ status }) => status.inference)).toEqual(['up', 'down']);
  });
});
