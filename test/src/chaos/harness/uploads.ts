import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Random } from '@hilum/local';
import { z } from 'zod';
import type { Fleet, SiteState } from '../../support/fleet.js';
import { s3ClientFor } from '../../support/s3-client.js';
import { numberedImage } from './images.js';
import type { Journal } from './journal.js';

export interface UploadOptions {
  count: number;
  perSecond: number;
  /** by default all sites of the fleet */
  sites?: readonly string[];
  ways?: readonly ('s3' | 'http')[];
  /** ends it, images not yet acknowledged and all */
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

const ATTEMPT_TIMEOUT_MS = 8_000;
const RETRY_AFTER_MS = 400;
/** Longer than any fault of any scenario. */
const GIVE_UP_AFTER_MS = 15 * 60_000;

const created = z.object({ imageIds: z.tuple([z.string()]) });

/**
 * Uploads as modalities do: at an even pace, whatever happens, and each image again until it is acknowledged. A repeat
 * is the same upload (same key, or same Idempotency-Key), so it counts once.
 */
export class Uploader {
  readonly #fleet: Fleet;
  readonly #journal: Journal;
  readonly #random: Random;
  readonly #run: string;
  #number = 0;

  constructor(options: { fleet: Fleet; journal: Journal; random: Random; run: string }) {
    this.#fleet = options.fleet;
    this.#journal = options.journal;
    this.#random = options.random;
    this.#run = options.run;
  }

  /** Resolves when all are acknowledged. @throws Error when one never is, the signal's reason when that aborts */
  async upload(options: UploadOptions): Promise<void> {
    const { count, perSecond, ways = ['s3', 'http'], onProgress = () => undefined, signal } = options;
    // every image that waits listens to it, and Node would call that a leak
    if (signal !== undefined) setMaxListeners(0, signal);
    const { state } = this.#fleet;
    const sites = state.sites.filter(({ name }) => options.sites?.includes(name) ?? true);
    const clients = new Map(sites.map((site) => [site.name, s3ClientFor(site, ATTEMPT_TIMEOUT_MS)]));
    const began = performance.now();
    let done = 0;
    try {
      const underWay: Promise<void>[] = [];
      for (let index = 0; index < count; index += 1) {
        const dueInMs = began + (index * 1000) / perSecond - performance.now();
        if (dueInMs > 0) await delay(dueInMs, undefined, { signal });
        const site = this.#random.pick(sites);
        const way = this.#random.pick(ways);
        const number = (this.#number += 1);
        const acknowledged = this.#untilAcknowledged(site, way, number, clients.get(site.name), signal);
        underWay.push(acknowledged.then(() => onProgress((done += 1))));
        // reported with all the others below; meanwhile it is not unhandled
        acknowledged.catch(() => undefined);
      }
      await Promise.all(underWay);
    } finally {
      for (const client of clients.values()) client.destroy();
    }
  }

  async #untilAcknowledged(
    site: SiteState,
    way: 's3' | 'http',
    number: number,
    s3: S3Client | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const body = await numberedImage(number);
    const name = `${this.#run}/${number}`;
    const end = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      try {
        const ref = way === 'http' || s3 === undefined ? await post(site, name, body) : await put(s3, site, name, body);
        this.#journal.acknowledged({ site: site.name, way, ref, sha256: sha256Of(body) });
        return;
      } catch (error) {
        if (performance.now() > end)
          throw new Error(`upload ${name} to ${site.name} by ${way} was never acknowledged`, { cause: error });
      }
      await delay(RETRY_AFTER_MS, undefined, { signal });
    }
  }
}

async function put(s3: S3Client, site: SiteState, name: string, body: Buffer): Promise<string> {
  const Key = `chaos/${name}.jpeg`;
  await s3.send(new PutObjectCommand({ Bucket: site.s3.intakeBucket, Key, Body: body, ContentType: 'image/jpeg' }));
  return Key;
}

async function post(site: SiteState, name: string, body: Buffer): Promise<string> {
  const response = await fetch(`${site.url}/api/v1/studies`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${site.tokens.staff}`,
      'content-type': 'image/jpeg',
      'idempotency-key': name,
    },
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
  });
  if (response.status !== 201) throw new Error(`POST answered ${response.status}: ${await response.text()}`);
  return created.parse(await response.json()).imageIds[0];
}

function sha256Of(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
