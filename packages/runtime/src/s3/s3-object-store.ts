import {
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import {
  ObjectChangedError,
  StoreUnavailableError,
  type ListedObject,
  type ObjectHead,
  type ObjectStore,
} from './object-store.js';

/** A store that is slow or away must not hold up the start of who only wants to know its keys right. */
const KEY_CHECK_TIMEOUT_MS = 3_000;

export interface S3Config {
  s3Endpoint: string;
  s3Region: string;
  s3AccessKeyId: string;
  s3SecretAccessKey: string;
}

/** The {@link ObjectStore} on any S3 server; path-style addressing, as stores without wildcard DNS need. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;

  constructor(config: S3Config) {
    this.#client = new S3Client({
      endpoint: config.s3Endpoint,
      region: config.s3Region,
      credentials: { accessKeyId: config.s3AccessKeyId, secretAccessKey: config.s3SecretAccessKey },
      forcePathStyle: true,
      // newer checksum headers are refused by some stores; TLS and the eTag guard what we send
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
      requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000, requestTimeout: 15_000 }),
    });
  }

  async head(bucket: string, key: string, versionId?: string | null): Promise<ObjectHead | null> {
    const answer = await this.#ask('HEAD', () =>
      this.#client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ...version(versionId) })),
    );
    if (answer === null) return null;
    return {
      bytes: answer.ContentLength ?? 0,
      eTag: unquoted(answer.ETag),
      versionId: usualVersion(answer.VersionId),
      contentType: answer.ContentType ?? null,
      lastModified: answer.LastModified ?? new Date(0),
      metadata: answer.Metadata ?? {},
    };
  }

  async get(
    bucket: string,
    key: string,
    options: { eTag?: string; versionId?: string | null } = {},
  ): Promise<Buffer | null> {
    return this.#ask('GET', async () => {
      const answer = await this.#client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          ...version(options.versionId),
          ...(options.eTag === undefined ? {} : { IfMatch: `"${options.eTag}"` }),
        }),
      );
      return Buffer.from((await answer.Body?.transformToByteArray()) ?? new Uint8Array());
    });
  }

  async put(
    bucket: string,
    key: string,
    body: Buffer,
    options: { contentType: string; metadata?: Record<string, string> },
  ): Promise<{ eTag: string; versionId: string | null }> {
    const answer = await this.#ask('PUT', () =>
      this.#client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: options.contentType,
          ...(options.metadata === undefined ? {} : { Metadata: options.metadata }),
        }),
      ),
    );
    // a site that is not set up yet: what is to be written must wait, not be given up
    if (answer === null) throw new StoreUnavailableError('PUT', missingBucket(bucket));
    return { eTag: unquoted(answer.ETag), versionId: usualVersion(answer.VersionId) };
  }

  async listKeys(bucket: string, prefix: string, limit: number): Promise<string[]> {
    const answer = await this.#ask('LIST', () =>
      this.#client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: limit, EncodingType: ENCODING }),
      ),
    );
    return (answer?.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [plainKey(Key, answer)]));
  }

  async *listPages(bucket: string, prefix: string = ''): AsyncIterable<ListedObject[]> {
    const versioning = await this.#ask('LIST', () =>
      this.#client.send(new GetBucketVersioningCommand({ Bucket: bucket })),
    );
    // a suspended bucket still holds the versions of before, so anything but "never enabled" is listed by version
    const isVersioned = versioning?.Status !== undefined;
    yield* isVersioned ? this.#listVersions(bucket, prefix) : this.#listObjects(bucket, prefix);
  }

  async *#listObjects(bucket: string, prefix: string): AsyncIterable<ListedObject[]> {
    let token: string | undefined;
    do {
      const page = await this.#ask('LIST', () =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            EncodingType: ENCODING,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      );
      yield (page?.Contents ?? []).map((object) => listed({ ...object, VersionId: undefined }, page));
      token = page?.NextContinuationToken;
    } while (token !== undefined);
  }

  async *#listVersions(bucket: string, prefix: string): AsyncIterable<ListedObject[]> {
    let marker: VersionMarker | null = {};
    const seen = new Set<string>();
    while (marker !== null) {
      const input: VersionMarker = marker;
      const page = await this.#ask('LIST', () =>
        this.#client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, EncodingType: ENCODING, ...input }),
        ),
      );
      yield (page?.Versions ?? []).map((object) => listed(object, page));
      marker = page?.IsTruncated === true ? markerBehind(page, input) : null;
      if (marker === null) return;
      const place = JSON.stringify([marker.KeyMarker, marker.VersionIdMarker]);
      // otherwise it would go round for ever, and queue the same objects each time
      if (seen.has(place)) throw stuckList(bucket);
      seen.add(place);
    }
  }

  async ping(bucket: string): Promise<void> {
    const answer = await this.#ask('HEAD', () => this.#client.send(new HeadBucketCommand({ Bucket: bucket })));
    if (answer === null) throw missingBucket(bucket);
  }

  async isEncrypted(bucket: string): Promise<boolean | null> {
    try {
      // 404: no rule is set for the bucket
      const answer = await this.#ask('GET', () =>
        this.#client.send(new GetBucketEncryptionCommand({ Bucket: bucket })),
      );
      const rules = answer?.ServerSideEncryptionConfiguration?.Rules ?? [];
      return rules.some((rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm !== undefined);
    } catch (error) {
      if (isUnknownQuestion(error)) return null;
      throw error;
    }
  }

  /**
   * Asks the store, once and for a short time, whether it takes our keys at all. Which bucket they may use is another
   * matter, and so is a store that is away: both can change while we run.
   * @returns the store's code when it refuses them, otherwise null
   */
  async keyRefusal(bucket: string): Promise<'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | null> {
    try {
      // not HEAD: its answer has no body, and so no code
      await this.#client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }), {
        abortSignal: AbortSignal.timeout(KEY_CHECK_TIMEOUT_MS),
      });
      return null;
    } catch (error) {
      if (!(error instanceof S3ServiceException)) return null;
      return error.name === 'InvalidAccessKeyId' || error.name === 'SignatureDoesNotMatch' ? error.name : null;
    }
  }

  close(): void {
    this.#client.destroy();
  }

  /** One place that tells "not there", "changed", "away" and "wrong" apart. */
  async #ask<Answer>(operation: string, send: () => Promise<Answer>): Promise<Answer | null> {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof S3ServiceException)) throw new StoreUnavailableError(operation, error);
      const status = error.$metadata.httpStatusCode;
      if (status === 404) return null;
      if (status === 412) throw new ObjectChangedError();
      // refused credentials are the site's fault, not the object's: what is asked for must wait, not be given up
      const isAway = status === undefined || status >= 500 || status === 401 || status === 403 || status === 429;
      if (isAway) throw new StoreUnavailableError(operation, error);
      throw error;
    }
  }
}

