import { describe, expect, it } from 'vitest';
import { violations } from './invariants.js';
import type { AcknowledgedUpload } from './journal.js';
import type { FleetObservation, HubSiteObservation, SiteObservation, SiteOutcome } from './observation.js';

const journal: AcknowledgedUpload[] = [
  { site: 'st-agnes', way: 's3', ref: 'a.jpeg', sha256: 'aa', acknowledgedAt: '2026-01-01T00:00:00.000Z' },
  { site: 'st-agnes', way: 'http', ref: 'image-b', sha256: 'bb', acknowledgedAt: '2026-01-01T00:00:01.000Z' },
];

function outcome(eventId: string, sequence: number): SiteOutcome {
  return { eventId, sequence, decision: 'normal', reason: null };
}

/** A fleet in which everything holds, and what one test makes of it. */
function fleetWith(change: (site: SiteObservation, hub: HubSiteObservation) => void = () => undefined) {
  const site: SiteObservation = {
    name: 'st-agnes',
    images: [
      { imageId: 'image-a', studyId: 'study-a', key: 'a.jpeg', sha256: 'aa', outcomes: [outcome('event-a', 2)] },
      { imageId: 'image-b', studyId: 'study-b', key: 'own/b', sha256: 'bb', outcomes: [outcome('event-b', 1)] },
    ],
    studies: 2,
    sequence: 2,
    outboxPending: 0,
    rejectedEvents: 0,
    urgent: 1,
    notified: 1,
    lag: { 'edge.dispatcher': 0, 'edge.results': 0 },
    deadLetters: [],
    resultObjects: ['image-b', 'image-a'],
  };
  const hub: HubSiteObservation = {
    rows: [
      { id: 'event-b', sequence: 1, decision: 'normal' },
      { id: 'event-a', sequence: 2, decision: 'normal' },
    ],
    total: 2,
    missing: 0,
    quarantined: 0,
  };
  change(site, hub);
  const fleet: FleetObservation = { sites: [site], hub: { 'st-agnes': hub }, notReady: [], told: 1 };
  return fleet;
}

const first = <Item>(items: readonly Item[]): Item => {
  const [item] = items;
  if (item === undefined) throw new Error('nothing there');
  return item;
};

