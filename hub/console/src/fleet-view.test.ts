import { describe, expect, it } from 'vitest';
import type { Site, SiteSummary } from './api-types';
import { fleetAddressOf, fleetViewOf, lagSecondsOf, sitesIn, type FleetView } from './fleet-view';
import { sampleSite, sampleToday } from './sample-site';
import { needsAttention, troubleOf } from './site-trouble';

const NOW = Date.parse('2026-05-04T12:00:10.000Z');
const USUAL = fleetViewOf('');
const DOWN = { store: 'up', kafka: 'up', database: 'up', inference: 'down' } as const;
const SITES: Site[] = [
  sampleSite({ name: 'well' }),
  sampleSite({ name: 'late', state: 'late' }),
  sampleSite({ name: 'gap', missing: 7 }),
  sampleSite({ name: 'dead', state: 'dead', lastHeartbeatAt: '2026-05-04T11:00:10.000Z' }),
  sampleSite({ name: 'link', state: 'link-down' }),
  sampleSite({ name: 'broken', status: DOWN, backlog: 90 }),
];
const names = (view: Partial<FleetView>, today = new Map<string, SiteSummary>()): string[] =>
  sitesIn({ ...USUAL, ...view }, SITES, today, NOW).map(({ name }) => name);

describe('the address of the fleet', () => {
  it.each([
    ['/', {}],
    ['/?q=agnes&state=dead&page=3', { search: 'agnes', state: 'dead', page: 3 }],
    [
      '/?state=attention&sort=backlog&order=reversed&size=50',
      { state: 'attention', sort: 'backlog', isReversed: true, pageSize: 50 },
    ],
  ] as const)('%s says what is shown, and is made of it again', (address, view) => {
    expect(fleetViewOf(new URL(address, 'http://hub').search)).toEqual({ ...USUAL, ...view });
    expect(fleetAddressOf(view)).toBe(address);
  });

  it('is read without what cannot be', () => {
    expect(fleetViewOf('?state=toString&sort=x&page=-1&size=1000000')).toEqual(USUAL);
  });
});

describe('the sites of the fleet', () => {
  it('come worst first', () => {
    expect(names({})).toEqual(['dead', 'broken', 'link', 'late', 'gap', 'well']);
  });

  it('are found by a part of their name, by state, and by whether they need attention', () => {
    expect(names({ search: ' EA' })).toEqual(['dead']);
    expect(names({ state: 'live' })).toEqual(['broken', 'gap', 'well']);
    expect(names({ state: 'attention' })).toEqual(['dead', 'broken', 'link', 'late', 'gap']);
  });

  it('are sorted by any number, the greatest first, by name from A, and the other way round', () => {
    expect(names({ sort: 'backlog' })[0]).toBe('broken');
    expect(names({ sort: 'missing' })[0]).toBe('gap');
    expect(names({ sort: 'lag' })[0]).toBe('dead');
    expect(names({ sort: 'name', isReversed: true })[0]).toBe('well');
    const today = new Map([sampleToday('well', 10, 5), sampleToday('late', 10, 1)].map((row) => [row.site, row]));
    expect(names({ sort: 'unreadable' }, today).slice(0, 2)).toEqual(['well', 'late']);
  });

  it('lag by their latest heartbeat’s way, and those that do not speak by how old it is', () => {
    expect(lagSecondsOf(sampleSite(), NOW)).toBe(0.12);
    expect(lagSecondsOf(sampleSite({ state: 'link-down' }), NOW)).toBe(10);
    expect(lagSecondsOf(sampleSite({ state: 'late', lastHeartbeatAt: null }), NOW)).toBeNull();
  });
});

describe('what is wrong at a site', () => {
  it('is said in words, components first', () => {
    expect(troubleOf(sampleSite())).toEqual([]);
    expect(troubleOf(sampleSite({ status: DOWN, missing: 3, deadLetters: 1, oldestUnscoredAgeSeconds: 240 }))).toEqual([
      'inference down',
      '3 missing',
      '1 dead letter',
      'oldest image waits 4 min',
    ]);
  });

  it('needs attention, as does a state other than live', () => {
    expect(SITES.filter(needsAttention).map(({ name }) => name)).not.toContain('well');
    expect(SITES.filter(needsAttention)).toHaveLength(5);
  });
});
