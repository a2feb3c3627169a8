import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { INFERENCE_ENTRY } from '@hilum/local';
import { takePort } from './environment.js';
import { repositoryRoot } from './repository.js';
import { until } from './until.js';

const ENTRY = join(repositoryRoot, INFERENCE_ENTRY);

/** The bundled scoring service alone, as a process of its own: its store is empty and its broker away. */
export class InferenceService {
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  static async start(releaseDirectory: string): Promise<InferenceService> {
    const store = createServer((_request, response) => void response.writeHead(404).end());
    await once(store.listen(0, '127.0.0.1'), 'listening');
    const [http, broker] = [await takePort(), await takePort()];
    await Promise.all([http.free(), broker.free()]);
    const child = spawn(process.execPath, [ENTRY], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HILUM_SITE_NAME: 'st-agnes',
        HILUM_SITE_KEY: 'ab'.repeat(32),
        HILUM_KAFKA_BROKERS: `127.0.0.1:${broker.port}`,
        HILUM_S3_ENDPOINT: `http://127.0.0.1:${portOf(store)}`,
        HILUM_S3_ACCESS_KEY_ID: 'key',
        HILUM_S3_SECRET_ACCESS_KEY: 'secret',
        HILUM_INFERENCE_PORT: String(http.port),
        HILUM_INFERENCE_RELEASE_DIR: releaseDirectory,
      },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
      store.closeAllConnections();
      await new Promise((resolve) => store.close(resolve));
    };
    const url = `http://127.0.0.1:${http.port}`;
    try {
      await until('the scoring service is ready', async () => (await fetch(`${url}/readyz`)).ok);
    } catch (error) {
      await stop();
      throw new Error(`the scoring service did not start; it said: ${said}`, { cause: error });
    }
    return new InferenceService(url, stop);
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
