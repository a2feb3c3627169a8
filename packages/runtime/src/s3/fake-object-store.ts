import { createHash } from 'node:crypto';
import {
  ObjectChangedError,
  StoreUnavailableError,
  type ListedObject,
  type ObjectHead,
  type ObjectStore,
} from './object-store.js';

type Operation = 'head' | 'get' | 'put' | 'list';

/** Objects in memory, unversioned but for {@link placeOldVersion}. Remembers what was asked of it, and is away or changed on request. */
export class FakeObjectStore implements ObjectStore {
  readonly objects = new Map<string, { body: Buffer; head: ObjectHead }>();
  readonly puts: string[] = [];
  readonly operations: Operation[] = [];
  /** answers everything as if the store were away */
  isAway = false;
  /** operations that alone are answered so */
  readonly away = new Set<Operation>();
  /** called before an operation is answered, to change the store between two of them */
  before: (operation: Operation) => void = () => undefined;
  pageSize = 1000;
  /** what it says of the encryption of its buckets; null: it does not know the question */
  encryption: boolean | null = null;
  /** under which name it looks for a key that it is asked for: some stores take `a//b` for `a/b` */
  nameOf: (key: string) => string = (key) => key;
  readonly #oldVersions: { name: string; body: Buffer; head: ObjectHead }[] = [];
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

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
      lastModified: options.lastModified ?? new Date(this.#now()),
      metadata: options.metadata ?? {},
    };
    this.objects.set(`${bucket}/${key}`, { body, head });
    return eTag;
  }

  /** A version behind a newer one or a delete marker: only who asks for it by id, and a list of versions, sees it. */
  placeOldVersion(bucket: string, key: string, body: Buffer, versionId: string): string {
    const now = new FakeObjectStore(this.#now);
    const eTag = now.place(bucket, key, body, { versionId });
    const placed = now.objects.get(`${bucket}/${key}`);
    if (placed !== undefined) this.#oldVersions.push({ name: `${bucket}/${key}`, ...placed });
    return eTag;
  }

  remove(bucket: string, key: string): void {
    this.objects.delete(`${bucket}/${key}`);
  }

  keys(bucket: string): string[] {
    return this.#listed(bucket).map(({ key }) => key);
  }

  /** @throws Error when it is not there */
  read(bucket: string, key: string): Buffer {
    const object = this.objects.get(`${bucket}/${key}`);
    if (object === undefined) throw new Error('no such object in the fake store');
    return object.body;
  }

  head(bucket: string, key: string, versionId: string | null = null): Promise<ObjectHead | null> {
    return this.#answer('head', () => this.#stored(bucket, key, versionId)?.head ?? null);
  }

  get(bucket: string, key: string, options: { eTag?: string; versionId?: string | null } = {}): Promise<Buffer | null> {
    return this.#answer('get', () => {
      const object = this.#stored(bucket, key, options.versionId ?? null);
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
    return this.#answer('put', () => {
      this.puts.push(key);
      return { eTag: this.place(bucket, key, body, options), versionId: null };
    });
  }

  listKeys(bucket: string, prefix: string, limit: number): Promise<string[]> {
    return this.#answer('list', () =>
      this.keys(bucket)
        .filter((key) => key.startsWith(prefix))
        .slice(0, limit),
    );
  }

  async *listPages(bucket: string, prefix: string = ''): AsyncIterable<ListedObject[]> {
    const all = await this.#answer('list', () =>
      this.#listedVersions(bucket).filter(({ key }) => key.startsWith(prefix)),
    );
    for (let start = 0; start < all.length; start += this.pageSize) yield all.slice(start, start + this.pageSize);
  }

  ping(): Promise<void> {
    return this.#answer('head', () => undefined);
  }

  isEncrypted(): Promise<boolean | null> {
    return this.#answer('get', () => this.encryption);
  }

  #stored(bucket: string, key: string, versionId: string | null): { body: Buffer; head: ObjectHead } | undefined {
    const name = `${bucket}/${this.nameOf(key)}`;
    const old = this.#oldVersions.find((version) => version.name === name && version.head.versionId === versionId);
    return old ?? this.objects.get(name);
  }

  #listed(bucket: string): ListedObject[] {
    return listOf(bucket, this.#current());
  }

  #listedVersions(bucket: string): ListedObject[] {
    return listOf(bucket, [...this.#current(), ...this.#oldVersions]);
  }

  #current(): { name: string; head: ObjectHead }[] {
    return [...this.objects].map(([name, { head }]) => ({ name, head }));
  }

  async #answer<Result>(operation: Operation, answer: () => Result): Promise<Result> {
    await Promise.resolve();
    this.operations.push(operation);
    if (this.isAway || this.away.has(operation))
      throw new StoreUnavailableError(operation, new Error('connect ECONNREFUSED'));
    this.before(operation);
    return answer();
  }
}

/** By key; of one key in the order given. */
function listOf(bucket: string, stored: readonly { name: string; head: ObjectHead }[]): ListedObject[] {
  return stored
    .filter(({ name }) => name.startsWith(`${bucket}/`))
    .map(({ name, head: { eTag, versionId, bytes, lastModified } }) => ({
      key: name.slice(bucket.length + 1),
      eTag,
      versionId,
      bytes,
      lastModified,
    }))
    .sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
}
