import { describe, expect, it } from 'vitest';
import type { ProcessRecord } from '../../fleet/fleet-state.js';
import { ago, fleetState, processRecord, sampleExamination, sampleTable } from '../testing/sample-examination.js';
import { processFinding, processesCheck } from './processes-check.js';

const SINCE = '2026-03-01T11:00:00.000Z';
const find = (change: Partial<ProcessRecord>, examination = sampleExamination(), since: string | null = SINCE) =>
  processFinding(examination, processRecord('hub', change), since);

describe('a process', () => {
  it('that is ready, or was restarted long ago, is well', () => {
    expect(find({})).toBeNull();
    expect(find({ restarts: 3, startedAt: ago(3_600).toISOString() })).toBeNull();
  });

  it('that was restarted just now is a warning, since then', () => {
    expect(find({ restarts: 1, startedAt: ago(60).toISOString() })).toMatchObject({
      state: 'warning',
      since: ago(60).toISOString(),
      fix: 'npx hilum logs hub --data /data',
    });
  });

  it('that is tried again is failed, with its last error, its log and since when', () => {
    const error = 'hub ended with exit code 78';
    expect(find({ state: 'restarting', pid: null, error })).toMatchObject({
      state: 'failed',
      detail: 'hub is restarting: hub ended with exit code 78; its log is /data/logs/hub.log',
      since: SINCE,
    });
    expect(find({ state: 'waiting', pid: null, givenUp: true, error })?.detail).toContain('does not start');
  });

  it('that starts for the first time, or waits for another, is a warning', () => {
    expect(find({ state: 'starting' })).toMatchObject({ state: 'warning', detail: 'hub is starting', since: SINCE });
    expect(find({ state: 'waiting', pid: null })?.state).toBe('warning');
  });

  it('that is said to be ready but is dead, or frozen, is failed', () => {
    const dead = sampleExamination({ isAlive: () => false });
    expect(find({}, dead)).toMatchObject({ state: 'failed', fix: 'npx hilum logs hub --data /data' });
    const frozen = sampleExamination({
      state: fleetState([processRecord('hub')]),
      table: sampleTable({ isFrozen: () => true }),
    });
    expect(find({}, frozen, null)).toMatchObject({ state: 'failed', since: null, fix: 'kill -CONT 100' });
  });
});

describe('the processes of an owner', () => {
  it('are looked at without those of others', async () => {
    const state = fleetState([
      processRecord('hub', { state: 'restarting', error: 'x', pid: null }),
      processRecord('st-agnes-edge'),
    ]);
    const examination = sampleExamination({ state });
    const signal = new AbortController().signal;
    expect(await processesCheck(examination, 'st-agnes').run(signal)).toMatchObject({
      state: 'ok',
      detail: '1 of 1 ready',
    });
    expect(await processesCheck(examination, 'hub').run(signal)).toMatchObject({ state: 'failed' });
    expect(await processesCheck(examination, 'machine').run(signal)).toMatchObject({ state: 'skipped' });
  });
});
