import { S3Client } from '@aws-sdk/client-s3';
import type { SiteState } from './fleet.js';

/** An ordinary S3 client with the site's own keys; with a time-out it tries once, for a caller that retries itself. */
export function s3ClientFor(site: SiteState, timeoutMs?: number): S3Client {
  return new S3Client({
    endpoint: site.s3.endpoint,
    region: site.s3.region,
    credentials: { accessKeyId: site.s3.accessKeyId, secretAccessKey: site.s3.secretAccessKey },
    forcePathStyle: true,
    ...(timeoutMs === undefined
      ? {}
      : {
          maxAttempts: 1,
          requestHandler: { connectionTimeout: timeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
        }),
  });
}
