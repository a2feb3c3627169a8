import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { throttled } from './throttle';

describe('throttled', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('runs once for all that is asked in its time, and again for what is asked later', () => {
    let runs = 0;
    const { ask } = throttled(
      () => (runs += 1),
      () => 1_000,
    );
    for (let events = 0; events < 1_000; events += 1) ask();
    vi.advanceTimersByTime(1_000);
    expect(runs).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(runs).toBe(1);
    ask();
    vi.advanceTimersByTime(1_000);
    expect(runs).toBe(2);
  });

  it('does not run once it was cancelled', () => {
    let runs = 0;
    const { ask, cancel } = throttled(
      () => (runs += 1),
      () => 1_000,
    );
    ask();
    cancel();
    vi.advanceTimersByTime(1_000);
    expect(runs).toBe(0);
  });
});
