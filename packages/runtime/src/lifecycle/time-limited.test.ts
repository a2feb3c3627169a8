import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { timeLimited } from './time-limited.js';

const run = promisify(execFile);

describe('a signal with a time limit', () => {
  it('aborts when the time is over, and says so', async () => {
    const signal = timeLimited(new AbortController().signal, 5);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('aborts with the other signal, for its reason', () => {
    const stop = new AbortController();
    const signal = timeLimited(stop.signal, 60_000);
    stop.abort(new Error('stopped'));
    expect(signal.reason).toEqual(new Error('stopped'));
  });

  it('does not lose its time limit to the garbage collector', async () => {
    const module = new URL('../../dist/lifecycle/time-limited.js', import.meta.url).href;
    const script = `
      const { timeLimited } = await import(${JSON.stringify(module)});
      const never = new AbortController().signal;
      const keepAlive = setInterval(() => globalThis.gc(), 10);
      const waiting = (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      const outcome = await Promise.race([
        waiting(timeLimited(never, 200)).then(() => 'in time'),
        new Promise((resolve) => setTimeout(resolve, 5000, 'never')),
      ]);
      clearInterval(keepAlive);
      console.log(outcome);
      process.exit(0);`;
    const { stdout } = await run(process.execPath, ['--expose-gc', '--input-type=module', '-e', script]);
    expect(stdout.trim()).toBe('in time');
  });
});
