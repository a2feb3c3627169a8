import { describe, expect, it } from 'vitest';
import { clusterReading, siteStateAt, type SiteSigns } from './site-state-rule.js';

const now = Date.UTC(2026, 4, 4, 12);
const ago = (seconds: number): number => now - seconds * 1000;
const signs = (change: Partial<SiteSigns>): SiteSigns => ({
  firstSeenAt: ago(86_400),
  lastReceivedAt: null,
  heartbeat: null,
  listeningSince: ago(86_400),
  ...change,
});
const beat = (at: number, receivedAt: number = at): Partial<SiteSigns> => ({
  heartbeat: { at: ago(at), receivedAt: ago(receivedAt) },
  lastReceivedAt: ago(receivedAt),
});

describe('siteStateAt', () => {
  it.each([
    ['live', 0],
    ['live', 45],
    ['late', 46],
    ['late', 300],
    ['dead', 301],
  ])('is %s when the last heartbeat was sent and received %d seconds ago', (state, seconds) => {
    expect(siteStateAt(now, signs(beat(seconds)))).toBe(state);
  });

  it('is link-down when an old heartbeat arrives now', () => {
    expect(siteStateAt(now, signs(beat(1200, 3)))).toBe('link-down');
  });

  it('is link-down while results arrive after a cut, though the heartbeats behind them have not', () => {
    expect(siteStateAt(now, signs({ ...beat(900), lastReceivedAt: ago(2) }))).toBe('link-down');
  });

  it('is not kept live by a clock that runs ahead', () => {
    expect(siteStateAt(now, signs({ ...beat(-3600, 60) }))).toBe('late');
  });

  it.each([
    ['late', 10],
    ['late', 300],
    ['dead', 301],
  ])('is %s when no heartbeat ever came and the topics were first seen %d seconds ago', (state, seconds) => {
    expect(siteStateAt(now, signs({ firstSeenAt: ago(seconds) }))).toBe(state);
  });

  it('is late, not dead, while the hub itself has listened for less than five minutes', () => {
    expect(siteStateAt(now, signs({ ...beat(7200), listeningSince: ago(20) }))).toBe('late');
  });
});

describe('clusterReading', () => {
  it.each([
    ['live', 'available', 'in-touch'],
    ['link-down', 'available', 'in-touch'],
    ['live', 'unavailable', 'cluster-unwell'],
    ['late', 'available', 'services-silent'],
    ['dead', 'available', 'services-silent'],
    ['dead', 'unavailable', 'services-silent'],
    ['live', 'unknown', 'agent-silent'],
    ['link-down', 'unknown', 'agent-silent'],
    ['late', 'unknown', 'unreachable'],
    ['dead', 'unknown', 'unreachable'],
  ] as const)('tells of a site that is %s while its cluster is %s that it is %s', (state, availability, reading) => {
    expect(clusterReading(state, availability)).toBe(reading);
  });
});
