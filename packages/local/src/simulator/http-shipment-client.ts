import { formatTraceparent } from '@hilum/contracts';
import { timeLimited } from '@hilum/runtime';
import { ShipmentRefusedError, type Shipment, type ShipmentClient } from './shipment.js';
import type { TargetSite } from './site-list.js';

/** Uploads to the site's edge service as its staff would: `POST /api/v1/studies` with the image as the body. */
export class HttpShipmentClient implements ShipmentClient {
  readonly #timeoutMs: number;

  constructor(options: { timeoutMs: number }) {
    this.#timeoutMs = options.timeoutMs;
  }

  async send(site: TargetSite, shipment: Shipment, signal: AbortSignal): Promise<void> {
    const url = new URL('/api/v1/studies', site.url);
    if (shipment.priority !== 'routine') url.searchParams.set('priority', shipment.priority);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${site.staffToken}`,
        'content-type': shipment.image.contentType,
        'idempotency-key': shipment.idempotencyKey,
        traceparent: formatTraceparent(shipment.trace),
      },
      body: new Uint8Array(shipment.image.bytes),
      signal: timeLimited(signal, this.#timeoutMs),
    });
    // read to the end, for the connection is not used again before
    await response.arrayBuffer();
    if (!response.ok) throw new ShipmentRefusedError(response.status);
  }
}
