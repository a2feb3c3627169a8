import { setTimeout as delay } from 'node:timers/promises';
import { countOutcomes } from '../harness/observation.js';
import type { Scenario } from './scenario.js';

/** The backlog must go at least so many times as fast as it came. */
const LEAST_DRAIN_RATIO = 5;

export const wanCut: Scenario = {
  name: 'wan-cut',
  what: 'the line to the hub cut for long; hospitals work on, and the backlog drains when it is back',
  isSeeded: false,
  run: async (run, { isFull }) => {
    const { images, seconds } = isFull ? { images: 2_000, seconds: 600 } : { images: 150, seconds: 75 };
    const before = await rowsOf(run);
    const mode = run.random.pick(['refused', 'silent'] as const);
    run.say(`the WAN is cut (${mode}) for ${seconds} s while ${images} images come`);
    const cutAt = performance.now();
    run.wan.cut(mode);
    await run.upload({
      count: images,
      perSecond: images / seconds,
      onProgress: (done) => {
        if (done % 250 === 0) run.say(`${done} of ${images} images acknowledged`);
      },
    });
    // the hospitals need nobody: every image has its outcome while the line is cut
    await run.outcomesAtSites();
    const early = (await rowsOf(run)) - before;
    if (early > 0) throw new Error(`${early} rows reached the hub although the line was cut`);
    await delay(Math.max(0, seconds * 1000 - (performance.now() - cutAt)));
    const arrivalSeconds = (performance.now() - cutAt) / 1000;
    run.wan.mend();
    const mendedAt = performance.now();
    await run.rowsAtHub();
    const drainSeconds = (performance.now() - mendedAt) / 1000;
    const ratio = arrivalSeconds / drainSeconds;
    run.say(
      `${images} rows came in over ${arrivalSeconds.toFixed(0)} s and drained in ${drainSeconds.toFixed(1)} s: ${ratio.toFixed(1)} ×`,
    );
    if (ratio < LEAST_DRAIN_RATIO)
      throw new Error(`the backlog drained ${ratio.toFixed(1)} × as fast as it came, less than ${LEAST_DRAIN_RATIO} ×`);
    await run.settle();
  },
};

async function rowsOf(run: Parameters<Scenario['run']>[0]): Promise<number> {
  return (await countOutcomes(run.fleet)).reduce((sum, { rows }) => sum + rows, 0);
}
