/** A kind of objects at a Kubernetes API. */
export interface KubeResource {
  group: string;
  version: string;
  /** as in the address: `managedclusters` */
  plural: string;
}

export interface KubeMeta {
  name: string;
  namespace?: string | undefined;
  generation?: number | undefined;
  resourceVersion?: string | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
}

/** What can be relied on of any object; the rest is for who maps it to check. */
export interface KubeObject {
  metadata: KubeMeta;
  [field: string]: unknown;
}

export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubeObject }
  /** of the server: 410 when the version to go on from is too old */
  | { type: 'ERROR'; status: number; message: string };

/** The API server answered, and not with what was asked for. */
export class KubeStatusError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'KubeStatusError';
    this.status = status;
  }
}

/** As much of a Kubernetes API as it takes to follow what is there. */
export interface KubeApi {
  /**
   * Everything there is, page by page; the resourceVersion is that of the whole list, from which a watch goes on.
   * @throws KubeStatusError when the server refuses; other errors when it does not answer
   */
  list(resource: KubeResource, signal: AbortSignal): AsyncIterable<{ items: KubeObject[]; resourceVersion: string }>;
  /**
   * What happened since, as it happens; ends when the server ends it, which it is asked to do after `timeoutSeconds`.
   * @throws as list, and when the connection breaks
   */
  watch(
    resource: KubeResource,
    options: { resourceVersion: string; timeoutSeconds: number },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent[]>;
}
