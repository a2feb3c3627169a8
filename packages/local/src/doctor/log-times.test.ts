import { describe, expect, it } from 'vitest';
import { heldUpSince, lastTime, notReadySince, stoppedAt } from './log-times.js';

const supervisor = (...lines: string[]): string[] =>
  lines.map((line, second) => `2026-03-01T08:00:0${second}.000Z ${line}`);
const entry = (second: number, msg: string): string =>
  JSON.stringify({ level: 'warn', time: `2026-03-01T08:00:0${second}.000Z`, process: 'edge', msg });

describe("the supervisor's log", () => {
  it('tells since when a process is not ready: from the first line after it was ready', () => {
    const lines = supervisor(
      'a-edge waiting',
      'a-edge starting (pid 7)',
      'a-edge ready (pid 7)',
      'b-edge ready (pid 8)',
      'a-edge restarting: a-edge was ended by SIGKILL',
      'a-edge waiting',
      'a-edge starting (pid 9)',
    );
    expect(notReadySince(lines, 'a-edge')).toBe('2026-03-01T08:00:04.000Z');
    expect(notReadySince(lines, 'b-edge')).toBeNull();
    expect(notReadySince(lines, 'c-edge')).toBeNull();
  });

  it('tells since when a process that was never ready was begun', () => {
    expect(notReadySince(supervisor('a-edge waiting', 'a-edge starting (pid 7)'), 'a-edge')).toBe(
      '2026-03-01T08:00:00.000Z',
    );
  });

  it('tells when all was stopped in order, and nothing when the supervisor was killed', () => {
    expect(stoppedAt([...supervisor('stopping', 'stopped'), ''])).toBe('2026-03-01T08:00:01.000Z');
    expect(stoppedAt(supervisor('stopped', 'starting st-agnes'))).toBeNull();
    expect(stoppedAt(supervisor('hub stopped'))).toBeNull();
    expect(stoppedAt([])).toBeNull();
  });
});

describe("a service's log", () => {
  it('tells since when a task is held up, until it works again or the service is started anew', () => {
    const held = [entry(0, 'started'), entry(1, 'the reconciler is held up'), entry(2, 'the relay is held up')];
    expect(heldUpSince(held, 'the reconciler')).toBe('2026-03-01T08:00:01.000Z');
    expect(heldUpSince([...held, entry(3, 'the reconciler works again')], 'the reconciler')).toBeNull();
    expect(heldUpSince([...held, entry(3, 'started')], 'the reconciler')).toBeNull();
    expect(heldUpSince(['no JSON', '{"torn', ...held], 'the relay')).toBe('2026-03-01T08:00:02.000Z');
  });

  it('has the time of its last line that tells one', () => {
    expect(lastTime([entry(1, 'a'), '2026-03-01T08:00:02.000Z b', '    at a stack', ''])).toBe(
      '2026-03-01T08:00:02.000Z',
    );
    expect(lastTime(['--- 2026-03-01T08:00:03.000Z supervisor: had to be killed'])).toBe('2026-03-01T08:00:03.000Z');
    expect(lastTime(['2026-03-01 08:00:02 in the zone of the machine'])).toBeNull();
  });
});
