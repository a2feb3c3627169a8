import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { forgetOffsetsOfOtherLog, type OffsetsAdmin } from './mirror-offsets.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-mirror-offsets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function broker(clusterId: string, topics: string[] = []): OffsetsAdmin & { topics: string[] } {
  const kept = [...topics];
  return {
    topics: kept,
    describeCluster: () => Promise.resolve({ clusterId, brokers: [], controller: 1 }),
    listTopics: () => Promise.resolve([...kept]),
    deleteTopics: ({ topics: gone }) => {
      for (const name of gone) kept.splice(kept.indexOf(name), 1);
      return Promise.resolve();
    },
  };
}

it('drops the positions of one site when its log is another one, once, and those of no other', async () => {
  const hub = broker('hub', ['mm2-offsets.st-agnes.internal', 'mm2-offsets.riverside.internal']);
  const place = { site: 'st-agnes', recordFile: join(folder, 'mirror/read-log') };
  expect(await forgetOffsetsOfOtherLog(hub, broker('first'), place)).toBe(true);
  expect(hub.topics).toEqual(['mm2-offsets.riverside.internal']);

  hub.topics.push('mm2-offsets.st-agnes.internal');
  expect(await forgetOffsetsOfOtherLog(hub, broker('first'), place)).toBe(false);
  expect(hub.topics).toContain('mm2-offsets.st-agnes.internal');
  expect(await forgetOffsetsOfOtherLog(hub, broker('second'), place)).toBe(true);
  expect(hub.topics).not.toContain('mm2-offsets.st-agnes.internal');
});

it('tries again when the hub failed before the positions were gone', async () => {
  const hub = broker('hub', ['mm2-offsets.st-agnes.internal']);
  const place = { site: 'st-agnes', recordFile: join(folder, 'read-log') };
  const away = { ...hub, deleteTopics: () => Promise.reject(new Error('not now')) };
  await expect(forgetOffsetsOfOtherLog(away, broker('first'), place)).rejects.toThrow('not now');
  expect(await forgetOffsetsOfOtherLog(hub, broker('first'), place)).toBe(true);
});
