import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { KubeStatusError, type KubeApi, type KubeObject, type KubeResource, type WatchEvent } from './kube-api.js';

/** Objects in one page of a list: policies come with their history, and a page is held in memory as a whole. */
const PAGE_OBJECTS = 500;
/** Beyond this, what the server sends is no list and no event of ours. */
const MAX_LINE_CHARACTERS = 4 * 1024 * 1024;
const MAX_LIST_BYTES = 256 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 30_000;
/** A watch that is not ended by the server in time sits on a dead connection. */
const WATCH_GRACE_MS = 15_000;

const kubeObject = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    generation: z.number().optional(),
    resourceVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
const kubeList = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()),
});
const bookmark = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });
const kubeStatus = z.looseObject({ code: z.number().optional(), message: z.string().optional() });
const watchLine = z.looseObject({ type: z.string(), object: z.unknown() });

/**
 * Lists and watches by the addresses and credentials of a kubeconfig, or of the pod that this runs in. The client library
 * makes the credentials (certificates, tokens that are renewed, exec plug-ins, proxies); requests are our own, since
 * its watch cannot be given up before the server answers and drops what it cannot parse without a word.
 */
export class KubeHttpClient implements KubeApi {
  readonly #config: KubeConfig;
  readonly #server: string;
  readonly #answerTimeoutMs: number;

  /**
   * @param answerTimeoutMs until a page of a list has come, or a watch has begun
   * @throws Error when the configuration names no cluster
   */
  constructor(config: KubeConfig, answerTimeoutMs = ANSWER_TIMEOUT_MS) {
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig has no current context, or its cluster is missing');
    this.#config = config;
    this.#server = cluster.server;
    this.#answerTimeoutMs = answerTimeoutMs;
  }

  async *list(
    resource: KubeResource,
    signal: AbortSignal,
  ): AsyncGenerator<{ items: KubeObject[]; resourceVersion: string }> {
    let next: string | undefined;
    do {
      const query = { limit: String(PAGE_OBJECTS), ...(next === undefined ? {} : { continue: next }) };
      const within = AbortSignal.any([signal, AbortSignal.timeout(this.#answerTimeoutMs)]);
      const response = await this.#get(resource, query, within);
      const list = kubeList.parse(JSON.parse(await textOf(response, MAX_LIST_BYTES)));
      yield { items: list.items.map(objectOf), resourceVersion: list.metadata.resourceVersion };
      next = list.metadata.continue === '' ? undefined : list.metadata.continue;
    } while (next !== undefined);
  }

  async *watch(
    resource: KubeResource,
    { resourceVersion, timeoutSeconds }: { resourceVersion: string; timeoutSeconds: number },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent[]> {
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
    };
    const overdue = AbortSignal.timeout(timeoutSeconds * 1000 + WATCH_GRACE_MS);
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error('the API server does not answer')), this.#answerTimeoutMs);
    const within = AbortSignal.any([signal, overdue, silence.signal]);
    const response = await this.#get(resource, query, within).finally(() => clearTimeout(timer));
    let rest = '';
    response.setEncoding('utf8');
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_CHARACTERS) throw new Error('the API server sent an event of more than 4 MB');
      const events = lines.filter((line) => line.trim() !== '').map(eventOf);
      if (events.length > 0) yield events;
    }
  }

  async #get(
    { group, version, plural }: KubeResource,
    query: Record<string, string>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const url = new URL(this.#server);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/apis/${group}/${version}/${plural}`;
    url.search = new URLSearchParams(query).toString();
    const options: RequestOptions = { headers: { accept: 'application/json' } };
    await this.#config.applyToHTTPSOptions(options);
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(url, { ...options, signal }, resolve)
        .on('error', reject)
        .end();
    });
    if (response.statusCode === 200) return response;
    const status = response.statusCode ?? 0;
    const text = await textOf(response, MAX_LINE_CHARACTERS);
    throw new KubeStatusError(status, `${url.pathname} answered ${status}: ${messageOf(text)}`);
  }
}

/** @throws Error when the file is none, which names what is wrong with it */
export function readKubeconfig(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) config.loadFromCluster();
  else config.loadFromFile(file);
  return config;
}

async function textOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      response.destroy();
      throw new Error(`the API server sent an answer of more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function messageOf(text: string): string {
  try {
    return kubeStatus.parse(JSON.parse(text)).message ?? 'no reason given';
  } catch {
    return text.slice(0, 200);
  }
}

function objectOf(value: unknown): KubeObject {
  return kubeObject.parse(value);
}

/** @throws Error when the line is no event */
function eventOf(line: string): WatchEvent {
  const { type, object } = watchLine.parse(JSON.parse(line));
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: objectOf(object) };
    case 'BOOKMARK': {
      const { resourceVersion } = bookmark.parse(object).metadata;
      return { type, object: { metadata: { name: '', resourceVersion } } };
    }
    case 'ERROR': {
      const { code, message } = kubeStatus.parse(object);
      return { type, status: code ?? 500, message: message ?? 'no reason given' };
    }
    default:
      throw new Error(`the API server sent an event of the unknown type ${JSON.stringify(type.slice(0, 40))}`);
  }
}
