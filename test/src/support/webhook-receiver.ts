import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface WebhookReceiver {
  url: string;
  secret: string;
  /** bodies whose signature held, by webhook-id */
  received: Map<string, { type: string; data: Record<string, unknown> }>;
  /** how often a body with a signature that held came, repeats included */
  deliveries: number;
  refused: number;
  close(): Promise<void>;
}

/** A receiver as a hospital's own system would be: checks the signature, answers 204, remembers ids. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const secret = `whsec_${Buffer.from('integration-test-webhook-key-32b').toString('base64')}`;
  const webhook = new Webhook(secret);
  const state = {
    received: new Map<string, { type: string; data: Record<string, unknown> }>(),
    deliveries: 0,
    refused: 0,
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      try {
        const body = webhook.verify(Buffer.concat(chunks), request.headers as Record<string, string>);
        state.deliveries += 1;
        state.received.set(
          String(request.headers['webhook-id']),
          body as { type: string; data: Record<string, unknown> },
        );
        response.writeHead(204).end();
      } catch {
        state.refused += 1;
        response.writeHead(401).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/urgent`,
    secret,
    get received() {
      return state.received;
    },
    get deliveries() {
      return state.deliveries;
    },
    get refused() {
      return state.refused;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