/** Stores that have no encryption of their own answer so, with whatever status they like. */
function isUnknownQuestion(error: unknown): boolean {
  const cause = error instanceof StoreUnavailableError ? error.cause : error;
  if (!(cause instanceof S3ServiceException)) return false;
  const status = cause.$metadata.httpStatusCode;
  return cause.name === 'NotImplemented' || cause.name === 'MethodNotAllowed' || status === 501 || status === 405;
}

function missingBucket(bucket: string): Error {
  return new Error(`HILUM_STORE_BUCKET_MISSING: there is no bucket ${bucket}`);
}

function stuckList(bucket: string): Error {
  return new Error(
    `HILUM_STORE_LIST_STUCK: the store gives the same page of the versions in bucket ${bucket} again and again: update the store`,
  );
}

function version(versionId: string | null | undefined): { VersionId?: string } {
  return versionId === undefined || versionId === null ? {} : { VersionId: versionId };
}

/** The pseudo version "null" of an unversioned object is no version. */
function usualVersion(versionId: string | undefined): string | null {
  return versionId === undefined || versionId === '' || versionId === 'null' ? null : versionId;
}

function unquoted(eTag: string | undefined): string {
  return (eTag ?? '').replaceAll('"', '');
}

/** Asks for keys in percent codes, since XML cannot hold all that a key can; some stores answer without them. */
const ENCODING = 'url';

/** A key of a list as it is. What decodes to no text is given as it came: no request could name it anyway. */
function plainKey(key: string, list: { EncodingType?: string | undefined } | null): string {
  if (list?.EncodingType !== ENCODING) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** Where a page of versions begins: behind this one. */
interface VersionMarker {
  KeyMarker?: string;
  VersionIdMarker?: string;
}

/**
 * The place behind a page. The key is what it lists last, for a store's own marker is raw with some (Ceph RGW among
 * them) and encoded with others, and nothing tells which. The version is as the store tells it: never encoded, and left
 * out where the store finds its place by the key alone (VersityGW behind a folder).
 */
function markerBehind(page: ListObjectVersionsCommandOutput, before: VersionMarker): VersionMarker {
  const last = lastOf(page, page.Versions?.at(-1), page.DeleteMarkers?.at(-1));
  const key = last?.Key === undefined ? (page.NextKeyMarker ?? before.KeyMarker) : plainKey(last.Key, page);
  const versionId = page.NextVersionIdMarker ?? '';
  return {
    ...(key === undefined ? {} : { KeyMarker: key }),
    ...(versionId === '' ? {} : { VersionIdMarker: versionId }),
  };
}

type ListedVersion = Pick<ObjectVersion, 'Key' | 'VersionId' | 'LastModified'>;

/** A list has versions and delete markers in one order, but they are parsed into two. */
function lastOf(
  page: ListObjectVersionsCommandOutput,
  version: ListedVersion | undefined,
  deletion: ListedVersion | undefined,
): ListedVersion | null {
  if (version === undefined || deletion === undefined) return version ?? deletion ?? null;
  const told = [version, deletion].filter(({ VersionId }) => VersionId === page.NextVersionIdMarker);
  if (told.length === 1) return told[0] ?? null;
  const order = Buffer.compare(
    Buffer.from(plainKey(version.Key ?? '', page)),
    Buffer.from(plainKey(deletion.Key ?? '', page)),
  );
  if (order !== 0) return order > 0 ? version : deletion;
  // of one key the newest comes first
  return (version.LastModified ?? 0) < (deletion.LastModified ?? 0) ? version : deletion;
}

function listed(
  object: {
    Key?: string | undefined;
    ETag?: string | undefined;
    VersionId?: string | undefined;
    Size?: number | undefined;
    LastModified?: Date | undefined;
  },
  list: { EncodingType?: string | undefined } | null,
): ListedObject {
  return {
    key: plainKey(object.Key ?? '', list),
    eTag: unquoted(object.ETag),
    versionId: usualVersion(object.VersionId),
    bytes: object.Size ?? 0,
    lastModified: object.LastModified ?? new Date(0),
  };
}
