// A process of its own, so that what it costs is not counted with the server: sends images and tells the latencies. It serves
// all measurements of a server, since a process that has just begun takes part of every latency and, while it compiles, of the
// processor.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { JSON_LENGTH_HEADER, probabilityOf } from './answer.js';
import { HttpConnection, postRequest } from './http-connection.js';

/** Where to send what, as the first argument in JSON. */
export interface Target {
  url: string;
  headers: Record<string, string>;
  /** they take turns */
  files: readonly string[];
}

/** What is to be sent, a line of JSON; answered by a line of {@link LoadResult}. */
export interface Load {
  /** requests in all */
  count: number;
  /** at once */
  concurrency: number;
  /** null: as fast as it goes; else requests are begun at this rate, whether earlier ones are answered or not */
  perSecond: number | null;
}

export interface LoadResult {
  latenciesMs: number[];
  tookMs: number;
  /** request by request */
  probabilities: number[];
}

/** A server that does not answer for so long has failed. */
const REQUEST_DEADLINE_MS = 60_000;
/** Servers close connections that wait for some 5 s, and lose what is sent just then. */
const MOST_IDLE_MS = 2500;

const target = JSON.parse(process.argv[2] ?? '') as Target;
const url = new URL(target.url);
const requests = target.files.map((file) => postRequest(url, target.headers, readFileSync(file)));
const idle: { server: HttpConnection; since: number }[] = [];

async function connection(): Promise<HttpConnection> {
  for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
    if (kept.server.isOpen && performance.now() - kept.since < MOST_IDLE_MS) return kept.server;
    kept.server.close();
  }
  return HttpConnection.open(url, REQUEST_DEADLINE_MS);
}

async function send(index: number, { latenciesMs, probabilities }: Omit<LoadResult, 'tookMs'>): Promise<void> {
  const request = requests[index % requests.length] ?? Buffer.alloc(0);
  const server = await connection();
  const began = performance.now();
  const { status, headers, body } = await server.send(request);
  const tookMs = performance.now() - began;
  idle.push({ server, since: performance.now() });
  if (status !== 200) throw new Error(`${target.url} answered ${status}: ${body.toString('utf8', 0, 200)}`);
  probabilities[index] = probabilityOf(body, headers.get(JSON_LENGTH_HEADER));
  latenciesMs.push(tookMs);
}

async function sendAll({ count, concurrency, perSecond }: Load): Promise<LoadResult> {
  const answers = { latenciesMs: [], probabilities: [] };
  const began = performance.now();
  if (perSecond === null) {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) await send(next++, answers);
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  } else {
    const pending: Promise<void>[] = [];
    for (let index = 0; index < count; index += 1) {
      await delay(Math.max(0, began + (index * 1000) / perSecond - performance.now()));
      pending.push(send(index, answers));
    }
    await Promise.all(pending);
  }
  return { ...answers, tookMs: performance.now() - began };
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await sendAll(JSON.parse(line) as Load))}\n`);
for (const { server } of idle) server.close();
