// A process of its own, so that what it costs is not counted with the server: sends images and tells the latencies. The first
// requests of a process take it several times as long as later ones, so some are sent before; then it says that it is ready,
// and begins when it is told to by a line.
import { readFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
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
const agent = new Agent({ keepAlive: true, maxSockets: load.perSecond === null ? load.concurrency : 64 });

function post(body: Buffer): Promise<{ response: IncomingMessage; answer: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { ...load.headers, 'content-length': body.length };
    const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
    const sent = request(load.url, { method: 'POST', agent, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => resolve({ response, answer: Buffer.concat(chunks) }));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

async function send(index: number): Promise<number> {
  const began = performance.now();
  const { response, answer } = await post(images[index % images.length] ?? Buffer.alloc(0));
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
agent.destroy();
