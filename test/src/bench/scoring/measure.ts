import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '../../support/repository.js';
import type { LoopResult } from './bare-loop.js';
import type { Load, LoadResult } from './load-client.js';
import { processorMsOf } from './processor-time.js';
import type { MeasuredServer } from './servers.js';

const compiled = (file: string): string => join(repositoryRoot, 'test/dist/bench/scoring', file);

export interface Burst {
  images: number;
  /** of the server, user and system, divided by the images */
  processorMsPerImage: number;
  imagesPerSecond: number;
  latenciesMs: number[];
}

/** A client in another process that has warmed up. */
interface Client {
  /** @throws Error when an image is not answered with a probability */
  send(): Promise<LoadResult>;
}

async function startClient(server: MeasuredServer, load: Omit<Load, 'url' | 'headers'>): Promise<Client> {
  const asked: Load = { ...load, url: server.url, headers: server.headers };
  const child = spawn(process.execPath, [compiled('load-client.js'), JSON.stringify(asked)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done === true) throw new Error(`the client of ${server.name} has ended; it said: ${said.slice(-2000)}`);
    return next.value;
  };
  await line();
  return {
    send: async () => {
      child.stdin.end('go\n');
      return JSON.parse(await line()) as LoadResult;
    },
  };
}

/**
 * Sends images to a server from another process.
 * @throws Error when one of them is not answered with a probability
 */
export async function sendImages(server: MeasuredServer, load: Omit<Load, 'url' | 'headers'>): Promise<LoadResult> {
  return (await startClient(server, load)).send();
}

/** Sends images and tells what that cost the server. */
export async function burst(server: MeasuredServer, load: Omit<Load, 'url' | 'headers'>): Promise<Burst> {
  const client = await startClient(server, load);
  const before = processorMsOf(server.pid);
  const { latenciesMs, tookMs } = await client.send();
  return {
    images: load.count,
    processorMsPerImage: (processorMsOf(server.pid) - before) / load.count,
    imagesPerSecond: (load.count / tookMs) * 1000,
    latenciesMs,
  };
}

/** The loop without a server around it, in a process of its own. */
export interface BareLoop {
  run(images: number): Promise<Burst>;
  stop(): Promise<void>;
}

export async function startBareLoop(release: string, files: readonly string[]): Promise<BareLoop> {
  const child = spawn(process.execPath, [compiled('bare-loop.js'), release, ...files], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done === true) throw new Error('the bare loop has ended');
    return next.value;
  };
  await line();
  const pid = child.pid ?? 0;
  return {
    run: async (images) => {
      const before = processorMsOf(pid);
      const began = performance.now();
      child.stdin.write(`${images}\n`);
      const { latenciesMs } = JSON.parse(await line()) as LoopResult;
      const imagesPerSecond = (images / (performance.now() - began)) * 1000;
      return { images, processorMsPerImage: (processorMsOf(pid) - before) / images, imagesPerSecond, latenciesMs };
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Of several bursts of as many images each: the medians of their processor times and rates, since another tenant of the
 * machine slows down some of them, and all latencies together.
 */
export function together(bursts: readonly Burst[]): Burst {
  const median = (value: (burst: Burst) => number): number => percentile(bursts.map(value), 0.5);
  return {
    images: bursts.reduce((sum, each) => sum + each.images, 0),
    processorMsPerImage: median((each) => each.processorMsPerImage),
    imagesPerSecond: median((each) => each.imagesPerSecond),
    latenciesMs: bursts.flatMap((each) => each.latenciesMs),
  };
}

/** Nearest rank, not rounded. @throws RangeError for an empty list */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('no values');
  return value;
}
