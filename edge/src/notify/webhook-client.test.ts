import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { sampleResult } from '../testing/sample-result.js';
import { urgentFinding } from './urgent-finding.js';
import { HttpWebhookClient } from './webhook-client.js';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const never = new AbortController().signal;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function receiver(status: number, headers: Record<string, string> = {}) {
  const received: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status, headers).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { received, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook` };
}

describe('the webhook client', () => {
  it("signs so that a receiver with the standard's own library accepts it", async () => {
    const { received, url } = await receiver(204);
    const finding = urgentFinding(sampleResult('a', { decision: 'pneumonia-suspected' }), 'e'.repeat(64), new Date());
    expect(await new HttpWebhookClient({ url, secret: SECRET }).send(finding.id, finding.payload, never)).toBe(204);
    const [request] = received;
    const verified = new Webhook(SECRET).verify(
      request?.body ?? '',
      (request?.headers ?? {}) as Record<string, string>,
    );
    expect(verified).toMatchObject({ type: 'study.urgent', data: { decision: 'pneumonia-suspected' } });
    expect(request?.headers['webhook-id']).toBe(finding.id);
    expect(request?.body).not.toContain('Jane');
  });

  it('does not follow a redirect', async () => {
    const { received, url } = await receiver(307, { location: '/elsewhere' });
    expect(await new HttpWebhookClient({ url, secret: SECRET }).send('id', '{}', never)).toBe(307);
    expect(received.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('says that there was no answer when nobody listens', async () => {
    const client = new HttpWebhookClient({ url: 'http://127.0.0.1:9/hook', secret: SECRET });
    expect(await client.send('id', '{}', never)).toBeNull();
  });
});
