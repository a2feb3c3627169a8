import type { ChaosRun } from '../harness/chaos-run.js';
import { whileUploading, type Scenario } from './scenario.js';

const PER_SECOND = 2;

/** What of the hub is away, and how: gone, or there and mute, which is worse. */
const HUB_OUTAGES: readonly { name: string; how: 'gone' | 'mute' }[] = [
  { name: 'hub-kafka', how: 'gone' },
  { name: 'hub-postgres', how: 'mute' },
  { name: 'hub', how: 'gone' },
];

export const hubAway: Scenario = {
  name: 'hub-away',
  what: 'the hub’s broker, database and service, each away for long while images come',
  isSeeded: false,
  run: async (run, { isFull }) => {
    const seconds = isFull ? 120 : 20;
    for (const { name, how } of HUB_OUTAGES) {
      run.say(`${name} is ${how} for ${seconds} s`);
      await whileUploading(run, { count: seconds * PER_SECOND, perSecond: PER_SECOND }, () =>
        away(run, name, how, seconds),
      );
    }
    await run.settle();
  },
};

export const siteKafkaAway: Scenario = {
  name: 'site-kafka-away',
  what: 'a hospital’s broker away during uploads: the store cannot tell anybody of them',
  isSeeded: false,
  run: async (run, { isFull }) => {
    const [site = ''] = run.sites;
    const seconds = isFull ? 120 : 20;
    const count = 40;
    await whileUploading(run, { count, perSecond: count / seconds, sites: [site] }, () =>
      away(run, `${site}-kafka`, 'gone', seconds),
    );
    await run.settle();
  },
};

async function away(run: ChaosRun, name: string, how: 'gone' | 'mute', seconds: number): Promise<void> {
  if (how === 'gone') await run.faults.goneFor(name, seconds);
  else await run.faults.muteFor(name, seconds);
}
