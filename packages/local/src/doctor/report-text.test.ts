import { describe, expect, it } from 'vitest';
import { failed, ok, skipped, warning, type CheckResult } from './check.js';
import { duration, reportText, wrap } from './report-text.js';

const at = new Date('2026-03-01T12:00:00.000Z');
const options = { at, dataDir: '/data', columns: 80, colours: false };
const results: CheckResult[] = [
  { name: 'disk', subject: 'machine', ...ok('75.0 GiB are free') },
  { name: 'broker', subject: 'hub', ...warning('slow', { fix: 'wait' }) },
  { name: 'webhook', subject: 'st-agnes', ...skipped('nothing to tell') },
  { name: 'ports', subject: 'st-agnes', ...ok('7 ports') },
  { name: 'model', subject: 'st-agnes', ...skipped('nothing to tell') },
  {
    name: 'store',
    subject: 'st-agnes',
    ...failed('st-agnes-store does not answer, and this sentence goes on for longer than one line has room', {
      since: '2026-03-01T11:55:00.000Z',
      fix: 'kill -CONT 7\nhilum logs st-agnes-store',
    }),
  },
];

describe('the report for people', () => {
  it('is by subject, what failed first, with since when and what to do, and what was skipped last', () => {
    expect(reportText(results, options)).toBe(`hilum doctor, 2026-03-01T12:00:00Z, /data

st-agnes
  ✗ store              st-agnes-store does not answer, and this sentence goes on
                       for longer than one line has room
                       since 2026-03-01T11:55:00Z (5 min)
                       → kill -CONT 7
                       → hilum logs st-agnes-store
  ✓ ports              7 ports
  - skipped, nothing to tell: webhook, model

hub
  ! broker             slow
                       → wait

machine
  ✓ disk               75.0 GiB are free

1 failed, 1 warning, 2 skipped, 2 ok
`);
  });

  it('has colours only when it is told to, and the same words', () => {
    const coloured = reportText(results, { ...options, colours: true });
    expect(coloured).toContain('\x1b[31m✗\x1b[0m');
    // eslint-disable-next-line no-control-regex
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(reportText(results, options));
  });

  it('breaks lines at spaces alone', () => {
    expect(wrap('a bb ccc dddd', 6)).toEqual(['a bb', 'ccc', 'dddd']);
    expect(wrap('/a/long/path/to/copy b', 6)).toEqual(['/a/long/path/to/copy', 'b']);
    expect(wrap('', 6)).toEqual([]);
  });

  it.each([
    [-5, '0 s'],
    [22_400, '22 s'],
    [5 * 60_000, '5 min'],
    [3 * 3_600_000, '3 h'],
    [12 * 86_400_000, '12 days'],
  ])('tells %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
