import { setTimeout as delay } from 'node:timers/promises';
import { shuffled } from '@hilum/local';
import { whileUploading, type Scenario } from './scenario.js';

const IMAGES = 300;
const PER_SECOND = 6;

export const killEach: Scenario = {
  name: 'kill-each',
  what: `every process killed in turn, in any order, while ${IMAGES} images go through`,
  isSeeded: true,
  run: async (run) => {
    const names = shuffled(run.faults.names, run.random);
    for (const [index, name] of names.entries()) {
      const count = share(IMAGES, names.length, index);
      await whileUploading(run, { count, perSecond: PER_SECOND }, async () => {
        // somewhere in the middle of these uploads
        await delay(run.random.between(0, (count / PER_SECOND) * 1000));
        await run.faults.killAndAwaitReturn(name);
      });
      run.say(`${name} was killed and is back (${index + 1} of ${names.length})`);
    }
    await run.settle();
  },
};

/** The size of one of `parts` parts of a whole, so that they add up. */
function share(whole: number, parts: number, index: number): number {
  return Math.floor((whole * (index + 1)) / parts) - Math.floor((whole * index) / parts);
}
