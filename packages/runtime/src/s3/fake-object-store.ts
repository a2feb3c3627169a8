import { createHash } from 'node:crypto';
import {
  ObjectChangedError,
  StoreUnavailableError,
  type ListedObject,
  type ObjectHead,
  type ObjectStore,
} from './object-store.js';

/** Objects in memory, unversioned; answers as if the store were away while `isAway`. */
export class FakeObjectStore implements ObjectStore {
  readonly objects = new Map<string, { body: Buffer; head: ObjectHead }>();
  readonly puts: string[] = [];
  isAway = false;
  pageSize = 1000;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  head(bucket: string, key: string): Promise<ObjectHead | null> {
    return this.#answer('HEAD', () => this.objects.get(`${bucket}/${key}`)?.head ?? null);
  }

  get(bucket: string, key: string, options: { eTag?: string } = {}): Promise<Buffer | null> {
    return this.#answer('GET', () => {
      const object = this.objects.get(`${bucket}/${key}`);
      if (object === undefined) return null;
      if (options.eTag !== undefined && options.eTag !== object.head.eTag) throw new ObjectChangedError();
      return object.body;
    });
  }

  put(
    bucket: string,
    key: string,
    body: Buffer,
    options: { contentType: string; metadata?: Record<string, string> },
  ): Promise<{ eTag: string; versionId: string | null }> {
    return this.#answer('PUT', () => {
      const eTag = createHash('md5').update(body).digest('hex');
      this.puts.push(key);
      this.objects.set(`${bucket}/${key}`, {
        body,
        head: {
          bytes: body.length,
          eTag,
          versionId: null,
          contentType: options.contentType,
          lastModified: new Date(this.#now()),
          metadata: options.metadata ?? {},
        },
      });
      return { eTag, versionId: null };
    });
  }

  listKeys(bucket: string, prefix: string, limit: number): Promise<string[]> {
    return this.#answer('LIST', () =>
      this.#listed(bucket)
        .map(({ key }) => key)
        .filter((key) => key.startsWith(prefix))
        .slice(0, limit),
    );
  }

  async *listPages(bucket: string): AsyncIterable<ListedObject[]> {
    const all = await this.#answer('LIST', () => this.#listed(bucket));
    for (let start = 0; start < all.length; start += this.pageSize) yield all.slice(start, start + this.pageSize);
  }

  ping(): Promise<void> {
    return this.#answer('HEAD', () => undefined);
  }

  #listed(bucket: string): ListedObject[] {
    return [...this.objects]
      .filter(([name]) => name.startsWith(`${bucket}/`))
      .map(([name, { head }]) => ({
        key: name.slice(bucket.length + 1),
        eTag: head.eTag,
        versionId: head.versionId,
        bytes: head.bytes,
        lastModified: head.lastModified,
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async #answer<Result>(operation: string, answer: () => Result): Promise<Result> {
    await Promise.resolve();
    if (this.isAway) throw new StoreUnavailableError(operation, new Error('connect ECONNREFUSED'));
    return answer();
  }
}
