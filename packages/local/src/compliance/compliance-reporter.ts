import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FleetReport } from '@hilum/contracts';

/** Rounds begin this long after the one before has ended: a few connections each, and states change seldom. */
const CHECK_INTERVAL_MS = 30_000;

export interface ReporterOptions {
  token: string;
  /** makes all checks once; never throws */
  check: (signal: AbortSignal) => Promise<FleetReport>;
  /** resolves or rejects when there is something to check */
  whenReady: () => Promise<unknown>;
  intervalMs?: number;
}

/**
 * Checks the policies of this machine again and again, and tells the last outcome to whoever has the token, at a port of
 * this machine. It is the hub that asks: nobody may write to it.
 */
export class ComplianceReporter {
  readonly #options: Required<ReporterOptions>;
  readonly #server: Server;
  readonly #stopping = new AbortController();
  #report: FleetReport | null = null;
  #running: Promise<void> | null = null;

  constructor(options: ReporterOptions) {
    this.#options = { intervalMs: CHECK_INTERVAL_MS, ...options };
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** Listens; there is nothing to tell yet. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
  }

  /** Begins to check, once there is something to. Idempotent. */
  begin(): void {
    this.#running ??= this.#run();
  }

  /** http://127.0.0.1:PORT */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { check, whenReady, intervalMs } = this.#options;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    // when the start failed, that is what there is to tell
    await Promise.race([whenReady().catch(() => undefined), delay(intervalMs, undefined, { ref: false }), aborted]);
    while (!signal.aborted) {
      const report = await check(signal);
      if (signal.aborted) return;
      this.#report = report;
      await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    const given = Buffer.from(request.headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${this.#options.token}`);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) answer(401, { status: 401 });
    else if (request.method !== 'GET' || request.url !== '/fleet') answer(404, { status: 404 });
    else if (this.#report === null) answer(503, { status: 503 });
    else answer(200, this.#report);
  }
}
