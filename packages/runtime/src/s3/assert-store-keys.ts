import { ConfigError } from '../config/read-config.js';
import type { S3ObjectStore } from './s3-object-store.js';

/**
 * Refuses to start with keys that the store refuses. Only at the start: while a process runs, keys that are refused are
 * an outage like any other, for the store may be the one that is wrong.
 * @throws ConfigError naming the variable
 */
export async function assertStoreKeys(
  store: Pick<S3ObjectStore, 'keyRefusal'>,
  { s3Endpoint, intakeBucket }: { s3Endpoint: string; intakeBucket: string },
): Promise<void> {
  const refusal = await store.keyRefusal(intakeBucket);
  if (refusal === null) return;
  const { host } = new URL(s3Endpoint);
  throw new ConfigError([
    refusal === 'InvalidAccessKeyId'
      ? `HILUM_S3_ACCESS_KEY_ID: the store at ${host} does not know this key (${refusal}): give a key of that store`
      : `HILUM_S3_SECRET_ACCESS_KEY: the store at ${host} refuses it for the key in HILUM_S3_ACCESS_KEY_ID (${refusal}): give the secret of that key`,
  ]);
}
