import { backoffMs, wait, type Backoff } from '@hilum/runtime';
import type { FleetView, ViewState } from '../fleet.js';
import { KubeStatusError, type KubeApi, type KubeObject, type KubeResource } from './kube-api.js';

/** The server is asked to end a watch after this, so that the end of one shows that the connection lived until then. */
const WATCH_SECONDS = 60;
/** A kind that is not installed may be later; nothing hurries. */
const ABSENT_RETRY_MS = 60_000;
const BACKOFF: Backoff = { firstMs: 500, maxMs: 30_000 };
/** A watch that ended sooner, without an event, was refused in some way: not to be tried again at once. */
const SHORT_WATCH_MS = 1_000;

/** What is done with what is seen. Resolves when it is durable; a failure has everything listed again. */
export interface ResourceHandler {
  onAll(objects: readonly KubeObject[]): Promise<void>;
  onChanges(changes: readonly { type: 'set' | 'gone'; object: KubeObject }[]): Promise<void>;
}

export interface FollowerOptions {
  api: KubeApi;
  resource: KubeResource;
  handler: ResourceHandler;
  /** told of each failure, and of what had failed and does not any more */
  onState: (view: FleetView) => void;
  onListed: () => void;
  now: () => number;
  /** as runtime's wait: true when the time passed, false when the signal aborted */
  pause?: (ms: number, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Follows one kind of objects: lists all, then watches from there. A watch that ends goes on where it stood; one that
 * breaks does so after a pause; when the server no longer knows the place (410), all is listed again.
 */
export class ResourceFollower {
  readonly #options: Required<FollowerOptions>;
  #state: ViewState = 'starting';
  #provenAt: number | null = null;
  #detail: string | null = null;

  constructor(options: FollowerOptions) {
    this.#options = { pause: wait, ...options };
  }

  get view(): FleetView {
    const { plural: kind } = this.#options.resource;
    return { kind, state: this.#state, provenAt: this.#provenAt, detail: this.#detail };
  }

  /** Until the signal aborts; never throws. */
  async follow(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      try {
        let resourceVersion = await this.#list(signal);
        failures = 0;
        while (!signal.aborted) {
          const next = await this.#watch(resourceVersion, signal);
          if (next === null) break;
          resourceVersion = next;
        }
      } catch (error) {
        if (signal.aborted) return;
        const isAbsent = error instanceof KubeStatusError && error.status === 404;
        await this.#failed(error, signal);
        // that nothing of the kind is there is known as of now
        if (isAbsent) failures = 0;
        await this.#options.pause(isAbsent ? ABSENT_RETRY_MS : backoffMs(BACKOFF, failures), signal);
        failures += 1;
      }
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { api, resource, handler, now, onListed } = this.#options;
    const startedAt = now();
    const objects: KubeObject[] = [];
    let version = '';
    for await (const { items, resourceVersion } of api.list(resource, signal)) {
      objects.push(...items);
      version = resourceVersion;
    }
    await handler.onAll(objects);
    onListed();
    this.#become('following', null);
    this.#provenAt = startedAt;
    return version;
  }

  /** @returns where to go on; null when all has to be listed again */
  async #watch(from: string, signal: AbortSignal): Promise<string | null> {
    const { now, pause } = this.#options;
    let resourceVersion = from;
    for (let failures = 0; !signal.aborted;) {
      const startedAt = now();
      let hasSeen = false;
      try {
        for await (const outcome of this.#events(resourceVersion, signal)) {
          if (outcome === null) return null;
          resourceVersion = outcome;
          hasSeen = true;
          failures = 0;
          this.#become('following', null);
        }
        if (hasSeen || now() - startedAt >= SHORT_WATCH_MS) {
          this.#become('following', null);
          this.#provenAt = now();
          return resourceVersion;
        }
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof HandlerError) throw error.cause;
        if (error instanceof KubeStatusError && error.status === 410) return null;
        // refused or no longer there: listing tells what it is
        if (error instanceof KubeStatusError && [401, 403, 404].includes(error.status)) throw error;
        await this.#failed(error, signal);
      }
      await pause(backoffMs(BACKOFF, failures), signal);
      failures += 1;
    }
    return resourceVersion;
  }

  /** Versions up to which all is done, as events come; null when the server no longer knows the place. */
  async *#events(resourceVersion: string, signal: AbortSignal): AsyncGenerator<string | null> {
    const { api, resource, handler, now } = this.#options;
    const options = { resourceVersion, timeoutSeconds: WATCH_SECONDS };
    for await (const events of api.watch(resource, options, signal)) {
      const receivedAt = now();
      let version = resourceVersion;
      const changes: { type: 'set' | 'gone'; object: KubeObject }[] = [];
      let failure: { status: number; message: string } | null = null;
      for (const event of events) {
        if (event.type === 'ERROR') {
          failure = event;
          break;
        }
        version = event.object.metadata.resourceVersion ?? version;
        if (event.type !== 'BOOKMARK')
          changes.push({ type: event.type === 'DELETED' ? 'gone' : 'set', object: event.object });
      }
      if (changes.length > 0)
        await handler.onChanges(changes).catch((error: unknown) => {
          throw new HandlerError(error);
        });
      if (failure !== null) {
        if (failure.status === 410) yield null;
        throw new KubeStatusError(failure.status, failure.message);
      }
      this.#provenAt = receivedAt;
      yield version;
    }
  }

  #failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const status = error instanceof KubeStatusError ? error.status : null;
    const detail = error instanceof Error ? error.message : String(error);
    if (status === 404) {
      const { group, version, plural } = this.#options.resource;
      return this.#absent(`${plural}.${group}/${version} is not installed`);
    }
    this.#become(status === 401 || status === 403 ? 'refused' : 'failing', detail);
    return Promise.resolve();
  }

  /** What is not installed has no objects: what was known of it is gone. */
  async #absent(detail: string): Promise<void> {
    const { handler, now } = this.#options;
    const at = now();
    try {
      await handler.onAll([]);
      this.#provenAt = at;
      this.#become('absent', detail);
    } catch (error) {
      this.#become('failing', error instanceof Error ? error.message : String(error));
    }
  }

  #become(state: ViewState, detail: string | null): void {
    if (state === this.#state && detail === this.#detail) return;
    this.#state = state;
    this.#detail = detail;
    this.#options.onState(this.view);
  }
}

/** What was seen could not be made durable: it is not the connection that failed. */
class HandlerError extends Error {
  constructor(cause: unknown) {
    super('what was seen could not be kept', { cause });
    this.name = 'HandlerError';
  }
}
