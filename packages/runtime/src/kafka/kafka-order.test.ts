import { describe, expect, it } from 'vitest';
import { InOrderCommit } from './in-order-commit.js';
import { mapBounded } from './map-bounded.js';

const never = new AbortController().signal;

describe('InOrderCommit', () => {
  it('commits only up to the first message that is not done', async () => {
    const commits: string[] = [];
    const order = new InOrderCommit(['10', '11', '12', '14'], (next) => Promise.resolve(void commits.push(next)));
    await order.done('11');
    await order.done('12');
    expect(commits).toEqual([]);
    await order.done('10');
    expect(commits).toEqual(['13']);
    await order.done('14');
    await order.settled();
    expect(commits).toEqual(['13', '15']);
  });

  it('fails the one who reports it when a commit fails', async () => {
    const order = new InOrderCommit(['1'], () => Promise.reject(new Error('rebalance')));
    await expect(order.done('1')).rejects.toThrow('rebalance');
  });
});

describe('mapBounded', () => {
  it('keeps items of one key in order and never has more than the limit under way', async () => {
    const items = Array.from({ length: 40 }, (_, index) => ({ key: `k${index % 7}`, index }));
    const seen = new Map<string, number[]>();
    let underWay = 0;
    let most = 0;
    await mapBounded(items, {
      concurrency: 3,
      orderKeyOf: ({ key }) => key,
      signal: never,
      each: async ({ key, index }) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        seen.set(key, [...(seen.get(key) ?? []), index]);
        underWay -= 1;
      },
    });
    expect(most).toBe(3);
    expect([...seen.values()].flat()).toHaveLength(40);
    for (const order of seen.values()) expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('starts nothing new after a failure and reports it when what was started has ended', async () => {
    const started: number[] = [];
    const work = mapBounded([1, 2, 3, 4], {
      concurrency: 1,
      orderKeyOf: () => null,
      signal: never,
      each: (item) => {
        started.push(item);
        return item === 2 ? Promise.reject(new Error('second')) : Promise.resolve();
      },
    });
    await expect(work).rejects.toThrow('second');
    expect(started).toEqual([1, 2]);
  });

  it('starts nothing new once it is stopped', async () => {
    const stop = new AbortController();
    const started: number[] = [];
    await mapBounded([1, 2, 3], {
      concurrency: 1,
      orderKeyOf: () => 'same',
      signal: stop.signal,
      each: (item) => {
        started.push(item);
        stop.abort();
        return Promise.resolve();
      },
    });
    expect(started).toEqual([1]);
  });
});
