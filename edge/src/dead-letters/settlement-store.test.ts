import { createDatabase, createLogger, migrate, type Database } from '@hilum/runtime';
import { startTestPostgres } from '@hilum/runtime/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresSettlementStore, type Settlement } from './settlement-store.js';

const log = createLogger({ process: 'test', level: 'silent' });
const AT = new Date(Date.UTC(2026, 2, 1));
const RESENT: Settlement = { state: 'resent', why: null, actorRole: 'hospital-it', at: AT };
const DISCARDED: Settlement = { state: 'discarded', why: 'a test of the store', actorRole: 'hospital-it', at: AT };
const RANGES = [
  { partition: 0, from: 0, to: 4 },
  { partition: 1, from: 2, to: 4 },
];
const nothing = (): Promise<void> => Promise.resolve();

let server: Awaited<ReturnType<typeof startTestPostgres>>;
let database: Database;
let store: PostgresSettlementStore;

beforeAll(async () => {
  server = await startTestPostgres();
  await migrate({ databaseUrl: server.databaseUrl, folder: new URL('../../migrations/', import.meta.url), log });
  database = createDatabase({ databaseUrl: server.databaseUrl, name: 'test', log });
  store = new PostgresSettlementStore(database);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});
beforeEach(async () => {
  await database.query('truncate dead_letters');
});

describe('what people did about dead letters', () => {
  it('is kept with its state, reason, role and time', async () => {
    expect(await store.settle({ partition: 0, offset: 1 }, RESENT, nothing)).toBeNull();
    expect(await store.settle({ partition: 1, offset: 2 }, DISCARDED, nothing)).toBeNull();
    const ids = [
      { partition: 0, offset: 1 },
      { partition: 1, offset: 2 },
      { partition: 1, offset: 3 },
    ];
    expect(await store.settled(ids)).toEqual([
      { ...ids[0], ...RESENT },
      { ...ids[1], ...DISCARDED },
    ]);
  });

  it('leaves open what was not settled, by partition and offset', async () => {
    await store.settle({ partition: 0, offset: 1 }, RESENT, nothing);
    await store.settle({ partition: 1, offset: 1 }, RESENT, nothing);
    const open = (await store.open(RANGES, 100)).map(({ partition, offset }) => `${partition}-${offset}`);
    expect(open).toEqual(['0-0', '0-2', '0-3', '1-2', '1-3']);
    expect(await store.open(RANGES, 2)).toHaveLength(2);
    expect(await store.open([], 100)).toEqual([]);
    expect(await store.countSettled(RANGES)).toBe(1);
  });

  it('is not kept when the work failed', async () => {
    const away = (): Promise<void> => Promise.reject(new Error('the broker is away'));
    await expect(store.settle({ partition: 0, offset: 1 }, RESENT, away)).rejects.toThrow('away');
    expect(await store.open(RANGES, 100)).toContainEqual({ partition: 0, offset: 1 });
  });

  it('is done once, also when several people settle the same one at the same time', async () => {
    let works = 0;
    const work = (): Promise<void> => {
      works += 1;
      return Promise.resolve();
    };
    const outcomes = await Promise.all([
      store.settle({ partition: 0, offset: 1 }, DISCARDED, work),
      store.settle({ partition: 0, offset: 1 }, DISCARDED, work),
      store.settle({ partition: 0, offset: 1 }, DISCARDED, work),
    ]);
    expect(works).toBe(1);
    expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome !== null)).toEqual([DISCARDED, DISCARDED]);
  });

  it('is forgotten when the record has expired or the topic began anew, unless it was settled just now', async () => {
    for (const offset of [1, 2, 9]) await store.settle({ partition: 0, offset }, RESENT, nothing);
    await store.settle({ partition: 0, offset: 8 }, { ...RESENT, at: new Date(AT.getTime() + 60_000) }, nothing);
    expect(await store.forgetOutside([{ partition: 0, from: 2, to: 4 }], new Date(AT.getTime() + 1))).toBe(2);
    const left = await database.query<{ record_offset: number }>('select record_offset from dead_letters order by 1');
    expect(left.rows.map(({ record_offset }) => record_offset)).toEqual([2, 8]);
  });
});
