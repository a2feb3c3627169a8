// A process of its own, so that what it costs is not counted with the server: sends images and tells the latencies. The first
// requests of a process take it several times as long as later ones, so some are sent before; then it says that it is ready,
// and begins when it is told to by a line. With undici, which takes a fraction of what Node's own client takes of each latency.
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { JSON_LENGTH_HEADER, probabilityOf } from './answer.js';

/** What is to be sent, as the first argument in JSON. */
export interface Load {
  url: string;
  headers: Record<string, string>;
  files: string[];
  /** requests in all */
  count: number;
  /** at once */
  concurrency: number;
  /** null: as fast as it goes; else requests are begun at this rate, whether earlier ones are answered or not */
  perSecond: number | null;
}

/** Sent before anything is measured. */
const WARM_UP = 20;

/** Printed as JSON, in the line behind `ready`. */
export interface LoadResult {
  latenciesMs: number[];
  tookMs: number;
  /** request by request; the files take turns */
  probabilities: number[];
}

/** A server that does not answer for so long has failed. */
const REQUEST_DEADLINE_MS = 60_000;

const load = JSON.parse(process.argv[2] ?? '') as Load;
const probabilities: number[] = [];
const images = load.files.map((file) => readFileSync(file));
const { origin, pathname } = new URL(load.url);
const server = new Pool(origin, {
  connections: load.perSecond === null ? load.concurrency : 64,
  headersTimeout: REQUEST_DEADLINE_MS,
  bodyTimeout: REQUEST_DEADLINE_MS,
});

async function send(index: number): Promise<number> {
  const body = images[index % images.length] ?? Buffer.alloc(0);
  const began = performance.now();
  const response = await server.request({ path: pathname, method: 'POST', headers: load.headers, body });
  const answer = Buffer.from(await response.body.arrayBuffer());
  const tookMs = performance.now() - began;
  if (response.statusCode !== 200)
    throw new Error(`${load.url} answered ${response.statusCode}: ${answer.toString('utf8', 0, 200)}`);
  probabilities[index] = probabilityOf(answer, response.headers[JSON_LENGTH_HEADER]?.toString());
  return tookMs;
}

for (let index = 0; index < WARM_UP; index += 1) await send(index);
probabilities.length = 0;
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();

const latenciesMs: number[] = [];
const began = performance.now();
if (load.perSecond === null) {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < load.count) latenciesMs.push(await send(next++));
  };
  await Promise.all(Array.from({ length: load.concurrency }, worker));
} else {
  const pending: Promise<void>[] = [];
  for (let index = 0; index < load.count; index += 1) {
    await delay(Math.max(0, began + (index * 1000) / load.perSecond - performance.now()));
    pending.push(send(index).then((ms) => void latenciesMs.push(ms)));
  }
  await Promise.all(pending);
}
const result: LoadResult = { latenciesMs, tookMs: performance.now() - began, probabilities };
process.stdout.write(`${JSON.stringify(result)}\n`);
await server.destroy();
