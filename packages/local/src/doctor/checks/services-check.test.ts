import { describe, expect, it } from 'vitest';
import { fleetState, processRecord, sampleExamination } from '../testing/sample-examination.js';
import { readinessFinding, serviceUrls } from './services-check.js';

const answer = (status: number, text = '') => ({ status, text, date: null });

describe('a service', () => {
  it('is well when it says that it is ready, a warning when it waits, failed when it says anything else', () => {
    const examination = sampleExamination();
    expect(readinessFinding(examination, 'st-agnes-edge', answer(200)).state).toBe('ok');
    const waiting = answer(503, JSON.stringify({ detail: 'waiting for: database' }));
    expect(readinessFinding(examination, 'st-agnes-edge', waiting)).toMatchObject({
      state: 'warning',
      detail: 'st-agnes-edge is not ready: waiting for: database',
    });
    expect(readinessFinding(examination, 'st-agnes-edge', answer(503, '<html>')).detail).toContain('does not say why');
    expect(readinessFinding(examination, 'st-agnes-edge', answer(404))).toMatchObject({ state: 'failed' });
  });

  it('is asked when it was started, at the port that config.json gives it', () => {
    const config = { version: 1 as const, sites: ['st-agnes'], ports: { 'st-agnes-edge': 20_001, hub: 20_002 } };
    const state = fleetState([processRecord('st-agnes-edge'), processRecord('st-agnes-dispatcher')]);
    const examination = sampleExamination({ state, config });
    expect([...serviceUrls(examination, 'st-agnes')]).toEqual([['st-agnes-edge', 'http://127.0.0.1:20001']]);
    expect(serviceUrls(examination, 'hub').size).toBe(0);
  });
});
