import { describe, expect, it } from 'vitest';
import { WorkDeadline } from './work-deadline.js';

/** Seconds that pass when the test says so. */
class FakeSeconds {
  #callbacks = new Set<() => void>();

  readonly every = (callback: () => void): (() => void) => {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  };

  get waiting(): number {
    return this.#callbacks.size;
  }

  pass(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) for (const callback of [...this.#callbacks]) callback();
  }
}

function deadline(seconds: number): { seconds: FakeSeconds; limit: WorkDeadline; stuck: () => number } {
  const fake = new FakeSeconds();
  let stuck = 0;
  const limit = new WorkDeadline({ seconds, onStuck: () => (stuck += 1), everySecond: fake.every });
  return { seconds: fake, limit, stuck: () => stuck };
}

describe('WorkDeadline', () => {
  it('hands on what the work gives or throws, and forgets it', async () => {
    const { seconds, limit, stuck } = deadline(3);
    expect(await limit.run(() => Promise.resolve('done'))).toBe('done');
    await expect(limit.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    const atOnce = limit.run(() => {
      throw new Error('broken at once');
    });
    await expect(atOnce).rejects.toThrow('broken at once');
    seconds.pass(10);
    expect(stuck()).toBe(0);
  });

  it('answers for work that does not come back, and tells once', async () => {
    const { seconds, limit, stuck } = deadline(3);
    const answer = limit.run(() => new Promise<never>(() => undefined));
    // it may have begun just before the first of them ended
    seconds.pass(3);
    expect(stuck()).toBe(0);
    seconds.pass(5);
    await expect(answer).rejects.toMatchObject({ status: 500, code: 'HILUM_INFERENCE_STUCK' });
    expect(stuck()).toBe(1);
  });

  it('counts for each piece of work by itself', async () => {
    const { seconds, limit, stuck } = deadline(3);
    const first = limit.run(() => new Promise<never>(() => undefined)).catch((error: unknown) => error);
    seconds.pass(2);
    let finish: (value: string) => void = () => undefined;
    const second = limit.run(() => new Promise<string>((resolve) => (finish = resolve)));
    seconds.pass(2);
    expect(await first).toMatchObject({ code: 'HILUM_INFERENCE_STUCK' });
    finish('done');
    expect(await second).toBe('done');
    expect(stuck()).toBe(1);
  });

  it('has one clock, which runs only while there is work', async () => {
    const { seconds, limit, stuck } = deadline(3);
    expect(seconds.waiting).toBe(0);
    let finish: (value: string) => void = () => undefined;
    const works = [
      limit.run(() => Promise.resolve('')),
      limit.run(() => new Promise<string>((resolve) => (finish = resolve))),
    ];
    seconds.pass(1);
    expect(seconds.waiting).toBe(1);
    finish('done');
    await Promise.all(works);
    seconds.pass(1);
    expect(seconds.waiting).toBe(0);
    const later = limit.run(() => new Promise<never>(() => undefined)).catch((error: unknown) => error);
    seconds.pass(4);
    expect(await later).toMatchObject({ code: 'HILUM_INFERENCE_STUCK' });
    expect(stuck()).toBe(1);
    seconds.pass(1);
    expect(seconds.waiting).toBe(0);
  });
});
