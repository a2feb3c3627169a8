import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { siteTopics } from '@hilum/contracts';
import type { Launch } from '../supervisor/process-spec.js';

export const STORE_REGION = 'us-east-1';

export interface StoreOptions {
  /** The store's own folder. */
  dir: string;
  binary: string;
  port: number;
  accessKeyId: string;
  secretAccessKey: string;
  /** Broker that is told of new objects; the store does not start while it is away. */
  eventBroker?: string;
}

/** Says how to start the store. */
export async function launchStore(options: StoreOptions, env: Record<string, string>): Promise<Launch> {
  const { dir, binary, port, accessKeyId, secretAccessKey, eventBroker } = options;
  const [data, versions, accounts] = ['data', 'versions', 'accounts'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [data, versions, accounts]) await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    file: binary,
    args: [
      '--port',
      `127.0.0.1:${port}`,
      '--region',
      STORE_REGION,
      '--health',
      '/healthz',
      '--iam-dir',
      accounts,
      // Its access log names every object, and names of objects may hold names of patients.
      '--quiet',
      ...(eventBroker === undefined
        ? []
        : ['--event-kafka-url', eventBroker, '--event-kafka-topic', siteTopics.uploads]),
      'posix',
      '--versioning-dir',
      versions,
      data,
    ],
    env: { ...env, ROOT_ACCESS_KEY_ID: accessKeyId, ROOT_SECRET_ACCESS_KEY: secretAccessKey },
    cwd: dir,
  };
}

/** Creates the buckets that are missing. A new bucket belongs to the store's own account and is open to nobody else. */
export async function ensureBuckets(
  options: Pick<StoreOptions, 'port' | 'accessKeyId' | 'secretAccessKey'>,
  buckets: readonly string[],
): Promise<void> {
  const { port, accessKeyId, secretAccessKey } = options;
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: STORE_REGION,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 2,
  });
  try {
    for (const Bucket of buckets) {
      const exists = await client.send(new HeadBucketCommand({ Bucket })).then(
        () => true,
        (error: unknown) => {
          if ((error as { name?: string }).name === 'NotFound') return false;
          throw error;
        },
      );
      if (!exists) await client.send(new CreateBucketCommand({ Bucket }));
    }
  } finally {
    client.destroy();
  }
}
