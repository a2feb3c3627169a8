import { join } from 'node:path';
import { seededRandom, type Random } from '@hilum/local';
import { Fleet } from '../../support/fleet.js';
import { until } from '../../support/until.js';
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.js';
import { Faults } from './faults.js';
import { freePort } from './free-port.js';
import { violations, type Expectations } from './invariants.js';
import { Journal } from './journal.js';
import { count, countOutcomes, observe } from './observation.js';
import { TcpProxy } from './tcp-proxy.js';
import { Twin } from './twin.js';
import { Uploader, type UploadOptions } from './uploads.js';

const SETTLE_WITHIN_MS = 240_000;
const REPORT_EVERY_MS = 15_000;

export interface ChaosRunOptions {
  seed: number;
  /** where the journal goes */
  reportDir: string;
  say: (line: string) => void;
  sites?: number;
  env?: Record<string, string>;
  dataFolder?: string;
}

/**
 * A fleet to break: its hospitals reach the hub over a line that can be cut, uploads to it are kept in a journal, and
 * at any time it can be held to all that was promised since it began.
 */
export class ChaosRun {
  readonly fleet: Fleet;
  readonly faults: Faults;
  readonly journal: Journal;
  /** of the scenario: its faults and their moments follow from the seed and its name, whatever ran before it */
  random: Random;
  /** between the hospitals and the hub's broker */
  readonly wan: TcpProxy;
  readonly say: (line: string) => void;
  /** sites that got more than the journal tells, from a scenario that keeps an account of its own */
  readonly sitesWithOtherUploads: string[] = [];
  readonly #receiver: WebhookReceiver;
  readonly #uploader: Uploader;
  readonly #seed: number;
  readonly #stopping = new AbortController();
  readonly #twins = new Set<Twin>();
  #stopped: Promise<void> | null = null;

  private constructor(fleet: Fleet, wan: TcpProxy, receiver: WebhookReceiver, options: ChaosRunOptions) {
    this.fleet = fleet;
    this.wan = wan;
    this.#receiver = receiver;
    this.say = options.say;
    this.faults = new Faults(fleet);
    this.#seed = options.seed;
    this.random = seededRandom(options.seed);
    const run = `${options.seed}-${Date.now().toString(36)}`;
    this.journal = new Journal(join(options.reportDir, `journal-${run}.jsonl`));
    // a source of its own: uploads go on beside the scenario, and would take numbers from it at moments of their own
    this.#uploader = new Uploader({ fleet, journal: this.journal, random: seededRandom(-options.seed), run });
  }

  static async start(options: ChaosRunOptions): Promise<ChaosRun> {
    const wanPort = await freePort();
    const wan = await TcpProxy.start({ host: '127.0.0.1', port: wanPort });
    const receiver = await startWebhookReceiver();
    try {
      const fleet = await Fleet.start({
        ...options,
        env: {
          HILUM_HUB_KAFKA_WAN_PORT: String(wanPort),
          HILUM_HUB_KAFKA_WAN_ADDRESS: `127.0.0.1:${wan.port}`,
          HILUM_EDGE_WEBHOOK_URL: receiver.url,
          HILUM_EDGE_WEBHOOK_SECRET: receiver.secret,
          ...options.env,
        },
      });
      return new ChaosRun(fleet, wan, receiver, options);
    } catch (error) {
      await receiver.close();
      await wan.close();
      throw error;
    }
  }

  /** Ends whatever goes on, faults too, and then the fleet. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    this.#stopping.abort(new Error('the run is over'));
    await this.faults.undoAll();
    for (const twin of this.#twins) await twin.end('SIGKILL');
    this.wan.mend();
    await this.fleet.stop();
    await this.#receiver.close();
    await this.wan.close();
  }

  /** Gives the scenario that begins now its own numbers. */
  begin(scenario: string): void {
    this.random = seededRandom([...scenario].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), this.#seed) | 0);
  }

  /** A second one of a service, on a free port; it ends with the run at the latest. See {@link Twin.start}. */
  async startTwin(name: string, portVariable: string, other: Record<string, string> = {}): Promise<Twin> {
    const twin = await Twin.start(this.fleet, name, portVariable, {
      ...other,
      [portVariable]: String(await freePort()),
    });
    this.#twins.add(twin);
    return twin;
  }

  get sites(): string[] {
    return this.fleet.state.sites.map(({ name }) => name);
  }

  upload(options: UploadOptions): Promise<void> {
    const signals = [this.#stopping.signal, ...(options.signal === undefined ? [] : [options.signal])];
    return this.#uploader.upload({ ...options, signal: AbortSignal.any(signals) });
  }

  /** Resolves when every acknowledged image has an outcome at its site, whatever the hub knows of it. */
  async outcomesAtSites(): Promise<void> {
    await until(
      'an outcome at its site for every acknowledged image',
      async () =>
        (await countOutcomes(this.fleet)).every(({ site, outcomes }) => outcomes >= this.journal.countOf(site)),
      SETTLE_WITHIN_MS,
    );
  }

  /** Hub-bound events that the sites have not given to their brokers yet. */
  async outboxPending(): Promise<number> {
    const counts = await Promise.all(
      this.fleet.state.sites.map(({ databaseUrl }) =>
        count(databaseUrl, 'select count(*) as count from outbox where published_at is null'),
      ),
    );
    return counts.reduce((sum, pending) => sum + pending, 0);
  }

  /** Resolves when the hub has a row for every acknowledged image. */
  async rowsAtHub(): Promise<void> {
    await until(
      'a row at the hub for every acknowledged image',
      async () => (await countOutcomes(this.fleet)).every(({ site, rows }) => rows >= this.journal.countOf(site)),
      SETTLE_WITHIN_MS,
    );
  }

  /**
   * Waits until all invariants hold for everything since this run began, without helping.
   * @throws Error that names what does not hold by then
   */
  async settle(expected: Omit<Expectations, 'sitesWithOtherUploads'> = {}): Promise<void> {
    const { sitesWithOtherUploads } = this;
    let found: string[] = [];
    let reportedAt = performance.now();
    try {
      await until(
        'all invariants hold',
        async () => {
          if (performance.now() - reportedAt > REPORT_EVERY_MS) {
            reportedAt = performance.now();
            this.say(`settling: ${await this.#progress()}`);
          }
          found = violations(this.journal.uploads, await observe(this.fleet, this.#receiver.received.size), {
            ...expected,
            sitesWithOtherUploads,
          });
          return found.length === 0;
        },
        SETTLE_WITHIN_MS,
      );
    } catch (error) {
      throw new Error(found.length === 0 ? 'the fleet could not be observed' : found.join('\n'), { cause: error });
    }
    this.say(`all invariants hold for ${this.journal.uploads.length} images`);
  }

  async #progress(): Promise<string> {
    const counts = await countOutcomes(this.fleet);
    return counts
      .map(({ site, outcomes, rows }) => `${site} ${outcomes} outcomes, ${rows} rows, of ${this.journal.countOf(site)}`)
      .join('; ');
  }
}
