import { fleetReport } from '@hilum/contracts';
import { describe, expect, it } from 'vitest';
import { AwayError } from '../doctor/adapters/away-error.js';
import { failed, ok, skipped, warning } from '../doctor/check.js';
import { ago, fleetState, NOW, processRecord, sampleExamination } from '../doctor/testing/sample-examination.js';
import { checkPolicies, type Beginnings } from './check-policies.js';
import { LOCAL_POLICIES, LOCAL_POLICY_SETS, subjectsOf } from './local-policies.js';
import type { LocalPolicy } from './local-policy.js';

const { signal } = new AbortController();
const policy = (check: LocalPolicy['check'], change: Partial<LocalPolicy> = {}): LocalPolicy => ({
  name: 'policy-kafka-tls-only',
  title: 'TLS only',
  why: 'Because.',
  severity: 'high',
  standards: [],
  categories: [],
  controls: ['SC-8'],
  policySets: [],
  of: ['site'],
  check,
  ...change,
});
const run = (policies: LocalPolicy[], beginnings: Beginnings = new Map(), examination = sampleExamination()) =>
  checkPolicies(examination, beginnings, { policies, appVersion: '0.1.0', signal });

describe('checking policies', () => {
  it.each([
    ['compliant', 'fine', () => ok('fine')],
    ['non-compliant', 'soon', () => warning('soon')],
    ['non-compliant', 'open', () => failed('open')],
    ['unknown', 'it could not be checked: not running', () => skipped('not running')],
    ['pending', 'not yet', () => ({ state: 'pending' as const, detail: 'not yet' })],
    [
      'unknown',
      'it could not be checked: the broker does not answer (ECONNREFUSED)',
      () => Promise.reject(new AwayError('the broker', 'ECONNREFUSED')),
    ],
  ] as const)('is %s: %s', async (state, message, check) => {
    const { states } = await run([policy(check)]);
    const since = NOW.toISOString();
    expect(states).toEqual([{ policy: 'policy-kafka-tls-only', site: 'st-agnes', state, message, since }]);
  });

  it('tells since when, by what the check knows, and for as long as it stays so', async () => {
    const beginnings: Beginnings = new Map();
    const since = ago(600).toISOString();
    const broken = policy(() => failed('open', { since }));
    expect((await run([broken], beginnings)).states[0]?.since).toBe(since);
    const later = sampleExamination({ now: () => new Date(NOW.getTime() + 60_000) });
    expect((await run([policy(() => failed('open'))], beginnings, later)).states[0]?.since).toBe(since);
    const fixed = await run([policy(() => ok('fine'))], beginnings, later);
    expect(fixed.states[0]?.since).toBe('2026-03-01T12:01:00.000Z');
  });

  it('waits for what is being started, though not for what restarts', async () => {
    const of = (change: Parameters<typeof processRecord>[1]) =>
      run(
        [policy(() => failed('open'))],
        new Map(),
        sampleExamination({ state: fleetState([processRecord('st-agnes-mirror', change)]) }),
      );
    expect((await of({ state: 'waiting' })).states).toMatchObject([
      { state: 'unknown', message: 'it could not be checked: it is being started for the first time' },
    ]);
    expect((await of({ state: 'starting', restarts: 1 })).states).toMatchObject([{ state: 'non-compliant' }]);
  });

  it('tells no secret', async () => {
    const { states } = await run([policy(() => failed('connecting with hub-password failed'))]);
    expect(states[0]?.message).not.toContain('hub-password');
  });

  it('is done wherever a policy applies, and tells of each cluster which processes are not ready', async () => {
    const state = fleetState([processRecord('hub'), processRecord('st-agnes-edge', { state: 'restarting' })]);
    const report = await run(
      [policy(() => ok('fine'), { of: ['hub', 'site'] })],
      new Map(),
      sampleExamination({ state }),
    );
    expect(report.states.map(({ site }) => site)).toEqual(['hub', 'st-agnes']);
    expect(report.clusters).toEqual([
      { name: 'hub', message: 'all 1 processes are ready', appVersion: '0.1.0' },
      { name: 'st-agnes', message: 'not ready: st-agnes-edge', appVersion: '0.1.0' },
    ]);
    expect(fleetReport.safeParse(report).error).toBeUndefined();
  });
});

describe('the policies of one machine', () => {
  it('are named as policies are, in order, each with a control and a set that is described', () => {
    const names = LOCAL_POLICIES.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
    for (const { name, controls, policySets, of, why } of LOCAL_POLICIES) {
      expect(name).toMatch(/^policy-[a-z]+(-[a-z]+)+$/);
      expect(controls.length, name).toBeGreaterThan(0);
      expect(why, name).not.toBe('');
      expect(of.length, name).toBeGreaterThan(0);
      for (const set of policySets)
        expect(
          LOCAL_POLICY_SETS.map((known) => known.name),
          name,
        ).toContain(set);
    }
  });

  it('are of unknown state, not compliant, where nothing runs', async () => {
    const stopped = sampleExamination({ supervisor: null, state: null, dataDir: '/nowhere' });
    const { states } = await run([...LOCAL_POLICIES], new Map(), stopped);
    expect(states).toHaveLength(LOCAL_POLICIES.flatMap((one) => subjectsOf(one, ['st-agnes'])).length);
    expect(states.filter(({ state }) => state !== 'unknown')).toEqual([]);
  });
});
