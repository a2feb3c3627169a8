import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import type { StatusPublisher } from './status-publisher.js';

/** The name that policies read it by; its namespace is that of the pod. */
export const STATUS_NAME = 'hilum-site-status';
const FIELD_MANAGER = 'hilum-edge';

/**
 * Keeps the status as a ConfigMap of the cluster that this runs in, by server-side apply: fields of others stay theirs.
 * The client library makes the credentials (a pod's token is renewed); the request is our own, so that it can be given up.
 */
export class KubeStatusPublisher implements StatusPublisher {
  readonly #config: KubeConfig;
  readonly #url: URL;
  readonly #namespace: string;

  /** @throws Error when the configuration names no cluster */
  constructor(config: KubeConfig, namespace: string) {
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig has no current context, or its cluster is missing');
    this.#config = config;
    this.#namespace = namespace;
    this.#url = new URL(cluster.server);
    this.#url.pathname = `${this.#url.pathname.replace(/\/$/, '')}/api/v1/namespaces/${namespace}/configmaps/${STATUS_NAME}`;
    this.#url.search = `fieldManager=${FIELD_MANAGER}&force=true`;
  }

  /** As the service account of the pod that this runs in. @throws Error outside of a pod */
  static inPod(): KubeStatusPublisher {
    const config = new KubeConfig();
    config.loadFromCluster();
    const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
    if (namespace === undefined || namespace === '') throw new Error('the pod does not tell its namespace');
    return new KubeStatusPublisher(config, namespace);
  }

  async publish(data: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const options: RequestOptions = {
      method: 'PATCH',
      headers: { accept: 'application/json', 'content-type': 'application/apply-patch+yaml' },
    };
    await this.#config.applyToHTTPSOptions(options);
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: STATUS_NAME, namespace: this.#namespace, labels: { 'app.kubernetes.io/part-of': 'hilum' } },
      data,
    });
    const send = this.#url.protocol === 'http:' ? httpRequest : httpsRequest;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(this.#url, { ...options, signal }, resolve)
        .on('error', reject)
        .end(body);
    });
    const answer = await text(response);
    const status = response.statusCode ?? 0;
    if (status !== 200 && status !== 201)
      throw new Error(`the API server answered ${status} to the site's status: ${messageOf(answer)}`);
  }
}

function messageOf(answer: string): string {
  try {
    const { message } = JSON.parse(answer) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // not what an API server sends; a proxy perhaps
  }
  return answer.slice(0, 200);
}
