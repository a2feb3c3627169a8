import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '@hilum/runtime/testing';
import { takePort } from './environment.js';
import { until } from './until.js';

/** Null when the server is not on the PATH. */
export const prometheusPath = programPath('prometheus');

/** Said where tests are skipped for want of it. */
export const PROMETHEUS_MISSING = 'SKIPPED: prometheus is missing; apt-get install prometheus\n';

export interface ScrapeTarget {
  job: string;
  /** http://host:port */
  url: string;
  labels: Record<string, string>;
}

export interface RuleState {
  name: string;
  type: 'alerting' | 'recording';
  query: string;
  health: 'ok' | 'err' | 'unknown';
  lastError?: string;
  /** of an alert */
  state?: 'inactive' | 'pending' | 'firing';
}

export interface Series {
  metric: Record<string, string>;
  value: [number, string];
}

/** A real Prometheus on a free port of 127.0.0.1, that scrapes and evaluates every second. */
export class Prometheus {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#process = child;
    this.#folder = folder;
  }

  /** @param ruleFiles paths; @throws with its last words when it does not come up */
  static async start(options: { targets: readonly ScrapeTarget[]; ruleFiles: readonly string[] }): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'hilum-prometheus-'));
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: options.ruleFiles,
      scrape_configs: options.targets.map(({ job, url, labels }) => ({
        job_name: job,
        static_configs: [{ targets: [new URL(url).host], labels }],
      })),
    };
    // what is JSON is YAML
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const { port, free } = await takePort();
    await free();
    const child = spawn(
      prometheusPath ?? 'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr?.on('data', (chunk) => (said = `${said}${String(chunk)}`.slice(-4_000)));
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, child, folder);
    try {
      await until('Prometheus is ready', async () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
        return (await fetch(`${prometheus.url}/-/ready`)).ok;
      });
    } catch (error) {
      await prometheus.stop();
      throw new Error(`Prometheus did not start:\n${said}`, { cause: error });
    }
    return prometheus;
  }

  /** An instant query. @throws with what Prometheus says when it does not take it */
  async query(expr: string): Promise<Series[]> {
    const { result } = await this.#ask<{ result: Series[] }>(`query?query=${encodeURIComponent(expr)}`);
    return result;
  }

  /** A query for a graph of the last minute. @throws as query */
  async queryRange(expr: string): Promise<unknown[]> {
    const now = Date.now() / 1000;
    const range = `start=${now - 60}&end=${now}&step=5`;
    const { result } = await this.#ask<{ result: unknown[] }>(`query_range?query=${encodeURIComponent(expr)}&${range}`);
    return result;
  }

  labelValues(metric: string, label: string): Promise<string[]> {
    return this.#ask<string[]>(`label/${label}/values?match[]=${encodeURIComponent(metric)}`);
  }

  async rules(): Promise<RuleState[]> {
    const { groups } = await this.#ask<{ groups: { rules: RuleState[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    const isOver = this.#process.exitCode !== null || this.#process.signalCode !== null;
    if (!isOver) {
      const ended = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
      this.#process.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const answer = (await response.json()) as { status: string; error?: string; data: Data };
    if (answer.status !== 'success') throw new Error(`${decodeURIComponent(path)}: ${answer.error}`);
    return answer.data;
  }
}
