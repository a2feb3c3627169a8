import { describe, expect, it } from 'vitest';
import { AwayError, reasonOf } from './adapters/away-error.js';
import { notAnswering, processFix } from './process-trouble.js';
import { fleetState, processRecord, sampleExamination, sampleTable } from './testing/sample-examination.js';

const frozen = sampleTable({ isFrozen: () => true });

describe('a process that does not do its work', () => {
  it('is let go on when it is frozen, restarted when it hangs, read about when it is not there', () => {
    const name = 'st-agnes-edge';
    expect(processFix(sampleExamination({ table: frozen }), name)).toBe('kill -CONT 100');
    expect(processFix(sampleExamination(), name)).toBe(
      'npx hilum logs st-agnes-edge --data /data\nkill 100 (the supervisor starts it anew)',
    );
    expect(processFix(sampleExamination({ isAlive: () => false }), name)).toBe(
      'npx hilum logs st-agnes-edge --data /data',
    );
    expect(processFix(sampleExamination({ state: fleetState([]) }), name)).toBe(
      'npx hilum logs st-agnes-edge --data /data',
    );
  });

  it('is failed with why, and since when somebody noticed where the supervisor did not', async () => {
    const error = new AwayError('the edge', 'ECONNREFUSED');
    expect(await notAnswering(sampleExamination(), 'st-agnes-edge', error, () => '2026-03-01T11:00:00.000Z')).toEqual({
      state: 'failed',
      detail: 'st-agnes-edge does not answer (ECONNREFUSED)',
      since: '2026-03-01T11:00:00.000Z',
      fix: 'npx hilum logs st-agnes-edge --data /data\nkill 100 (the supervisor starts it anew)',
    });
    expect(await notAnswering(sampleExamination({ table: frozen }), 'st-agnes-edge', error)).toMatchObject({
      detail: 'st-agnes-edge does not answer (its process is frozen, as by SIGSTOP)',
      since: null,
    });
  });

  it('of which nothing is known is failed all the same', async () => {
    const examination = sampleExamination({ state: fleetState([processRecord('hub', { pid: null })]), table: null });
    expect(await notAnswering(examination, 'hub', new AwayError('the hub', 'no answer in time'))).toMatchObject({
      state: 'failed',
      fix: 'npx hilum logs hub --data /data',
    });
  });
});

describe('why a server did not answer', () => {
  it.each([
    ['ECONNREFUSED', Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })],
    ['ECONNRESET', new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) })],
    ['ECONNREFUSED', new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })])],
    ['no answer in time', new DOMException('The operation was aborted', 'TimeoutError')],
    ['no answer in time', new Error('Request ApiVersions(key: 18, version: 2) timed out')],
    ['no answer in time', new Error('timeout expired')],
    ['password authentication failed', new Error('password authentication failed')],
    ['AccessDenied', Object.assign(new Error(''), { name: 'AccessDenied' })],
    ['odd', 'odd'],
  ])('is %s', (reason, error) => {
    expect(reasonOf(error)).toBe(reason);
  });
});
