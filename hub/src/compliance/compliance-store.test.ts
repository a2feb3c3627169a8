import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noteSeen } from '../fleet-feed/fleet-source-store.js';
import type { Availability, FleetCluster } from '../fleet-feed/fleet-object.js';
import {
  listFleetObjects,
  removeFleetObjects,
  removeOtherFleetObjects,
  storeFleetObjects,
} from '../fleet-feed/fleet-object-store.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';
import { samplePolicy, sampleReport } from '../testing/sample-compliance.js';
import type { ComplianceState, PolicyEvent, PolicyState } from './compliance-state.js';
import { endOtherStates, endStates, judgeAgain, listPolicyStates, recordReports } from './policy-state-store.js';
import { listPolicies, markRemoved, storePolicies } from './policy-store.js';
import { timeToFix } from './time-to-fix-store.js';
import { listTransitions, policyStatesAt } from './transition-store.js';

const TLS = 'policy-kafka-tls-only';
const BUCKET = 'policy-bucket-no-anonymous';
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
});
beforeEach(async () => {
  await hub.reset();
  await hub.retention.round();
  await storePolicies(hub.database, at(0), 'ocm', [samplePolicy(TLS), samplePolicy(BUCKET)]);
  await noteSeen(hub.database, 'ocm', at(0));
});
afterAll(() => hub.stop());

const recording = () => ({
  database: hub.database,
  cover: (...args: Parameters<typeof hub.retention.cover>) => hub.retention.cover(...args),
});
/** Minutes after the test begins. */
const at = (minutes: number): Date => new Date(Date.UTC(2026, 4, 4, 12) + minutes * 60_000);
const event = (minutes: number, state: ComplianceState): PolicyEvent => ({
  ...{ id: `listener.${minutes}`, template: 'listener', state, message: `${state} at ${minutes}` },
  at: at(minutes).toISOString(),
});
/** As the hub does: what is heard of a source is recorded after noting that it is heard. */
async function record(minutes: number, ...reports: ReturnType<typeof sampleReport>[]): Promise<PolicyState[]> {
  await noteSeen(hub.database, 'ocm', at(minutes));
  return recordReports(recording(), at(minutes), reports);
}
const cluster = (name: string, availability: Availability): FleetCluster => ({
  ...{ kind: 'cluster', namespace: '', name, site: name, accepted: true, joined: true, availability },
  ...{ availabilitySince: null, message: '', clusterSet: 'hospitals', version: 'v1.34.4' },
});
const states = async (): Promise<string[]> =>
  (await listPolicyStates(hub.database)).map(({ policy, site, state }) => `${policy} ${site} ${state}`);
const history = async (): Promise<string[]> =>
  (await listTransitions(hub.database, {}))
    .toReversed()
    .map(({ from, to, at: time }) => `${from} ${to} ${(Date.parse(time) - at(0).getTime()) / 60_000}`);

describe('policies', () => {
  it('keep when they were first seen, and are there again after they had gone', async () => {
    await markRemoved(hub.database, at(1), 'ocm', [TLS]);
    expect(await listPolicies(hub.database)).toMatchObject([
      { name: BUCKET, removedAt: at(1).toISOString() },
      { name: TLS, removedAt: null },
    ]);
    await storePolicies(hub.database, at(2), 'ocm', [{ ...samplePolicy(BUCKET), severity: 'critical' }]);
    expect((await listPolicies(hub.database))[0]).toEqual({
      ...samplePolicy(BUCKET),
      severity: 'critical',
      source: 'ocm',
      firstSeenAt: at(0).toISOString(),
      removedAt: null,
    });
  });
});

