import { Problem } from '@hilum/runtime/core';
import { describe, expect, it } from 'vitest';
import { Permits, type After } from './permits.js';
import type { Priority } from '@hilum/contracts';

/** Work that lasts until it is told to end. */
function work(): { task: () => Promise<string>; end: () => void; hasBegun: () => boolean } {
  let end: () => void = () => undefined;
  let begun = false;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const task = async (): Promise<string> => {
    begun = true;
    await ended;
    return 'done';
  };
  return { task, end, hasBegun: () => begun };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function codeOf(run: Promise<unknown>): Promise<string> {
  const outcome: unknown = await run.catch((error: unknown) => error);
  if (!(outcome instanceof Problem)) throw new Error('expected a Problem');
  expect(outcome.status).toBe(503);
  expect(outcome.retryAfterSeconds).toBeGreaterThan(0);
  return outcome.code;
}

describe('Permits', () => {
  it('lets as many work as there are places, the next wait in turn, and refuses the rest at once', async () => {
    const permits = new Permits({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 });
    const [first, second, third] = [work(), work(), work()];
    const firstRun = permits.run(first.task);
    const secondRun = permits.run(second.task);
    expect(await codeOf(permits.run(third.task))).toBe('HILUM_INFERENCE_OVERLOADED');
    await settled();
    expect([first.hasBegun(), second.hasBegun(), third.hasBegun()]).toEqual([true, false, false]);
    first.end();
    expect(await firstRun).toBe('done');
    await settled();
    expect(second.hasBegun()).toBe(true);
    expect(permits.working).toBe(1);
    second.end();
    expect(await secondRun).toBe('done');
    expect(permits.working).toBe(0);
  });

  it('gives the place back when the work fails', async () => {
    const permits = new Permits({ concurrency: 1, maxWaiting: 0, maxWaitMs: 1000 });
    await expect(permits.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await permits.run(() => Promise.resolve('next'))).toBe('next');
  });

  it('finishes the work under way after close, and refuses those who wait and those who come', async () => {
    const permits = new Permits({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 });
    const [working, waiting] = [work(), work()];
    const workingRun = permits.run(working.task);
    const waitingRun = permits.run(waiting.task);
    permits.close();
    expect(await codeOf(waitingRun)).toBe('HILUM_INFERENCE_STOPPING');
    expect(await codeOf(permits.run(waiting.task))).toBe('HILUM_INFERENCE_STOPPING');
    working.end();
    expect(await workingRun).toBe('done');
    expect(waiting.hasBegun()).toBe(false);
  });

  describe('of those who wait', () => {
    /** Takes the only place, lets the others queue, gives the place back and tells in which order they came to work. */
    async function orderOf(priorities: (Priority | Error | 'never')[]): Promise<number[]> {
      const permits = new Permits({ concurrency: 1, maxWaiting: 10, maxWaitMs: 1000 });
      const first = work();
      const order: number[] = [];
      const runs = [permits.run(first.task)];
      for (const [index, told] of priorities.entries()) {
        const priority = (): Promise<Priority> => {
          if (told === 'never') return new Promise(() => undefined);
          return told instanceof Error ? Promise.reject(told) : Promise.resolve(told);
        };
        runs.push(permits.run(() => Promise.resolve(String(order.push(index))), { priority }));
      }
      await settled();
      first.end();
      await Promise.all(runs);
      return order;
    }

    it('the highest priority is next, and among equals the one that came first', async () => {
      expect(await orderOf(['routine', 'urgent', 'stat', 'routine', 'urgent', 'stat'])).toEqual([2, 5, 1, 4, 0, 3]);
    });

    it('who cannot be asked, or does not answer, waits as routine ones do', async () => {
      expect(await orderOf([new Error('store away'), 'never', 'routine', 'urgent'])).toEqual([3, 0, 1, 2]);
    });

    it('nobody is asked who need not wait or is refused', async () => {
      const permits = new Permits({ concurrency: 1, maxWaiting: 0, maxWaitMs: 1000 });
      let asked = 0;
      const priority = (): Promise<Priority> => {
        asked += 1;
        return Promise.resolve('stat');
      };
      const first = work();
      const run = permits.run(first.task, { priority });
      expect(await codeOf(permits.run(first.task, { priority }))).toBe('HILUM_INFERENCE_OVERLOADED');
      first.end();
      await run;
      expect(asked).toBe(0);
    });
  });

  describe('with a longest wait', () => {
    function withTimers(): { permits: Permits; pending: Map<() => void, number>; fire: () => void } {
      const pending = new Map<() => void, number>();
      const after: After = (ms, callback) => {
        pending.set(callback, ms);
        return () => pending.delete(callback);
      };
      const permits = new Permits({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000, after });
      return { permits, pending, fire: () => [...pending.keys()].forEach((callback) => callback()) };
    }

    it('refuses who has waited for it, gives the place in the queue back, and never begins the work', async () => {
      const { permits, pending, fire } = withTimers();
      const [working, late, next] = [work(), work(), work()];
      const run = permits.run(working.task);
      const lateRun = permits.run(late.task);
      expect([...pending.values()]).toEqual([1000]);
      fire();
      expect(await codeOf(lateRun)).toBe('HILUM_INFERENCE_WAITED_TOO_LONG');
      const nextRun = permits.run(next.task);
      working.end();
      next.end();
      expect([await run, await nextRun]).toEqual(['done', 'done']);
      expect(late.hasBegun()).toBe(false);
      expect(permits.working).toBe(0);
    });

    it('is shortened by who asks for less, and not lengthened by who asks for more', async () => {
      for (const [asked, expected] of [
        [50, 50],
        [5000, 1000],
      ] as const) {
        const { permits, pending } = withTimers();
        const working = work();
        const run = permits.run(working.task);
        const waiting = permits.run(working.task, { maxWaitMs: asked });
        expect([...pending.values()]).toEqual([expected]);
        working.end();
        await Promise.all([run, waiting]);
      }
    });

    it('counts no more once the work has begun, nor after close', async () => {
      const { permits, pending } = withTimers();
      const [first, second] = [work(), work()];
      const runs = [permits.run(first.task), permits.run(second.task)];
      first.end();
      await runs[0];
      expect(pending.size).toBe(0);
      const refused = permits.run(work().task);
      permits.close();
      expect(pending.size).toBe(0);
      expect(await codeOf(refused)).toBe('HILUM_INFERENCE_STOPPING');
      second.end();
      await runs[1];
    });
  });
});
