import { formatTraceparent } from '@hilum/contracts';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { timeLimited } from '@hilum/runtime';
import { ShipmentRefusedError, type Shipment, type ShipmentClient } from './shipment.js';
import type { TargetSite } from './site-list.js';

/** Puts images into the site's intake bucket, as modalities and archives with an S3 export do. */
export class S3ShipmentClient implements ShipmentClient {
  readonly #timeoutMs: number;
  readonly #clients = new Map<string, { access: string; client: S3Client }>();

  constructor(options: { timeoutMs: number }) {
    this.#timeoutMs = options.timeoutMs;
  }

  async send(site: TargetSite, shipment: Shipment, signal: AbortSignal): Promise<void> {
    const put = new PutObjectCommand({
      Bucket: site.s3.intakeBucket,
      Key: shipment.key,
      Body: shipment.image.bytes,
      ContentType: shipment.image.contentType,
      Metadata: {
        traceparent: formatTraceparent(shipment.trace),
        ...(shipment.priority === 'routine' ? {} : { priority: shipment.priority }),
      },
    });
    try {
      await this.#clientOf(site).send(put, {
        abortSignal: timeLimited(signal, this.#timeoutMs),
      });
    } catch (error) {
      // also on errors that are no S3ServiceException: those of an answer that is not S3's XML, as a proxy gives
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      if (status !== undefined && status >= 400) throw new ShipmentRefusedError(status);
      throw error;
    }
  }

  /** Closes idle connections. */
  close(): void {
    for (const { client } of this.#clients.values()) client.destroy();
    this.#clients.clear();
  }

  /** One client a site, made anew when the site has moved or its keys have changed. */
  #clientOf(site: TargetSite): S3Client {
    const access = JSON.stringify(site.s3);
    const known = this.#clients.get(site.name);
    if (known?.access === access) return known.client;
    known?.client.destroy();
    const client = new S3Client({
      endpoint: site.s3.endpoint,
      region: site.s3.region,
      forcePathStyle: true,
      credentials: { accessKeyId: site.s3.accessKeyId, secretAccessKey: site.s3.secretAccessKey },
      // as an older device sends it: no checksum trailer, which some stores do not know
      requestChecksumCalculation: 'WHEN_REQUIRED',
      maxAttempts: 1,
    });
    this.#clients.set(site.name, { access, client });
    return client;
  }
}
