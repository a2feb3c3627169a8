import { describe, expect, it } from 'vitest';
import { AwayError } from './adapters/away-error.js';
import { ok, type Check } from './check.js';
import { runChecks } from './run-checks.js';

const check = (name: string, run: Check['run'], limitMs?: number): Check => ({
  name,
  subject: 'machine',
  run,
  ...(limitMs === undefined ? {} : { limitMs }),
});

const run = (checks: readonly Check[]) => runChecks(checks, { dataDir: '/data' });

describe('the checks', () => {
  it('run side by side and give one result each, in their order', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const results = await run([
      check('first', async () => {
        await gate;
        return ok('waited for the second');
      }),
      check('second', () => {
        open();
        return ok('did not wait');
      }),
    ]);
    expect(results).toEqual([
      { name: 'first', subject: 'machine', ...ok('waited for the second') },
      { name: 'second', subject: 'machine', ...ok('did not wait') },
    ]);
  });

  it('that hang are failed when their time is over, told to stop, and hold up no other', async () => {
    const told: boolean[] = [];
    const results = await run([
      check(
        'hangs',
        (signal) => {
          signal.addEventListener('abort', () => told.push(true));
          return new Promise(() => undefined);
        },
        10,
      ),
      check('answers', () => ok('fine')),
    ]);
    expect(results.map(({ name, state }) => [name, state])).toEqual([
      ['hangs', 'failed'],
      ['answers', 'ok'],
    ]);
    expect(results[0]).toMatchObject({
      detail: 'gave no answer within 0.01 s',
      fix: 'npx hilum doctor --data /data once more; npx hilum status --data /data',
    });
    expect(told).toEqual([true]);
  });

  it('are skipped, with the reason, when a server that another check is about does not answer', async () => {
    const [result] = await run([
      check('needs the broker', () => Promise.reject(new AwayError('the broker of the hub', 'ECONNREFUSED'))),
    ]);
    expect(result).toMatchObject({ state: 'skipped', detail: 'the broker of the hub does not answer (ECONNREFUSED)' });
  });

  it('that break are failed, with what broke', async () => {
    const [result] = await run([
      check('breaks', () => {
        throw new Error('no such table');
      }),
    ]);
    expect(result).toMatchObject({ state: 'failed', detail: 'could not be checked: no such table' });
  });
});
