// A process of its own, so that what it costs is not counted with the server: sends images and tells the latencies.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

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

/** Printed as JSON. */
export interface LoadResult {
  latenciesMs: number[];
  tookMs: number;
}

const load = JSON.parse(process.argv[2] ?? '') as Load;
const images = load.files.map((file) => readFileSync(file));
const agent = new Agent({ keepAlive: true, maxSockets: load.perSecond === null ? load.concurrency : 64 });

function send(index: number): Promise<number> {
  const body = images[index % images.length] ?? Buffer.alloc(0);
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { ...load.headers, 'content-length': body.length };
    const sent = request(load.url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - began);
        else reject(new Error(`${load.url} answered ${response.statusCode}`));
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

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
const result: LoadResult = { latenciesMs, tookMs: performance.now() - began };
process.stdout.write(JSON.stringify(result));
agent.destroy();
