import { siteTopics } from '@hilum/contracts';
import { kafkaClient, topicEnd, withAdmin } from '../../support/kafka-access.js';
import { until } from '../../support/until.js';
import type { ChaosRun } from '../harness/chaos-run.js';
import type { Scenario } from './scenario.js';

const IMAGES = 60;

export const notificationsDropped: Scenario = {
  name: 'notifications-dropped',
  what: 'every notification of the stores lost: only the buckets tell of the images',
  isSeeded: false,
  run: async (run) => {
    // nobody may read a notification before it is deleted
    const goOn = run.sites.map((site) => run.faults.pause(`${site}-dispatcher`));
    try {
      const before = await Promise.all(run.sites.map((site) => endOf(run, site)));
      await run.upload({ count: IMAGES, perSecond: 15 });
      const sent = (): Promise<number> =>
        Promise.all(run.sites.map((site) => endOf(run, site))).then((ends) =>
          ends.reduce((sum, end, index) => sum + end - (before[index] ?? 0), 0),
        );
      // as many as images at the least: scoring cannot have added its own results' notifications, it has no work
      await until('all notifications are in the topics', async () => (await sent()) >= IMAGES, 60_000);
      for (const site of run.sites) await dropAll(run, site);
      run.say(`${await sent()} notifications dropped`);
    } finally {
      for (const resume of goOn) resume();
    }
    await run.settle();
  },
};

function endOf(run: ChaosRun, site: string): Promise<number> {
  return topicEnd(kafkaClient(run.fleet.site(site).kafka), siteTopics.uploads);
}

async function dropAll(run: ChaosRun, site: string): Promise<void> {
  await withAdmin(kafkaClient(run.fleet.site(site).kafka), async (admin) => {
    const partitions = await admin.fetchTopicOffsets(siteTopics.uploads);
    await admin.deleteTopicRecords({
      topic: siteTopics.uploads,
      partitions: partitions.map(({ partition, high }) => ({ partition, offset: high })),
    });
  });
}
