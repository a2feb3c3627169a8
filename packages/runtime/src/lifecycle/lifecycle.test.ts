import { describe, expect, it } from 'vitest';
import { backoffMs, untilDone, wait } from './backoff.js';
import { Loop } from './loop.js';
import { Readiness } from './run-process.js';
import { ShutdownSequence } from './shutdown-sequence.js';

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('backoffMs', () => {
  it('doubles up to the maximum, less jitter of at most a fifth', () => {
    const backoff = { firstMs: 100, maxMs: 1000 };
    expect([0, 1, 2, 3, 4, 50].map((attempt) => backoffMs(backoff, attempt, 0))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
    expect(backoffMs(backoff, 4, 1)).toBe(800);
  });
});

describe('wait', () => {
  it('tells whether the time passed or the signal came first', async () => {
    const stop = new AbortController();
    expect(await wait(1, stop.signal)).toBe(true);
    const waiting = wait(600_000, stop.signal);
    stop.abort();
    expect(await waiting).toBe(false);
  });
});

describe('untilDone', () => {
  it('tries until it succeeds and reports each failure', async () => {
    let left = 3;
    const failures: number[] = [];
    const outcome = await untilDone(
      () => {
        left -= 1;
        return left > 0 ? Promise.reject(new Error('not yet')) : Promise.resolve('done');
      },
      {
        backoff: { firstMs: 1, maxMs: 1 },
        signal: new AbortController().signal,
        onFailure: (_error, attempt) => failures.push(attempt),
      },
    );
    expect(outcome).toEqual({ result: 'done' });
    expect(failures).toEqual([0, 1]);
  });

  it('gives null when it is stopped first', async () => {
    const stop = new AbortController();
    const outcome = await untilDone(() => Promise.reject(new Error('never')), {
      backoff: { firstMs: 600_000, maxMs: 600_000 },
      signal: stop.signal,
      onFailure: () => stop.abort(),
    });
    expect(outcome).toBeNull();
  });
});

describe('Loop', () => {
  it('does another round at once when it was woken during one', async () => {
    let rounds = 0;
    const second = deferred();
    const loop = new Loop({
      intervalMs: 600_000,
      onError: () => undefined,
      round: () => {
        rounds += 1;
        if (rounds === 1) loop.wake();
        else second.resolve();
        return Promise.resolve();
      },
    });
    loop.start();
    await second.promise;
    await loop.stop();
    expect(rounds).toBe(2);
  });

  it('goes on after a failed round, and stop waits for the round under way', async () => {
    const errors: unknown[] = [];
    const began = deferred();
    const release = deferred();
    let ended = false;
    let rounds = 0;
    const loop = new Loop({
      intervalMs: 1,
      onError: (error) => errors.push(error),
      round: async () => {
        rounds += 1;
        if (rounds === 1) throw new Error('first');
        began.resolve();
        await release.promise;
        ended = true;
      },
    });
    loop.start();
    await began.promise;
    const stopped = loop.stop();
    release.resolve();
    await stopped;
    expect(errors).toHaveLength(1);
    expect(ended).toBe(true);
  });
});

describe('ShutdownSequence', () => {
  it('runs the steps last first, once, and past a step that fails', async () => {
    const ran: string[] = [];
    const shutdown = new ShutdownSequence(60_000);
    shutdown.add('database', () => void ran.push('database'));
    shutdown.add('consumer', () => Promise.reject(new Error('broken')));
    shutdown.add('http', () => void ran.push('http'));
    const [first, second] = await Promise.all([shutdown.run(), shutdown.run()]);
    expect(ran).toEqual(['http', 'database']);
    expect(first).toBe(second);
    expect(first.inTime).toBe(true);
    expect(first.problems.map(({ step }) => step)).toEqual(['consumer']);
    expect(shutdown.stopping.aborted).toBe(true);
  });

  it('says so when a step does not end before the deadline', async () => {
    const shutdown = new ShutdownSequence(5);
    shutdown.add('hangs', () => new Promise<void>(() => undefined));
    expect((await shutdown.run()).inTime).toBe(false);
  });
});

describe('Readiness', () => {
  it('holds when every condition does, and names those that do not', () => {
    const readiness = new Readiness();
    readiness.set('database', true);
    readiness.set('model', false);
    expect(readiness.isReady).toBe(false);
    expect(readiness.missing).toEqual(['model']);
    readiness.set('model', true);
    expect(readiness.isReady).toBe(true);
  });
});
