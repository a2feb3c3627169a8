import { describe, expect, it } from 'vitest';
import { fleetState, processRecord, sampleExamination } from '../testing/sample-examination.js';
import { supervisorFinding } from './supervisor-check.js';

describe('the supervisor', () => {
  it('is well while it runs all that config.json names', () => {
    expect(supervisorFinding(sampleExamination(), null).state).toBe('ok');
  });

  it('is a warning when it was stopped in order, since then', () => {
    const stopped = sampleExamination({ supervisor: null, state: fleetState([], { supervisor: null }) });
    expect(supervisorFinding(stopped, '2026-03-01T11:00:00.000Z')).toEqual({
      state: 'warning',
      detail: 'nothing runs in this data folder',
      since: '2026-03-01T11:00:00.000Z',
      fix: 'npx hilum up --data /data',
    });
  });

  it('is a warning while a restore has the folder to itself, whatever was left by the last fleet', () => {
    const restoring = sampleExamination({ supervisor: null, work: { pid: 7, work: 'restore' } });
    expect(supervisorFinding(restoring, null)).toMatchObject({
      state: 'warning',
      detail: 'nothing runs: a restore (pid 7) is under way in /data',
      fix: 'wait for it, then: npx hilum up --data /data',
    });
  });

  it('is failed when it was killed', () => {
    const killed = sampleExamination({ supervisor: null, isAlive: () => false });
    expect(supervisorFinding(killed, null)).toMatchObject({ state: 'failed', fix: 'npx hilum up --data /data' });
  });

  it('is failed when it left something running', () => {
    const orphans = sampleExamination({ supervisor: null, state: fleetState([processRecord('hub')]) });
    expect(supervisorFinding(orphans, null)).toMatchObject({
      state: 'failed',
      detail: 'the supervisor is gone but left running: hub',
      fix: 'npx hilum down --data /data && npx hilum up --data /data',
    });
  });

  it('is failed when it could not follow config.json, or a site of it does not run', () => {
    const supervisor = { pid: 1, startedAt: '2026-03-01T11:00:00.000Z', problem: 'no free port' };
    const stuck = sampleExamination({ state: fleetState([], { supervisor }) });
    expect(supervisorFinding(stuck, null).detail).toBe('config.json could not be followed: no free port');
    const missing = sampleExamination({ sites: ['st-agnes', 'riverside'] });
    expect(supervisorFinding(missing, null).detail).toBe('in config.json but not running: riverside');
  });

  it('is not looked for where there is no folder', () => {
    expect(supervisorFinding(sampleExamination({ exists: false, supervisor: null }), null).state).toBe('skipped');
  });
});
