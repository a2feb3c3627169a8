import {
  DeleteObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { StoreAccess } from '../../fleet/fleet-state.js';
import { AwayError, reasonOf } from './away-error.js';

const TIMEOUT_MS = 5_000;

/** Port: what the checks ask of an object store. */
export interface StoreSession {
  hasBucket(bucket: string): Promise<boolean>;
  /** At most a thousand objects below a prefix. */
  list(bucket: string, prefix: string): Promise<{ key: string; storedAt: Date }[]>;
  put(bucket: string, key: string, body: Buffer): Promise<{ versionId: string | null }>;
  delete(bucket: string, key: string, versionId: string | null): Promise<void>;
}

/**
 * Works with a store under the keys of `state.json`.
 * @throws AwayError from the session when the store does not answer, or refuses the keys
 */
export async function withStore<T>(
  what: string,
  access: StoreAccess,
  work: (session: StoreSession) => Promise<T>,
): Promise<T> {
  const client = new S3Client({
    endpoint: access.endpoint,
    region: access.region,
    credentials: { accessKeyId: access.accessKeyId, secretAccessKey: access.secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  });
  const away = (error: unknown): never => {
    throw new AwayError(what, reasonOf(error), { cause: error });
  };
  // A time of its own for each, not the check's: a probe must still be deleted when that is over.
  const within = () => ({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
  try {
    return await work({
      hasBucket: (Bucket) =>
        client.send(new HeadBucketCommand({ Bucket }), within()).then(
          () => true,
          (error: unknown) => ((error as { name?: string }).name === 'NotFound' ? false : away(error)),
        ),
      list: async (Bucket, Prefix) => {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }), within()).catch(away);
        return Contents.flatMap(({ Key, LastModified }) =>
          Key === undefined || LastModified === undefined ? [] : [{ key: Key, storedAt: LastModified }],
        );
      },
      put: async (Bucket, Key, Body) => {
        const answer = await client.send(new PutObjectCommand({ Bucket, Key, Body }), within()).catch(away);
        return { versionId: answer.VersionId ?? null };
      },
      delete: async (Bucket, Key, versionId) => {
        const version = versionId === null ? {} : { VersionId: versionId };
        await client.send(new DeleteObjectCommand({ Bucket, Key, ...version }), within()).catch(away);
      },
    });
  } finally {
    client.destroy();
  }
}
