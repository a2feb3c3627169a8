import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { childSpan, formatTraceparent, type Priority } from '@hilum/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpShipmentClient } from './http-shipment-client.js';
import { S3ShipmentClient } from './s3-shipment-client.js';
import { failureOf, ShipmentRefusedError, type Shipment } from './shipment.js';
import type { TargetSite } from './site-list.js';

interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

describe('shipments to a real server', () => {
  let server: Server;
  let received: Received[];
  let status: number;
  let isSilent: boolean;
  let arrived: () => void;
  let site: TargetSite;
  const idle = new AbortController().signal;

  beforeEach(async () => {
    received = [];
    status = 200;
    isSilent = false;
    arrived = () => undefined;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        received.push({ method, url, headers, body: Buffer.concat(chunks) });
        arrived();
        // not S3's XML, as from a proxy in front of the store
        if (!isSilent) response.writeHead(status).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const s3 = { endpoint: url, region: 'us-east-1', accessKeyId: 'key', secretAccessKey: 'secret' };
    site = { name: 'st-agnes', url, staffToken: 'staff-token', s3: { ...s3, intakeBucket: 'xray-intake' } };
  });

  afterEach(async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });

  function shipment(priority: Priority = 'routine'): Shipment {
    const patient = {
      givenName: 'Ada',
      familyName: 'Ashgrove',
      id: '1',
      birthDate: '1970-01-01',
      studyDate: '2020-01-01',
    };
    return {
      image: { bytes: Buffer.from([0xff, 0xd8, 0xff, 0x00]), contentType: 'image/jpeg', patient },
      key: 'CR_Ada Ashgrove_1_2020-01-01_0a1b.jpeg',
      idempotencyKey: '5f0c7f0e-0000-4000-8000-000000000000',
      priority,
      trace: childSpan(null),
    };
  }

  it('posts the image to the edge as staff, with type, idempotency key and trace', async () => {
    const it = shipment('stat');
    status = 201;
    await new HttpShipmentClient({ timeoutMs: 5000 }).send(site, it, idle);

    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', url: '/api/v1/studies?priority=stat' });
    expect(received[0]?.headers).toMatchObject({
      authorization: 'Bearer staff-token',
      'content-type': 'image/jpeg',
      'idempotency-key': it.idempotencyKey,
      traceparent: formatTraceparent(it.trace),
    });
    expect(received[0]?.body.equals(it.image.bytes)).toBe(true);
  });

  it('leaves the priority out when it is routine', async () => {
    await new HttpShipmentClient({ timeoutMs: 5000 }).send(site, shipment(), idle);

    expect(received[0]?.url).toBe('/api/v1/studies');
  });

  it('puts the image into the intake bucket by its path, with priority and trace as metadata', async () => {
    const client = new S3ShipmentClient({ timeoutMs: 5000 });
    const it = shipment('stat');
    await client.send(site, it, idle);
    client.close();

    expect(received).toHaveLength(1);
    expect(received[0]?.method).toBe('PUT');
    const path = new URL(received[0]?.url ?? '', site.url).pathname;
    expect(decodeURIComponent(path)).toBe(`/xray-intake/${it.key}`);
    expect(received[0]?.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'x-amz-meta-priority': 'stat',
      'x-amz-meta-traceparent': formatTraceparent(it.trace),
    });
    expect(received[0]?.headers.authorization).toContain('Credential=key/');
    expect(received[0]?.body.equals(it.image.bytes)).toBe(true);
  });

  it('goes to the new address when the same site has moved', async () => {
    const client = new S3ShipmentClient({ timeoutMs: 5000 });
    const elsewhere = { ...site, s3: { ...site.s3, endpoint: 'http://127.0.0.1:1' } };
    await expect(client.send(elsewhere, shipment(), idle)).rejects.toThrow();
    await client.send(site, shipment(), idle);
    client.close();

    expect(received).toHaveLength(1);
  });

  it.each([
    ['http', new HttpShipmentClient({ timeoutMs: 5000 })],
    ['s3', new S3ShipmentClient({ timeoutMs: 5000 })],
  ])('tells a refusal by its status, by %s, trying once only', async (_way, client) => {
    status = 503;
    const error = await client.send(site, shipment(), idle).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ShipmentRefusedError);
    expect((error as ShipmentRefusedError).status).toBe(503);
    expect((error as ShipmentRefusedError).isFinal).toBe(false);
    expect(received).toHaveLength(1);
  });

  it.each([
    ['http', new HttpShipmentClient({ timeoutMs: 5000 })],
    ['s3', new S3ShipmentClient({ timeoutMs: 5000 })],
  ])('names the connection failure, by %s, when nobody listens', async (_way, client) => {
    await new Promise((resolve) => server.close(resolve));
    const error = await client.send(site, shipment(), idle).catch((thrown: unknown) => thrown);

    expect(failureOf(error)).toBe('ECONNREFUSED');
  });

  it.each([
    ['http', new HttpShipmentClient({ timeoutMs: 60_000 })],
    ['s3', new S3ShipmentClient({ timeoutMs: 60_000 })],
  ])('breaks off a send under way, by %s, when told to stop', async (_way, client) => {
    isSilent = true;
    const stop = new AbortController();
    const inFlight = new Promise<void>((resolve) => (arrived = resolve));
    const sending = client.send(site, shipment(), stop.signal);
    await inFlight;
    stop.abort();

    await expect(sending).rejects.toThrow();
  });

  it.each([
    ['http', new HttpShipmentClient({ timeoutMs: 50 })],
    ['s3', new S3ShipmentClient({ timeoutMs: 50 })],
  ])('does not wait for ever for an answer, by %s', async (_way, client) => {
    isSilent = true;

    await expect(client.send(site, shipment(), idle)).rejects.toThrow();
  });

  it('tells refusals that will not change from those that may', () => {
    expect([400, 413, 415, 422].map((code) => new ShipmentRefusedError(code).isFinal)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([401, 403, 404, 429, 500, 503].map((code) => new ShipmentRefusedError(code).isFinal)).not.toContain(true);
  });
});
