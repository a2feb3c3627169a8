import { setTimeout as delay } from 'node:timers/promises';
import { whileUploading, type Scenario } from './scenario.js';

const PER_SECOND = 6;

export const offsets: Scenario = {
  name: 'offsets',
  what: 'dispatchers and scorers killed with work in flight, and no reconciler to mend what an offset skipped',
  isSeeded: true,
  setting: () => ({
    // it looks once when the edge starts, before anything is uploaded, and then not for a day
    options: { sites: 1, env: { HILUM_EDGE_RECONCILE_INTERVAL_MS: '86400000' } },
    cleanUp: () => Promise.resolve(),
  }),
  run: async (run, { isFull }) => {
    const [site = ''] = run.sites;
    const rounds = isFull ? 20 : 4;
    await whileUploading(run, { count: rounds * 24, perSecond: PER_SECOND }, async () => {
      for (let round = 1; round <= rounds; round += 1) {
        const second = await run.startTwin(`${site}-dispatcher`, 'HILUM_DISPATCHER_PORT');
        try {
          await delay(run.random.between(0, 1_500));
          await run.faults.killAndAwaitReturn(`${site}-${run.random.pick(['dispatcher', 'inference'])}`);
        } finally {
          await second.end('SIGKILL');
        }
        run.say(`round ${round} of ${rounds} is over`);
      }
    });
    await run.settle();
  },
};
