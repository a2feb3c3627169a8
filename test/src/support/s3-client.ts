import { S3Client } from '@aws-sdk/client-s3';
import type { SiteState } from './fleet.js';

/** An ordinary S3 client with the site's own keys. */
export function s3ClientFor(site: SiteState): S3Client {
  return new S3Client({
    endpoint: site.s3.endpoint,
    region: site.s3.region,
    credentials: { accessKeyId: site.s3.accessKeyId, secretAccessKey: site.s3.secretAccessKey },
    forcePathStyle: true,
  });
}
