import { mirroredTopics } from '@hilum/contracts';
import { describe, expect, it } from 'vitest';
import { TopicWatch } from './topic-watch.js';

function createWatch() {
  const state = { topics: [] as string[], isAway: false, now: 1000 };
  const consumed: string[][] = [];
  const sites: string[] = [];
  const watch = new TopicWatch({
    listTopics: () => (state.isAway ? Promise.reject(new Error('away')) : Promise.resolve([...state.topics])),
    consume: (topics) => {
      consumed.push([...topics]);
      return Promise.resolve();
    },
    addSites: (names) => {
      sites.splice(0, sites.length, ...names);
      return Promise.resolve();
    },
    now: () => state.now,
  });
  return { state, consumed, sites, watch };
}

describe('TopicWatch', () => {
  it('consumes the mirrored topics and no other, at once in the first round', async () => {
    const { state, consumed, sites, watch } = createWatch();
    state.topics = ['heartbeats', 'mm2-offsets.st-agnes.internal', 'results.deid.v1', ...mirroredTopics('st-agnes')];
    await watch.round();
    expect(consumed).toEqual([mirroredTopics('st-agnes').sort()]);
    expect(sites).toEqual(['st-agnes']);
  });

  it('follows a new site once its topics have stood still for a round', async () => {
    const { state, consumed, sites, watch } = createWatch();
    state.topics = mirroredTopics('st-agnes');
    await watch.round();
    state.topics = [...state.topics, ...mirroredTopics('riverside').slice(0, 1)];
    await watch.round();
    state.topics = [...mirroredTopics('st-agnes'), ...mirroredTopics('riverside')];
    await watch.round();
    expect(consumed).toHaveLength(1);
    await watch.round();
    expect(consumed.at(-1)).toEqual(state.topics.sort());
    expect(sites).toEqual(['riverside', 'st-agnes']);
  });

  it('counts as listening from the first answer of the broker after it was away', async () => {
    const { state, watch } = createWatch();
    await watch.round();
    expect(watch.listeningSince).toBe(1000);
    state.isAway = true;
    await expect(watch.round()).rejects.toThrow('away');
    expect(watch.listeningSince).toBeNull();
    state.isAway = false;
    state.now = 5000;
    await watch.round();
    expect(watch.listeningSince).toBe(5000);
  });
});
