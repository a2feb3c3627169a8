import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pki, startFleet, type HubState } from '@hilum/local';
import type { Kafka } from 'kafkajs';
import { kafkaClient } from './kafka-access.js';
import { repositoryRoot } from './repository.js';
import { until } from './until.js';

const READY_DEADLINE_MS = 60_000;
/** For requests about the topics of a thousand sites. */
const REQUEST_TIMEOUT_MS = 60_000;
const LAST_OUTPUT_CHARACTERS = 20_000;

/**
 * The servers of a hub as `hilum up` runs them (broker with mutual TLS and access rules, PostgreSQL that syncs to disk),
 * without hospitals and without the hub service: a test starts as many of those as it needs, and stops or kills them.
 */
export class HubServers {
  readonly state: HubState;
  /** as the hub's operator, who may do everything */
  readonly kafka: Kafka;
  readonly dataFolder: string;
  readonly #stopServers: () => Promise<void>;
  readonly #hubs = new Set<HubProcess>();

  private constructor(dataFolder: string, state: HubState, stopServers: () => Promise<void>) {
    this.dataFolder = dataFolder;
    this.state = state;
    this.#stopServers = stopServers;
    this.kafka = kafkaClient(state.kafka, state.kafkaTls, { requestTimeoutMs: REQUEST_TIMEOUT_MS });
  }

  static async start(): Promise<HubServers> {
    const dataFolder = mkdtempSync(join(tmpdir(), 'hilum-hub-'));
    const fleet = await startFleet({ dataDir: dataFolder, services: false, simulator: null, sites: { count: 0 } });
    const stop = async (): Promise<void> => {
      await fleet.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    };
    try {
      await fleet.whenReady();
    } catch (error) {
      await stop();
      throw error;
    }
    return new HubServers(dataFolder, fleet.state().hub, stop);
  }

  /** One more hub service, with the certificate of the hub service; ready when this resolves. */
  async startHub(env: Record<string, string> = {}): Promise<HubProcess> {
    const identity = await new Pki(join(this.dataFolder, 'pki')).client('hub');
    const port = await freePort();
    const { tokens, kafka, databaseUrl, s3 } = this.state;
    const hub = new HubProcess(port, {
      HILUM_HUB_PORT: String(port),
      HILUM_KAFKA_BROKERS: kafka,
      HILUM_KAFKA_TLS_CA_FILE: identity.ca,
      HILUM_KAFKA_TLS_CERT_FILE: identity.cert,
      HILUM_KAFKA_TLS_KEY_FILE: identity.key,
      HILUM_DATABASE_URL: databaseUrl,
      HILUM_S3_ENDPOINT: s3.endpoint,
      HILUM_S3_ACCESS_KEY_ID: s3.accessKeyId,
      HILUM_S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
      HILUM_HUB_AUDIT_KEY_FILE: join(this.dataFolder, 'secrets/hub/audit-key'),
      HILUM_HUB_HOSPITAL_IT_TOKEN: tokens['hospital-it'],
      HILUM_HUB_DATA_SCIENCE_TOKEN: tokens['data-science'],
      HILUM_HUB_COMPLIANCE_TOKEN: tokens.compliance,
      ...env,
    });
    this.#hubs.add(hub);
    await hub.ready();
    return hub;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#hubs].map((hub) => hub.end('SIGTERM')));
    await this.#stopServers();
  }
}

/** A hub service of a test's own. */
export class HubProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  #output = '';

  constructor(port: number, env: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`;
    this.#child = spawn(process.execPath, [join(repositoryRoot, 'hub/dist/hub-process.js')], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-LAST_OUTPUT_CHARACTERS);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The last of what it logged. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async ready(): Promise<void> {
    await until(
      'the hub service is ready',
      async () => {
        if (this.hasEnded) throw new Error(`the hub service ended:\n${this.#output}`);
        const response = await fetch(`${this.url}/readyz`);
        await response.body?.cancel();
        return response.ok;
      },
      READY_DEADLINE_MS,
    );
  }

  /** Events of all topics that it took, by outcome, since it started. */
  async events(outcome: 'recorded' | 'duplicate' | 'quarantined' | 'expired'): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith('hilum_hub_events_total{') && line.includes(`outcome="${outcome}"`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Ends it and waits until it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.hasEnded) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const closed = once(server, 'close');
  server.close();
  await closed;
  return port;
}
