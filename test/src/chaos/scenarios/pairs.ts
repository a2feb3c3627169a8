import { setTimeout as delay } from 'node:timers/promises';
import { shuffled } from '@hilum/local';
import { whileUploading, type Scenario } from './scenario.js';

const PER_SECOND = 3;

export const pairs: Scenario = {
  name: 'pairs',
  what: 'pairs of processes killed or paused at once, the WAN cut now and then',
  isSeeded: true,
  run: async (run, { isFull }) => {
    const rounds = isFull ? 10 : 4;
    for (let round = 1; round <= rounds; round += 1) {
      const [first = '', second = ''] = shuffled(run.faults.names, run.random);
      const isPausing = run.random.chance(0.5);
      const isCutting = run.random.chance(0.3);
      const seconds = run.random.between(2, 14);
      const what = [
        `${first} killed`,
        `${second} ${isPausing ? `paused for ${seconds.toFixed(0)} s` : 'killed'}`,
        ...(isCutting ? ['the WAN cut'] : []),
      ];
      run.say(`round ${round} of ${rounds}: ${what.join(', ')}`);
      await whileUploading(run, { count: 24, perSecond: PER_SECOND }, async () => {
        await delay(run.random.between(0, 2_000));
        if (isCutting) run.wan.cut(run.random.pick(['refused', 'silent']));
        run.faults.kill(first);
        if (isPausing) await run.faults.muteFor(second, seconds);
        else run.faults.kill(second);
        run.wan.mend();
        await run.faults.allReady();
      });
    }
    await run.settle();
  },
};