describe('the state of a policy at a site', () => {
  it('is what was reported last, since it was first reported so', async () => {
    await record(0, sampleReport(TLS, 'st-agnes', 'compliant'));
    await record(1, sampleReport(TLS, 'st-agnes', 'non-compliant'));
    const changed = await record(2, sampleReport(TLS, 'st-agnes', 'non-compliant'));
    expect(changed).toEqual([]);
    expect(await listPolicyStates(hub.database)).toEqual([
      {
        ...{ policy: TLS, site: 'st-agnes', state: 'non-compliant', message: 'it is non-compliant' },
        ...{ since: at(1).toISOString(), observedAt: at(2).toISOString() },
      },
    ]);
  });

  it('is listed by policy and site, page by page, and by filters', async () => {
    await record(
      0,
      ...[TLS, BUCKET].flatMap((policy) => [
        sampleReport(policy, 'riverside', 'compliant'),
        sampleReport(policy, 'st-agnes', 'non-compliant'),
      ]),
    );
    const first = await listPolicyStates(hub.database, {}, { limit: 3 });
    const last = first[2];
    expect(first.map(({ policy, site }) => [policy, site])).toEqual([
      [BUCKET, 'riverside'],
      [BUCKET, 'st-agnes'],
      [TLS, 'riverside'],
    ]);
    const rest = await listPolicyStates(hub.database, {}, { after: last, limit: 3 });
    expect(rest.map(({ policy, site }) => [policy, site])).toEqual([[TLS, 'st-agnes']]);
    const found = await listPolicyStates(hub.database, { policy: TLS, site: 'st-agnes', state: 'non-compliant' });
    expect(found).toHaveLength(1);
  });

  it('becomes unknown when its source is silent, and what it was when the source is heard again', async () => {
    await record(0, sampleReport(TLS, 'st-agnes', 'compliant'));
    expect(await judgeAgain(recording(), at(3), 0)).toEqual([]);
    expect(await judgeAgain(recording(), at(4), 0)).toMatchObject([{ state: 'unknown', since: at(4).toISOString() }]);
    expect(await judgeAgain(recording(), at(5), 0)).toEqual([]);
    await noteSeen(hub.database, 'ocm', at(6));
    expect(await judgeAgain(recording(), at(6), 0)).toMatchObject([{ state: 'compliant', since: at(6).toISOString() }]);
    expect(await history()).toEqual(['null compliant 0', 'compliant unknown 4', 'unknown compliant 6']);
  });

  it('is not called unknown by a hub that has not listened for long itself', async () => {
    await record(0, sampleReport(TLS, 'st-agnes', 'compliant'));
    expect(await judgeAgain(recording(), at(60), at(58).getTime())).toEqual([]);
    expect(await judgeAgain(recording(), at(62), at(58).getTime())).toMatchObject([{ state: 'unknown' }]);
  });

  it('becomes unknown when its cluster is away, whatever is still reported of it', async () => {
    await storeFleetObjects(hub.database, at(0), 'ocm', [cluster('st-agnes', 'available')]);
    await record(0, sampleReport(TLS, 'st-agnes', 'compliant'), sampleReport(TLS, 'riverside', 'compliant'));
    await storeFleetObjects(hub.database, at(1), 'ocm', [cluster('st-agnes', 'unknown')]);
    await judgeAgain(recording(), at(1), 0);
    await record(1, sampleReport(TLS, 'st-agnes', 'compliant'));
    expect(await states()).toEqual([`${TLS} riverside compliant`, `${TLS} st-agnes unknown`]);
  });

  it('ends when the policy no longer applies, and its history stays', async () => {
    await record(0, sampleReport(TLS, 'st-agnes', 'compliant'), sampleReport(BUCKET, 'st-agnes', 'pending'));
    expect(await endStates(recording(), at(1), [{ policy: TLS, site: 'st-agnes' }])).toBe(1);
    expect(await endOtherStates(recording(), at(2), 'local', [])).toBe(0);
    expect(await endOtherStates(recording(), at(2), 'ocm', [])).toBe(1);
    expect(await states()).toEqual([]);
    expect(await history()).toEqual(['null compliant 0', 'null pending 0', 'compliant null 1', 'pending null 2']);
  });
});

