/** What HEAD tells: the truth about an object, whatever a notification said. */
export interface ObjectHead {
  bytes: number;
  /** without quotes */
  eTag: string;
  versionId: string | null;
  contentType: string | null;
  lastModified: Date;
  /** user metadata, names in lower case */
  metadata: Readonly<Record<string, string>>;
}

export interface ListedObject {
  key: string;
  eTag: string;
  versionId: string | null;
  bytes: number;
  lastModified: Date;
}

/** The store cannot be reached or is failing: wait and try again, nothing is wrong with the request. */
export class StoreUnavailableError extends Error {
  readonly code = 'HILUM_STORE_UNAVAILABLE';

  constructor(operation: string, cause: unknown) {
    super(`the object store did not answer ${operation}`, { cause });
    this.name = 'StoreUnavailableError';
  }
}

/** The object is no longer the one that was asked for (another eTag): look again. */
export class ObjectChangedError extends Error {
  readonly code = 'HILUM_STORE_OBJECT_CHANGED';

  constructor() {
    super('the object was replaced while it was read');
    this.name = 'ObjectChangedError';
  }
}

/** Port for an S3 object store; all methods throw {@link StoreUnavailableError} when it is away. */
export interface ObjectStore {
  /** Null when there is no such object. */
  head(bucket: string, key: string, versionId?: string | null): Promise<ObjectHead | null>;
  /**
   * The whole object; null when it is gone.
   * @throws ObjectChangedError when its eTag is not `eTag`
   */
  get(bucket: string, key: string, options?: { eTag?: string; versionId?: string | null }): Promise<Buffer | null>;
  put(
    bucket: string,
    key: string,
    body: Buffer,
    options: { contentType: string; metadata?: Record<string, string> },
  ): Promise<{ eTag: string; versionId: string | null }>;
  /** Up to `limit` (at most 1000) keys below a prefix, in order. */
  listKeys(bucket: string, prefix: string, limit: number): Promise<string[]>;
  /** Every object below a prefix, and in a versioned bucket every version, a page at a time. */
  listPages(bucket: string, prefix?: string): AsyncIterable<ListedObject[]>;
  /** Resolves when the bucket answers. */
  ping(bucket: string): Promise<void>;
  /** Whether the store encrypts every new object of the bucket; null when it does not know the question. */
  isEncrypted(bucket: string): Promise<boolean | null>;
}
