import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject, KubeResource } from '../kube-api.js';

interface Watcher {
  plural: string;
  response: ServerResponse;
}

interface Request {
  plural: string;
  kind: 'list' | 'watch';
  query: Record<string, string>;
  authorization: string | undefined;
}

/**
 * A real HTTP server that speaks as much of the list and watch protocol as can go wrong: pages, chunked events that are
 * cut anywhere, bookmarks, 410, refusals, connections that break, and kinds that are not installed.
 */
export class FakeKubeServer {
  readonly requests: Request[] = [];
  readonly #server: Server;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  /** resources by plural; what is not in it is not installed */
  readonly #installed = new Map<string, KubeResource>();
  readonly #log: { plural: string; version: number; event: object }[] = [];
  readonly #watchers = new Set<Watcher>();
  readonly #waiting: (() => void)[] = [];
  #version = 100;
  /** versions up to this are forgotten: a watch from there gets 410 */
  #compacted = 0;
  pageObjects = 500;
  /** kinds about which no request is answered */
  readonly silent = new Set<string>();
  /** answers to requests about a kind, before anything else is looked at */
  readonly refusals = new Map<string, number>();

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(resources: readonly KubeResource[]): Promise<FakeKubeServer> {
    const fake = new FakeKubeServer();
    for (const resource of resources) fake.install(resource);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  install(resource: KubeResource): void {
    this.#installed.set(resource.plural, resource);
  }

  uninstall(plural: string): void {
    this.#installed.delete(plural);
    this.#objects.delete(plural);
    this.breakConnections(plural);
  }

  /** Creates or changes an object and tells those who watch. */
  put(plural: string, object: KubeObject): void {
    const objects = this.#objectsOf(plural);
    const key = keyOf(object);
    const type = objects.has(key) ? 'MODIFIED' : 'ADDED';
    const versioned = this.#versioned(object);
    objects.set(key, versioned);
    this.#tell(plural, { type, object: versioned });
  }

  delete(plural: string, object: Pick<KubeObject, 'metadata'>): void {
    this.#objectsOf(plural).delete(keyOf(object));
    this.#tell(plural, { type: 'DELETED', object: this.#versioned({ ...object }) });
  }

  bookmark(plural: string): void {
    this.#version += 1;
    const event = { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.#version) } } };
    for (const watcher of this.#watchersOf(plural)) watcher.response.write(`${JSON.stringify(event)}\n`);
  }

  /** Forgets what was, as etcd does when it is compacted: whoever goes on from before must list again. */
  compact(): void {
    this.#version += 1;
    this.#compacted = this.#version;
  }

  /** Tells those who watch that their place is forgotten, in the stream. */
  expire(plural: string): void {
    this.compact();
    const event = { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } };
    for (const watcher of this.#watchersOf(plural)) {
      watcher.response.write(`${JSON.stringify(event)}\n`);
      watcher.response.end();
    }
  }

  /** Ends watches as their time does. */
  endWatches(plural: string): void {
    for (const watcher of this.#watchersOf(plural)) watcher.response.end();
  }

  breakConnections(plural: string): void {
    for (const watcher of this.#watchersOf(plural)) watcher.response.destroy();
  }

  write(plural: string, text: string): void {
    for (const watcher of this.#watchersOf(plural)) watcher.response.write(text);
  }

  /** How often a kind was listed or watched. */
  count(plural: string, kind: Request['kind']): number {
    return this.requests.filter((request) => request.plural === plural && request.kind === kind).length;
  }

  /** Until a condition holds, looked at whenever a request comes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  isWatched(plural: string): boolean {
    return this.#watchersOf(plural).length > 0;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url);
    const [, , group, version, plural = ''] = url.pathname.split('/');
    const query = Object.fromEntries(url.searchParams);
    const kind = query['watch'] === 'true' ? 'watch' : 'list';
    this.requests.push({ plural, kind, query, authorization: request.headers.authorization });
    const resource = this.#installed.get(plural);
    const refusal = this.refusals.get(plural);
    if (this.silent.has(plural)) response.on('error', () => undefined);
    else if (refusal !== undefined) refuse(response, refusal, 'as the test wants');
    else if (resource?.group !== group || resource?.version !== version) refuse(response, 404, 'page not found');
    else if (kind === 'list') this.#list(plural, query, response);
    else this.#watch(plural, Number(query['resourceVersion']), response);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #list(plural: string, query: Record<string, string>, response: ServerResponse): void {
    const all = [...this.#objectsOf(plural).values()];
    const start = Number(query['continue'] ?? 0);
    const size = Math.min(Number(query['limit']), this.pageObjects);
    const more = start + size < all.length ? { continue: String(start + size) } : {};
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        kind: 'List',
        metadata: { resourceVersion: String(this.#version), ...more },
        items: all.slice(start, start + size),
      }),
    );
  }

  #watch(plural: string, from: number, response: ServerResponse): void {
    if (from < this.#compacted) return refuse(response, 410, 'too old resource version');
    response.setHeader('content-type', 'application/json');
    response.flushHeaders();
    const watcher = { plural, response };
    this.#watchers.add(watcher);
    response.on('close', () => {
      this.#watchers.delete(watcher);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    for (const entry of this.#log)
      if (entry.plural === plural && entry.version > from) this.#send(watcher, entry.event);
  }

  #tell(plural: string, event: object): void {
    this.#log.push({ plural, version: this.#version, event });
    for (const watcher of this.#watchersOf(plural)) this.#send(watcher, event);
  }

  /** In pieces, as networks do. */
  #send({ response }: Watcher, event: object): void {
    const text = Buffer.from(`${JSON.stringify(event)}\n`);
    const middle = Math.floor(text.length / 2);
    response.write(text.subarray(0, middle));
    response.write(text.subarray(middle));
  }

  #watchersOf(plural: string): Watcher[] {
    return [...this.#watchers].filter((watcher) => watcher.plural === plural);
  }

  #objectsOf(plural: string): Map<string, KubeObject> {
    const objects = this.#objects.get(plural) ?? new Map<string, KubeObject>();
    this.#objects.set(plural, objects);
    return objects;
  }

  #versioned(object: Pick<KubeObject, 'metadata'>): KubeObject {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }
}

function keyOf({ metadata }: Pick<KubeObject, 'metadata'>): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', code: status, message }));
}
