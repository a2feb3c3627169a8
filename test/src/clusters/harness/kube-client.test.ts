import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pki, type IdentityFiles } from '@hilum/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeClient } from './kube-client.js';

let folder: string;
let files: IdentityFiles;
let server: Server;
/** How many requests came by each connection, in the order in which they were opened. */
let requestsOf: Map<object, number>;
/** Whether a connection is closed when its nth request comes, instead of an answer. */
let isClosedAt: (nth: number) => boolean;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-kube-client-'));
  files = await new Pki(folder).server('kube-apiserver');
  requestsOf = new Map();
  isClosedAt = () => false;
  server = createServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) }, (request, response) => {
    const nth = (requestsOf.get(request.socket) ?? 0) + 1;
    requestsOf.set(request.socket, nth);
    if (isClosedAt(nth)) request.socket.destroy();
    else response.end(JSON.stringify({ method: request.method }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function client(): KubeClient {
  const { port } = server.address() as AddressInfo;
  return new KubeClient({ server: `https://127.0.0.1:${port}`, ca: files.ca, as: { token: 'somebody' } });
}

describe('a client of the Kubernetes API', () => {
  it('sends a request again that met the end of a connection nobody used', async () => {
    isClosedAt = (nth) => nth === 2;
    const api = client();
    await api.ask('GET', '/readyz');
    expect(await api.ask('PATCH', '/api/v1/namespaces/hilum', '{}')).toEqual({ method: 'PATCH' });
    expect([...requestsOf.values()]).toEqual([2, 1]);
  });

  it('fails when a new connection is closed without an answer', async () => {
    isClosedAt = (nth) => nth === 1;
    await expect(client().ask('GET', '/readyz')).rejects.toThrow('socket hang up');
    expect([...requestsOf.values()]).toEqual([1]);
  });
});
