import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

/** Any object of a Kubernetes API, known by kind; T is what the reader needs of it. */
export type KubeObject<T = object> = {
  apiVersion: string;
  kind: string;
  metadata: KubeMeta;
} & T;

/** What is to be there: any kind, with whatever fields it has. */
export type Manifest = KubeObject & { [field: string]: unknown };

export interface KubeMeta {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  uid?: string;
  resourceVersion?: string;
  /** counts the changes of what is wanted, not those of the status */
  generation?: number;
  creationTimestamp?: string;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
  deletionTimestamp?: string;
}

/** Which kind of objects: `work.open-cluster-management.io/v1`, `ManifestWork`. */
export interface KubeKind {
  apiVersion: string;
  kind: string;
}

/** A condition as OCM, CRDs and most others report theirs. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
}

export interface KubeAccess {
  /** https://127.0.0.1:PORT */
  server: string;
  /** PEM file of the authority that signed the server's certificate */
  ca: string;
  /** who asks: a bearer token, or the PEM files of a client certificate, read anew for every connection */
  as: { token: string } | { cert: string; key: string };
}

/** What the API server answered instead of what was asked for. */
export class KubeError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'KubeError';
    this.status = status;
  }
}

const FIELD_MANAGER = 'hilum-clusters';
const REQUEST_TIMEOUT_MS = 20_000;
/** How often the server may ask us to come again: it does while a kind of object is new to it. */
const MOST_TRIES = 10;

/**
 * One identity at one API server. JSON goes in and comes out as it is: the typed client libraries rename or drop fields
 * that they do not know (`from` of a NetworkPolicy, `x-kubernetes-…` of a schema), and everything here is custom resources.
 */
export class KubeClient {
  readonly server: string;
  readonly #access: KubeAccess;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #resources = new Map<string, Promise<ApiResource[]>>();

  constructor(access: KubeAccess) {
    this.server = access.server;
    this.#access = access;
  }

