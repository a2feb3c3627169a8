// The same decoding and the same network as in the service, one image after the other, without anything around it.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DEFAULT_DECODE_LIMITS, loadModel, prepareImage, withInputTensor } from '@hilum/model';

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
    const prepared = await prepareImage(images[index % images.length] ?? Buffer.alloc(0), model, DEFAULT_DECODE_LIMITS);
    if (prepared.kind === 'unreadable') throw new Error(`an image is unreadable: ${prepared.reason}`);
    await withInputTensor(prepared.grey, model.release, (tensor) => model.predict(tensor, 1, false));
    latenciesMs.push(performance.now() - began);
  }
  const result: LoopResult = { latenciesMs };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
await model.close();
