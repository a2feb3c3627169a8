import { StoreUnavailableError } from '@hilum/runtime/core';
import { FakeObjectStore } from '@hilum/runtime/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { priorityOfObjects } from './priority-of-objects.js';

const BUCKET = 'xray-intake';
const named = (...keys: string[]) =>
  keys.map((key) => ({ bucket: BUCKET, key, versionId: null, eTag: null, eventTime: null }));

let store: FakeObjectStore;
beforeEach(() => {
  store = new FakeObjectStore(() => 0);
  store.place(BUCKET, 'plain', Buffer.from('x'));
  for (const priority of ['urgent', 'stat', 'nonsense'])
    store.place(BUCKET, priority, Buffer.from('x'), { metadata: { priority } });
});

describe('the priority of what an event names', () => {
  it.each([
    [['plain'], 'routine'],
    [['nonsense'], 'routine'],
    [['gone'], 'routine'],
    [[], 'routine'],
    [['urgent'], 'urgent'],
    [['plain', 'urgent', 'gone'], 'urgent'],
    [['plain', 'urgent', 'stat'], 'stat'],
  ])('of %j is %s', async (keys, expected) => {
    expect(await priorityOfObjects(named(...keys), store)).toBe(expected);
  });

  it('asks no further than it must, nor without end', async () => {
    await priorityOfObjects(named('stat', 'plain', 'plain'), store);
    expect(store.operations).toEqual(['head']);
    await priorityOfObjects(named(...new Array<string>(100).fill('plain')), store);
    expect(store.operations).toHaveLength(9);
  });

  it('is not known while the store is away', async () => {
    store.isAway = true;
    await expect(priorityOfObjects(named('stat'), store)).rejects.toThrow(StoreUnavailableError);
  });
});
