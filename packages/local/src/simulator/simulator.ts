import { randomUUID } from 'node:crypto';
import { childSpan } from '@hilum/contracts';
import { backoffMs, type Backoff, type Logger } from '@hilum/runtime';
import type { Clock } from './clock.js';
import type { Random } from './radiograph/random.js';
import { failureOf, ShipmentRefusedError, type Shipment, type ShipmentClient, type Way } from './shipment.js';
import { modalityKey, type ImageSource, type SimulatedImage } from './simulated-image.js';
import type { SiteList, TargetSite } from './site-list.js';

export interface SimulatorOptions {
  /** images a minute, all sites together */
  ratePerMinute: number;
  sites: Pick<SiteList, 'current' | 'find'>;
  images: ImageSource;
  clients: Record<Way, ShipmentClient>;
  random: Random;
  clock: Clock;
  log: Logger;
  backoff?: Backoff;
}

/** Images of one site that may be on their way at once. A site that fails fills its own places and nobody else's. */
export const MAX_IN_FLIGHT_PER_SITE = 4;
/** About two minutes with the usual backoff; then the image is given up and the place is free again. */
export const MAX_TRIES = 10;
const USUAL_BACKOFF: Backoff = { firstMs: 500, maxMs: 20_000 };
/** How soon to look again for a first site. */
const NO_SITE_RETRY_MS = 1_000;
const STAT_SHARE = 0.15;

/**
 * Sends images to the sites in turn, at an even pace, by S3 and by HTTP alternately at each site. States: running
 * from {@link run} until its signal aborts, then done as soon as what is on its way has been broken off.
 */
export class Simulator {
  readonly #options: Required<SimulatorOptions>;
  readonly #inFlight = new Map<string, Set<Promise<void>>>();
  /** turns a site has had: even by S3, odd by HTTP */
  readonly #turns = new Map<string, number>();
  readonly #full = new Set<string>();
  #turn = 0;

  constructor(options: SimulatorOptions) {
    this.#options = { backoff: USUAL_BACKOFF, ...options };
  }

  /** Runs until the signal aborts; resolves when nothing is on its way any more. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, ratePerMinute } = this.#options;
    const intervalMs = 60_000 / ratePerMinute;
    let due = clock.now();
    let image: SimulatedImage | null = null;
    while (!signal.aborted) {
      // made before the time to send, so that drawing does not delay it, but not right after the last one began to be
      // sent, for drawing keeps the process from anything else
      if (!(await clock.wait((due - clock.now()) / 2, signal))) break;
      image ??= await this.#nextImage();
      if (!(await clock.wait(due - clock.now(), signal))) break;
      if (this.#options.sites.current().length === 0) {
        await clock.wait(NO_SITE_RETRY_MS, signal);
        due = clock.now();
        continue;
      }
      if (image !== null) this.#send(image, signal);
      image = null;
      // after a stall the pace goes on from now: a burst to catch up would be no even pace
      due = Math.max(due + intervalMs, clock.now());
    }
    await Promise.all([...this.#inFlight.values()].flatMap((shipments) => [...shipments]));
  }

  async #nextImage(): Promise<SimulatedImage | null> {
    try {
      return await this.#options.images.next();
    } catch (error) {
      this.#options.log.warn({ failure: failureOf(error) }, 'an image could not be made ready, going on with the next');
      return null;
    }
  }

  #send(image: SimulatedImage, signal: AbortSignal): void {
    const sites = this.#options.sites.current();
    const site = sites[this.#turn % sites.length];
    this.#turn += 1;
    if (site === undefined) return;
    const inFlight = this.#placesOf(site);
    if (inFlight === null) return;
    const turn = this.#turns.get(site.name) ?? 0;
    this.#turns.set(site.name, turn + 1);
    const delivery = this.#deliver(site.name, turn % 2 === 0 ? 's3' : 'http', this.#shipmentOf(image), signal);
    inFlight.add(delivery);
    void delivery.finally(() => inFlight.delete(delivery));
  }

  /** Where the site's shipments are noted; null when there are as many as may be, and the turn is left out. */
  #placesOf(site: TargetSite): Set<Promise<void>> | null {
    const inFlight = this.#inFlight.get(site.name) ?? new Set();
    this.#inFlight.set(site.name, inFlight);
    if (inFlight.size < MAX_IN_FLIGHT_PER_SITE) {
      this.#full.delete(site.name);
      return inFlight;
    }
    if (!this.#full.has(site.name))
      this.#options.log.warn({ site: site.name, inFlight: inFlight.size }, 'the site is behind, leaving out its turns');
    this.#full.add(site.name);
    return null;
  }

  #shipmentOf(image: SimulatedImage): Shipment {
    const idempotencyKey = randomUUID();
    return {
      image,
      key: modalityKey(image, idempotencyKey.slice(0, 8)),
      idempotencyKey,
      priority: this.#options.random.chance(STAT_SHARE) ? 'stat' : 'routine',
      trace: childSpan(null),
    };
  }

  /** Tries until the site has the image, it is refused for good, the tries are used up or the signal aborts. */
  async #deliver(siteName: string, way: Way, shipment: Shipment, signal: AbortSignal): Promise<void> {
    const { clock, backoff, clients, sites, log } = this.#options;
    const about = { site: siteName, way, traceId: shipment.trace.traceId };
    const begun = clock.now();
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      // looked up for every try: the site may have been restarted at another address
      const site = sites.find(siteName);
      if (site === undefined) return log.info(about, 'the site is gone, image left out');
      try {
        await clients[way].send(site, shipment, signal);
        const ms = Math.round(clock.now() - begun);
        return log.info(
          { ...about, priority: shipment.priority, bytes: shipment.image.bytes.length, ms },
          'image sent',
        );
      } catch (error) {
        if (signal.aborted) return;
        const failure = failureOf(error);
        if ((error instanceof ShipmentRefusedError && error.isFinal) || attempt === MAX_TRIES)
          return log.warn({ ...about, failure, attempt }, 'image given up');
        const retryMs = backoffMs(backoff, attempt - 1, this.#options.random.unit());
        log.warn({ ...about, failure, attempt, retryMs }, 'image not sent, trying again');
        await clock.wait(retryMs, signal);
      }
    }
  }
}
