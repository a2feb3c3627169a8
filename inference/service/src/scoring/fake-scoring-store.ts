import { createHash } from 'node:crypto';
import { ObjectChangedError, StoreUnavailableError, type ObjectHead } from '@hilum/runtime';
import type { ScoringStore } from './scoring-store.js';

type Operation = keyof ScoringStore;

interface StoredObject {
  body: Buffer;
  head: ObjectHead;
}

/** Objects in memory. Remembers what was asked of it, and fails or is changed on request. */
export class FakeScoringStore implements ScoringStore {
  readonly operations: Operation[] = [];
  /** operations that answer as if the store were away */
  readonly away = new Set<Operation>();
  /** called before an operation, to change the store between two of them */
  before: (operation: Operation) => void = () => undefined;
  readonly #objects = new Map<string, StoredObject>();

  /** Stores an object as an uploader would. @returns its eTag */
  place(
    bucket: string,
    key: string,
    body: Buffer,
    options: { contentType?: string; metadata?: Record<string, string>; lastModified?: Date; versionId?: string } = {},
  ): string {
    const eTag = createHash('md5').update(body).digest('hex');
    const head: ObjectHead = {
      bytes: body.length,
      eTag,
      versionId: options.versionId ?? null,
      contentType: options.contentType ?? null,
      lastModified: options.lastModified ?? new Date('2026-01-01T00:00:00Z'),
      metadata: options.metadata ?? {},
    };
    this.#objects.set(`${bucket}/${key}`, { body, head });
    return eTag;
  }

  remove(bucket: string, key: string): void {
    this.#objects.delete(`${bucket}/${key}`);
  }

  keys(bucket: string): string[] {
    return [...this.#objects.keys()]
      .filter((name) => name.startsWith(`${bucket}/`))
      .map((name) => name.slice(bucket.length + 1))
      .sort();
  }

  read(bucket: string, key: string): Buffer {
    const object = this.#objects.get(`${bucket}/${key}`);
    if (object === undefined) throw new Error('no such object in the fake store');
    return object.body;
  }

  head(bucket: string, key: string): Promise<ObjectHead | null> {
    return this.#answer('head', () => this.#objects.get(`${bucket}/${key}`)?.head ?? null);
  }

  get(bucket: string, key: string, options: { eTag?: string } = {}): Promise<Buffer | null> {
    return this.#answer('get', () => {
      const object = this.#objects.get(`${bucket}/${key}`);
      if (object === undefined) return null;
      if (options.eTag !== undefined && options.eTag !== object.head.eTag) throw new ObjectChangedError();
      return object.body;
    });
  }

  put(
    bucket: string,
    key: string,
    body: Buffer,
    options: { contentType: string },
  ): Promise<{ eTag: string; versionId: string | null }> {
    return this.#answer('put', () => ({ eTag: this.place(bucket, key, body, options), versionId: null }));
  }

  listKeys(bucket: string, prefix: string, limit: number): Promise<string[]> {
    return this.#answer('listKeys', () =>
      this.keys(bucket)
        .filter((key) => key.startsWith(prefix))
        .slice(0, limit),
    );
  }

  async #answer<Result>(operation: Operation, answer: () => Result): Promise<Result> {
    await Promise.resolve();
    this.operations.push(operation);
    if (this.away.has(operation)) throw new StoreUnavailableError(operation, new Error('connect ECONNREFUSED'));
    this.before(operation);
    return answer();
  }
}
