import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, describe, expect, it } from 'vitest';
import { createStatusPublisher } from './create-status-publisher.js';
import { KubeStatusPublisher } from './kube-status-publisher.js';

const { signal } = new AbortController();
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Received {
  method: string | undefined;
  url: string | undefined;
  type: string | undefined;
  authorization: string | undefined;
  body: unknown;
}

async function publisherAt(
  status: number,
  answer: string,
): Promise<{ publisher: KubeStatusPublisher; seen: Received[] }> {
  const seen: Received[] = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { 'content-type': type, authorization } = request.headers;
      seen.push({ method: request.method, url: request.url, type, authorization, body: JSON.parse(body) });
      response.writeHead(status).end(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`, skipTLSVerify: true },
    { name: 'u', token: 'of-the-pod' },
  );
  return { publisher: new KubeStatusPublisher(config, 'hilum'), seen };
}

describe('the status at a Kubernetes API', () => {
  it('is one ConfigMap of a known name, applied by the server as this service’s own fields', async () => {
    const { publisher, seen } = await publisherAt(201, '{}');
    await publisher.publish({ site: 'st-agnes' }, signal);
    expect(seen).toEqual([
      {
        method: 'PATCH',
        url: '/prefix/api/v1/namespaces/hilum/configmaps/hilum-site-status?fieldManager=hilum-edge&force=true',
        type: 'application/apply-patch+yaml',
        authorization: 'Bearer of-the-pod',
        body: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            name: 'hilum-site-status',
            namespace: 'hilum',
            labels: { 'app.kubernetes.io/part-of': 'hilum' },
          },
          data: { site: 'st-agnes' },
        },
      },
    ]);
  });

  it('that is refused is told with what the server said', async () => {
    const forbidden = await publisherAt(403, '{"message":"configmaps is forbidden"}');
    await expect(forbidden.publisher.publish({}, signal)).rejects.toThrow('answered 403 to the site');
    await expect(forbidden.publisher.publish({}, signal)).rejects.toThrow('configmaps is forbidden');
  });

  it('is given up when this stops', async () => {
    const { publisher } = await publisherAt(200, '{}');
    await expect(publisher.publish({}, AbortSignal.abort())).rejects.toThrow('aborted');
  });
});

describe('where the status is told', () => {
  it('is nowhere unless it is wanted', () => {
    expect(createStatusPublisher('none', {})).toBeNull();
  });

  it('is refused outside of a pod, with what to set instead', () => {
    expect(() => createStatusPublisher('kubernetes', {})).toThrow(/HILUM_EDGE_SITE_STATUS: .*set none/);
    expect(() => createStatusPublisher('kubernetes', { KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toThrow(
      /HILUM_EDGE_SITE_STATUS: .*token mounted/,
    );
  });
});
