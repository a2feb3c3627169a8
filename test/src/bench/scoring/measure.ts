import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '../../support/repository.js';
import type { LoopResult } from './bare-loop.js';
import type { Load, LoadResult, Target } from './load-client.js';
import { processorMsOf } from './processor-time.js';
import { hasExited, type MeasuredServer } from './servers.js';

export interface Burst {
  images: number;
  /** of the server, user and system, divided by the images */
  processorMsPerImage: number;
  imagesPerSecond: number;
  latenciesMs: number[];
}

/** A process of this folder that answers each line with one. */
interface LineProcess {
  pid: number;
  /** @throws Error with what it said when it has ended */
  ask(line: string): Promise<string>;
  stop(): Promise<void>;
}

function startLineProcess(script: string, args: readonly string[]): LineProcess {
  const file = join(repositoryRoot, 'test/dist/bench/scoring', script);
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    ask: async (line) => {
      child.stdin.write(`${line}\n`);
      const next = await lines.next();
      if (next.done === true) throw new Error(`${script} has ended; it said: ${said.slice(-2000)}`);
      return next.value;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      if (!hasExited(child)) await ended;
    },
  };
}

/** Does so many images, and tells what that costs a process. */
async function burstOf(
  pid: number,
  images: number,
  work: () => Promise<Pick<LoadResult, 'latenciesMs' | 'tookMs'>>,
): Promise<Burst> {
  const before = processorMsOf(pid);
  const { latenciesMs, tookMs } = await work();
  const processorMsPerImage = (processorMsOf(pid) - before) / images;
  return { images, processorMsPerImage, imagesPerSecond: (images / tookMs) * 1000, latenciesMs };
}

/** What sends images to one server, from another process. */
export interface Client {
  /** @throws Error when an image is not answered with a probability */
  send(load: Load): Promise<LoadResult>;
  /** The same, with what it costs the server. */
  burst(load: Load): Promise<Burst>;
  stop(): Promise<void>;
}

export function startClient({ url, headers, pid }: MeasuredServer, files: readonly string[]): Client {
  const target: Target = { url, headers, files };
  const client = startLineProcess('load-client.js', [JSON.stringify(target)]);
  const send = async (load: Load): Promise<LoadResult> =>
    JSON.parse(await client.ask(JSON.stringify(load))) as LoadResult;
  return {
    send,
    burst: (load) => burstOf(pid, load.count, () => send(load)),
    stop: () => client.stop(),
  };
}

/** The loop without a server around it, in a process of its own. */
export interface BareLoop {
  run(images: number): Promise<Burst>;
  stop(): Promise<void>;
}

export function startBareLoop(release: string, files: readonly string[]): BareLoop {
  const loop = startLineProcess('bare-loop.js', [release, ...files]);
  return {
    run: (images) =>
      burstOf(loop.pid, images, async () => {
        const began = performance.now();
        const { latenciesMs } = JSON.parse(await loop.ask(String(images))) as LoopResult;
        return { latenciesMs, tookMs: performance.now() - began };
      }),
    stop: () => loop.stop(),
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
