import { Problem } from '@hilum/runtime';
import { describe, expect, it } from 'vitest';
import { Permits } from './permits.js';

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
    const permits = new Permits({ concurrency: 1, maxWaiting: 1 });
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
    const permits = new Permits({ concurrency: 1, maxWaiting: 0 });
    await expect(permits.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await permits.run(() => Promise.resolve('next'))).toBe('next');
  });

  it('finishes the work under way after close, and refuses those who wait and those who come', async () => {
    const permits = new Permits({ concurrency: 1, maxWaiting: 1 });
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
});