  /**
   * Creates the object or makes its fields what is given here (server-side apply).
   * @param manager whose fields these are: those of others stay
   * @returns the whole object as it is then
   * @throws KubeError
   */
  async apply(object: Manifest, manager: string = FIELD_MANAGER): Promise<KubeObject> {
    const path = await this.#path(object, object.metadata.namespace, object.metadata.name);
    return (await this.#patch(path, 'application/apply-patch+yaml', JSON.stringify(object), manager)) as KubeObject;
  }

  /** Applies one after another, so that what a later one needs is there. @throws KubeError */
  async applyAll(objects: readonly Manifest[]): Promise<void> {
    for (const object of objects) await this.apply(object);
  }

  /** Applies a custom resource definition as its YAML or JSON file has it. @returns the kinds it defines; @throws KubeError */
  async applyDefinition(yaml: string): Promise<KubeKind[]> {
    const name = yaml.startsWith('{')
      ? (JSON.parse(yaml) as Partial<Manifest>).metadata?.name
      : /^metadata:\n(?: .*\n)*? {2}name: (\S+)$/m.exec(yaml)?.[1];
    if (name === undefined) throw new Error('this is no custom resource definition: it has no metadata.name');
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
    const { spec } = (await this.#patch(path, 'application/apply-patch+yaml', yaml)) as {
      spec: { group: string; names: { kind: string }; versions: { name: string; served: boolean }[] };
    };
    return spec.versions
      .filter(({ served }) => served)
      .map((version) => ({ apiVersion: `${spec.group}/${version.name}`, kind: spec.names.kind }));
  }

  /** Applies the status alone. @throws KubeError */
  async applyStatus(object: Manifest): Promise<void> {
    const path = await this.#path(object, object.metadata.namespace, object.metadata.name);
    await this.#patch(`${path}/status`, 'application/apply-patch+yaml', JSON.stringify(object));
  }

  /** Changes the given fields and leaves all others; null takes one away (JSON merge patch). @throws KubeError */
  async merge(kind: KubeKind, name: string, change: object, namespace?: string): Promise<void> {
    await this.#patch(await this.#path(kind, namespace, name), 'application/merge-patch+json', JSON.stringify(change));
  }

  /** Null when it is not there. @throws KubeError when it may not be read */
  async find<T>(kind: KubeKind, name: string, namespace?: string): Promise<KubeObject<T> | null> {
    return orNull(this.ask<KubeObject<T>>('GET', await this.#path(kind, namespace, name)));
  }

  /** @param options.labels a label selector such as `a=b,c`; without a namespace those of all. @throws KubeError */
  async list<T>(
    kind: KubeKind,
    options: { namespace?: string | undefined; labels?: string } = {},
  ): Promise<KubeObject<T>[]> {
    const path = await this.#path(kind, options.namespace);
    const query = options.labels === undefined ? '' : `?labelSelector=${encodeURIComponent(options.labels)}`;
    const { items } = await this.ask<{ items: KubeObject<T>[] }>('GET', `${path}${query}`);
    // the API leaves both out in lists
    return items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
  }

  /** Nothing happens when it is not there. @throws KubeError */
  async remove(kind: KubeKind, name: string, namespace?: string): Promise<void> {
    await orNull(this.ask('DELETE', await this.#path(kind, namespace, name)));
  }

  /** Whether objects of this kind can be dealt with: some time after its definition is accepted. @throws KubeError */
  async serves(kind: KubeKind): Promise<boolean> {
    return (await orNull(this.#resource(rootOf(kind), kind.kind).catch(nullWhenUnknown))) !== null;
  }

  /** A token for a service account, for a day. @throws KubeError */
  async token(serviceAccount: string, namespace: string): Promise<string> {
    const { status } = await this.ask<{ status: { token: string } }>(
      'POST',
      `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
      JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 86_400 },
      }),
    );
    return status.token;
  }

  /** Signs the request of a client for a certificate. @throws KubeError */
  async approve(request: KubeObject): Promise<void> {
    const path = `/apis/certificates.k8s.io/v1/certificatesigningrequests/${request.metadata.name}/approval`;
    const condition = { type: 'Approved', status: 'True', reason: 'Accepted', message: 'a known hospital' };
    await this.ask('PUT', path, JSON.stringify({ ...request, status: { conditions: [condition] } }));
  }

  /** @param path below the server's address; @throws KubeError with what the server said */
  async ask<Answer = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: string,
    contentType = 'application/json',
  ): Promise<Answer> {
    let { status, text, retryAfterSeconds } = await this.#send(method, path, body, contentType);
    for (let tries = 1; status === 429 && tries < MOST_TRIES; tries += 1) {
      await delay(retryAfterSeconds * 1000);
      ({ status, text, retryAfterSeconds } = await this.#send(method, path, body, contentType));
    }
    if (status >= 200 && status < 300)
      return (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text) as Answer;
    throw new KubeError(status, `${method} ${path} at ${this.server} answered ${status}: ${messageOf(text)}`);
  }

  #patch(path: string, contentType: string, body: string, manager: string = FIELD_MANAGER): Promise<unknown> {
    const query =
      contentType === 'application/apply-patch+yaml'
        ? `?fieldManager=${manager}&force=true`
        : `?fieldManager=${manager}`;
    return this.ask('PATCH', `${path}${query}`, body, contentType);
  }

  #send(
    method: string,
    path: string,
    body: string | undefined,
    contentType: string,
  ): Promise<{ status: number; text: string; retryAfterSeconds: number }> {
    const { ca, as } = this.#access;
    const identity =
      'token' in as
        ? { headers: { authorization: `Bearer ${as.token}` } }
        : { headers: {}, cert: readFileSync(as.cert), key: readFileSync(as.key) };
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.server),
        {
          method,
          agent: this.#agent,
          ca: readFileSync(ca),
          timeout: REQUEST_TIMEOUT_MS,
          ...identity,
          headers: {
            accept: 'application/json',
            ...identity.headers,
            ...(body === undefined ? {} : { 'content-type': contentType }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              text: Buffer.concat(chunks).toString('utf8'),
              retryAfterSeconds: Number(response.headers['retry-after'] ?? 1),
            }),
          );
          response.on('error', reject);
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`no answer from ${this.server} in ${REQUEST_TIMEOUT_MS} ms`)));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // the server closes a connection that was idle for 90 s, which crosses with a request that is sent just then
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(this.#send(method, path, body, contentType));
        else reject(error);
      });
      sent.end(body);
    });
  }

  async #path({ apiVersion, kind }: KubeKind, namespace?: string, name?: string): Promise<string> {
    const root = rootOf({ apiVersion, kind });
    const resource = await this.#resource(root, kind);
    const inNamespace = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
    return `${root}${inNamespace}/${resource.name}${name === undefined ? '' : `/${name}`}`;
  }

  async #resource(root: string, kind: string): Promise<ApiResource> {
    // a definition that was applied since is asked for again
    for (const isKept of [true, false]) {
      if (!isKept) this.#resources.delete(root);
      let resources = this.#resources.get(root);
      if (resources === undefined) {
        resources = this.ask<{ resources: ApiResource[] }>('GET', root).then((answer) => answer.resources);
        resources.catch(() => this.#resources.delete(root));
        this.#resources.set(root, resources);
      }
      const found = (await resources).find((resource) => resource.kind === kind && !resource.name.includes('/'));
      if (found !== undefined) return found;
    }
    throw new UnknownKindError(`${this.server} has no ${kind} in ${root}`);
  }
}

class UnknownKindError extends Error {}

function nullWhenUnknown(error: unknown): null {
  if (error instanceof UnknownKindError) return null;
  throw error;
}

function rootOf({ apiVersion }: KubeKind): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

interface ApiResource {
  name: string;
  kind: string;
  namespaced: boolean;
}

/** Whether the object's status has this condition, true. */
export function hasCondition(
  object: { status?: { conditions?: readonly Condition[] } } | null,
  type: string,
  status: Condition['status'] = 'True',
): boolean {
  return (
    object?.status?.conditions?.some((condition) => condition.type === type && condition.status === status) ?? false
  );
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return null;
    throw error;
  }
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