describe('the history of a policy', () => {
  it('has every event once, however often it is replayed, and keeps what the platform has forgotten', async () => {
    const events = Array.from({ length: 12 }, (_, minutes) =>
      event(minutes, minutes % 2 === 0 ? 'compliant' : 'non-compliant'),
    );
    const reports = [0, 2].map((start) => ({
      ...sampleReport(TLS, 'st-agnes', 'non-compliant'),
      events: events.slice(start, start + 10),
    }));
    for (const report of [...reports, ...reports]) await record(12, report);
    expect(await history()).toHaveLength(12);
    expect((await history()).slice(0, 3)).toEqual([
      'null compliant 0',
      'compliant non-compliant 1',
      'non-compliant compliant 2',
    ]);
  });

  it('is the same when two hubs record it at the same time', async () => {
    const report = {
      ...sampleReport(TLS, 'st-agnes', 'compliant'),
      events: [event(0, 'compliant'), event(1, 'pending'), event(2, 'compliant')],
    };
    await Promise.all([record(3, report), record(3, report)]);
    expect(await history()).toEqual(['null compliant 0', 'compliant pending 1', 'pending compliant 2']);
  });

  it('does not take again what has expired', async () => {
    hub.days.compliance = 31;
    await hub.retention.round();
    const old = { ...event(0, 'non-compliant'), at: '2026-03-31T12:00:00Z' };
    const kept = { ...event(1, 'compliant'), at: '2026-04-01T12:00:00Z' };
    await record(2, { ...sampleReport(TLS, 'st-agnes', 'compliant'), events: [old, kept] });
    expect((await listTransitions(hub.database, {})).map(({ to }) => to)).toEqual(['compliant']);
    hub.days.compliance = 2_192;
  });

  it('is listed newest first, page by page, and by filters', async () => {
    await record(0, sampleReport(TLS, 'st-agnes', 'compliant'), sampleReport(BUCKET, 'riverside', 'compliant'));
    await record(1, sampleReport(TLS, 'st-agnes', 'pending'));
    const [first] = await listTransitions(hub.database, {}, { limit: 1 });
    expect(first).toMatchObject({ policy: TLS, from: 'compliant', to: 'pending', at: at(1).toISOString() });
    const after = { atMs: at(1).getTime(), id: Number(first?.id) };
    expect(await listTransitions(hub.database, {}, { after, limit: 5 })).toHaveLength(2);
    const filter = { policy: TLS, site: 'st-agnes', since: at(0).toISOString(), until: at(1).toISOString() };
    expect(await listTransitions(hub.database, filter)).toMatchObject([{ to: 'compliant' }]);
  });

  it('tells how every policy stood at a time', async () => {
    await record(0, sampleReport(TLS, 'st-agnes', 'compliant'), sampleReport(BUCKET, 'st-agnes', 'compliant'));
    await record(5, sampleReport(TLS, 'st-agnes', 'non-compliant'));
    await endStates(recording(), at(7), [{ policy: BUCKET, site: 'st-agnes' }]);
    const told = async (minutes: number): Promise<string[]> =>
      (await policyStatesAt(hub.database, at(minutes))).map(({ policy, state }) => `${policy} ${state}`).sort();
    expect(await told(-1)).toEqual([]);
    expect(await told(4)).toEqual([`${BUCKET} compliant`, `${TLS} compliant`]);
    expect(await told(6)).toEqual([`${BUCKET} compliant`, `${TLS} non-compliant`]);
    expect(await told(8)).toEqual([`${TLS} non-compliant`]);
  });
});

describe('the time to fix', () => {
  it('goes from non-compliant to compliant, over whatever lies between', async () => {
    for (const [minutes, state] of [
      [0, 'compliant'],
      [1, 'non-compliant'],
      [2, 'unknown'],
      [3, 'non-compliant'],
      [5, 'pending'],
      [6, 'compliant'],
    ] as const)
      await record(minutes, sampleReport(TLS, 'st-agnes', state));
    await record(2, sampleReport(TLS, 'riverside', 'non-compliant'));
    await record(9, sampleReport(TLS, 'riverside', 'compliant'));
    await record(10, sampleReport(TLS, 'riverside', 'non-compliant'));
    expect(await timeToFix(hub.database, at(0), at(20))).toEqual([
      { policy: TLS, fixed: 2, open: 1, medianSeconds: 360, longestSeconds: 420 },
    ]);
    expect(await timeToFix(hub.database, at(2), at(20))).toMatchObject([{ fixed: 1, open: 1, medianSeconds: 420 }]);
  });

  it('is of nothing where the policy ceased to apply', async () => {
    await record(0, sampleReport(TLS, 'st-agnes', 'non-compliant'));
    await endStates(recording(), at(1), [{ policy: TLS, site: 'st-agnes' }]);
    await record(2, sampleReport(TLS, 'st-agnes', 'compliant'));
    expect(await timeToFix(hub.database, at(0), at(20))).toEqual([]);
  });
});

describe('what the platform has', () => {
  it('is replaced, removed one by one, and by what is left', async () => {
    const { database } = hub;
    await storeFleetObjects(
      database,
      at(0),
      'ocm',
      ['a', 'b', 'c'].map((name) => cluster(name, 'available')),
    );
    await storeFleetObjects(database, at(1), 'ocm', [cluster('a', 'unavailable')]);
    await removeFleetObjects(database, 'ocm', [cluster('b', 'available')]);
    expect(await listFleetObjects(database, 'cluster')).toEqual([
      { ...cluster('a', 'unavailable'), source: 'ocm', observedAt: at(1).toISOString() },
      { ...cluster('c', 'available'), source: 'ocm', observedAt: at(0).toISOString() },
    ]);
    await removeOtherFleetObjects(database, 'ocm', 'cluster', [cluster('c', 'available')]);
    expect((await listFleetObjects(database, 'cluster')).map(({ name }) => name)).toEqual(['c']);
    expect(await listFleetObjects(database, 'cluster', { site: 'a' })).toEqual([]);
  });
});