const BROKEN: [string, (site: SiteObservation, hub: HubSiteObservation) => void, RegExp][] = [
  [
    'an acknowledged object that is lost',
    (site) => (first(site.images).key = 'other'),
    /1 × acknowledged but .*a\.jpeg/,
  ],
  [
    'an acknowledged upload that is lost',
    (site) => (site.images[1] = { ...first(site.images.slice(1)), imageId: 'image-c' }),
    /1 × acknowledged but without an image: http image-b/,
  ],
  ['other bytes than were sent', (site) => (first(site.images).sha256 = 'xx'), /1 × not the image that was sent/],
  [
    'two images of one object',
    (site) => site.images.push({ ...first(site.images), imageId: 'image-a2', outcomes: [] }),
    /a\.jpeg \(2 images\)/,
  ],
  [
    'an image without an outcome',
    (site) => (first(site.images).outcomes = []),
    /1 × image without an outcome: image-a/,
  ],
  [
    'an image with two outcomes',
    (site) => first(site.images).outcomes.push(outcome('event-a2', 3)),
    /1 × image with several outcomes: image-a/,
  ],
  [
    'an image out of nowhere',
    (site) => site.images.push({ imageId: 'image-x', studyId: 'study-x', key: 'x', sha256: null, outcomes: [] }),
    /1 × image that nobody uploaded: x/,
  ],
  [
    'a lost result object',
    (site) => site.resultObjects.pop(),
    /1 × image whose result object is not there once: image-a/,
  ],
  ['a doubled result object', (site) => site.resultObjects.push('image-a'), /result object is not there once: image-a/],
  ['a result object of no image', (site) => site.resultObjects.push('image-x'), /is not there once: image-x/],
  ['a lost row', (_site, hub) => hub.rows.pop(), /1 × outcome without a row at the hub: event-a/],
  ['a doubled row', (_site, hub) => hub.rows.push(first(hub.rows)), /1 × row doubled at the hub: event-b/],
  [
    'a row of nothing',
    (_site, hub) => hub.rows.push({ id: 'event-x', sequence: 3, decision: 'normal' }),
    /1 × row at the hub without an outcome: event-x/,
  ],
  ['a row with another number', (_site, hub) => (first(hub.rows).sequence = 7), /row whose sequence is not/],
  [
    'a row with another decision',
    (_site, hub) => (first(hub.rows).decision = 'review'),
    /1 × row whose decision is not the outcome’s: event-b/,
  ],
  [
    'a good image that was given up',
    (site) => Object.assign(first(first(site.images).outcomes), { decision: 'unreadable', reason: 'scoring-failed' }),
    /1 × good image that was given up: s3 a\.jpeg \(scoring-failed\)/,
  ],
  ['a study that is not listed', (site) => (site.studies = 1), /the list shows 1 studies/],
  ['a count that is off', (_site, hub) => (hub.total = 3), /the hub counts 3 but has 2 rows/],
  ['a hole in the sequence', (site) => (first(first(site.images).outcomes).sequence = 4), /sequence is not 1 … n/],
  ['a sequence ahead of its outcomes', (site) => (site.sequence = 5), /sequence is 5 after 2 outcomes/],
  ['a gap that is not there', (_site, hub) => (hub.missing = 1), /shows 1 missing, but 0 are/],
  ['a gap that is not shown', (_site, hub) => hub.rows.pop(), /shows 0 missing, but 1 are/],
  ['events that wait', (site) => (site.outboxPending = 1), /1 events wait in the outbox/],
  ['a group that is behind', (site) => (site.lag['edge.results'] = 2), /edge\.results is 2 records from the end/],
  [
    'a group that committed past the end',
    (site) => (site.lag['edge.dispatcher'] = -3),
    /edge\.dispatcher is -3 records/,
  ],
  ['events that could not be read', (site) => (site.rejectedEvents = 1), /1 events could not be read/],
  [
    'an urgent finding that waits to be told',
    (site) => (site.notified = 0),
    /0 messages to staff are delivered, but 1/,
  ],
  ['a quarantine', (_site, hub) => (hub.quarantined = 1), /quarantine/],
  ['a dead letter', (site) => site.deadLetters.push({ code: 'HILUM_X' }), /1 × dead letter: HILUM_X/],
];

describe('the invariants', () => {
  it('find nothing in a fleet where all holds', () => {
    expect(violations(journal, fleetWith())).toEqual([]);
  });

  it.each(BROKEN)('find %s', (_what, change, message) => {
    expect(violations(journal, fleetWith(change)).join('\n')).toMatch(message);
  });

  it('find a process that is not ready, and an upload to a site that is not there', () => {
    const fleet = { ...fleetWith(), notReady: ['hub'] };
    const stranger = { ...first(journal), site: 'riverside' };
    expect(violations([...journal, stranger], fleet)).toEqual([
      '1 × process not ready: hub',
      '1 × upload to a site that is not there: riverside a.jpeg',
    ]);
  });

  it('find that staff were not told, though the site believes it', () => {
    expect(violations(journal, { ...fleetWith(), told: 0 })).toEqual([
      'staff were told of 0 urgent findings, but there are 1',
    ]);
  });

  it('take a dead letter that the scenario explains, and uploads that it accounts for itself', () => {
    const fleet = fleetWith((site) => site.deadLetters.push({ code: 'HILUM_X' }));
    expect(violations(journal, fleet, { explainedDeadLetters: ['HILUM_X'] })).toEqual([]);
    expect(violations([], fleetWith(), { sitesWithOtherUploads: ['st-agnes'] })).toEqual([]);
    expect(violations([], fleetWith())).not.toEqual([]);
  });

  it('name a few and count the rest', () => {
    const many = Array.from({ length: 5 }, (_, index) => ({ ...first(journal), ref: `lost-${index}` }));
    expect(violations([...journal, ...many], fleetWith())).toEqual([
      'st-agnes: 5 × acknowledged but without an image: s3 lost-0, s3 lost-1, s3 lost-2, …',
    ]);
  });
});
