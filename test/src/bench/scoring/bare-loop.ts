// The same decoding and the same network as in the service, one image after the other, without anything around it.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadModel } from '@hilum/model';
import { bareWork } from './bare-work.js';

/** A line to do so many images; answered by a line of {@link LoopResult}. */
export interface LoopResult {
  latenciesMs: number[];
}

const [release = '', ...files] = process.argv.slice(2);
const model = await loadModel(release, { intraOpThreads: 1 });
const images = files.map((file) => readFileSync(file));
for await (const line of createInterface({ input: process.stdin })) {
  const latenciesMs: number[] = [];
  for (let index = 0; index < Number(line); index += 1) {
    const began = performance.now();
    await bareWork(images[index % images.length] ?? Buffer.alloc(0), model);
    latenciesMs.push(performance.now() - began);
  }
  const result: LoopResult = { latenciesMs };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
await model.close();
