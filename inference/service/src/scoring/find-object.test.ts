import type { CreatedObject } from '@hilum/contracts';
import { FakeObjectStore } from '@hilum/runtime/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_SEARCH_PAGES, findObject } from './find-object.js';

const BUCKET = 'xray-intake';
const IMAGE = Buffer.from('image');
let store: FakeObjectStore;
beforeEach(() => {
  store = new FakeObjectStore();
});

function told(key: string, change: Partial<CreatedObject> = {}): CreatedObject {
  return { bucket: BUCKET, key, versionId: null, eTag: null, eventTime: null, ...change };
}

describe('an object that cannot be asked for by the name in the list', () => {
  const KEY = 'scan\ufffd.jpeg';
  beforeEach(() => {
    store.nameOf = (asked) => (asked.includes('\ufffd') ? 'not-there' : asked);
  });

  it('is the version that is named, of two with the same bytes', async () => {
    const eTag = store.place(BUCKET, KEY, IMAGE, { versionId: 'new' });
    store.placeOldVersion(BUCKET, KEY, IMAGE, 'old');
    for (const versionId of ['new', 'old'])
      expect(await findObject(told(KEY, { eTag, versionId }), store)).toMatchObject({
        kind: 'unreachable',
        head: { versionId },
      });
  });

  it('is gone to its store’s notification, and found for the reconciler, when the list is too long to search', async () => {
    const first = '\ufffd.jpeg';
    const eTag = store.place(BUCKET, first, IMAGE);
    for (let index = 0; index < MAX_SEARCH_PAGES; index += 1) store.place(BUCKET, `a${index}`, IMAGE);
    store.pageSize = 1;
    const eventTime = '2026-01-01T00:00:03.000Z';
    expect(await findObject(told(first, { eTag, eventTime }), store)).toEqual({ kind: 'gone' });
    expect(await findObject(told(first, { eTag, eventTime, listedBytes: 5 }), store)).toMatchObject({
      kind: 'unreachable',
      head: { bytes: 5, eTag, lastModified: new Date(eventTime) },
    });
    store.remove(BUCKET, 'a0');
    store.remove(BUCKET, first);
    expect(await findObject(told(first, { eTag, eventTime, listedBytes: 5 }), store)).toEqual({ kind: 'gone' });
  });
});

describe('a name that a store may shorten', () => {
  it('is found by its version behind a delete marker, as the reconciler lists it', async () => {
    const eTag = store.placeOldVersion(BUCKET, 'ward/', Buffer.alloc(0), 'v1');
    expect(await findObject(told('ward/', { eTag, versionId: 'v1' }), store)).toMatchObject({
      kind: 'found',
      head: { versionId: 'v1' },
    });
  });

  it('is gone under another name than the list has, with a version too', async () => {
    store.nameOf = (key) => key.replaceAll('//', '/');
    const eTag = store.place(BUCKET, 'ward/chest.jpeg', IMAGE, { versionId: 'v1' });
    expect(await findObject(told('ward//chest.jpeg', { eTag, versionId: 'v1' }), store)).toEqual({ kind: 'gone' });
  });
});
