import { setTimeout as delay } from 'node:timers/promises';
import { mirroredTopic, siteTopics } from '@hilum/contracts';
import { hubKafka } from '../../support/hub-dump.js';
import { duplicatesAtHub } from '../../support/hub-metrics.js';
import { kafkaClient, produce, readAll, topicEnd } from '../../support/kafka-access.js';
import { until } from '../../support/until.js';
import type { ChaosRun } from '../harness/chaos-run.js';
import { whileUploading, type Scenario } from './scenario.js';

const LOOK_EVERY_MS = 5;
/** Records that wait for the mirror before it may go on. */
const LEAST_BACKLOG = 2_000;

export const mirrorBatch: Scenario = {
  name: 'mirror-batch',
  what: 'a mirror killed again and again while it writes a batch to the hub',
  isSeeded: true,
  run: async (run, { isFull }) => {
    const [site = ''] = run.sites;
    const mirror = `${site}-mirror`;
    const rounds = isFull ? 6 : 2;
    for (let round = 1; round <= rounds; round += 1) {
      const release = run.faults.holdDown(mirror);
      try {
        await run.upload({ count: 30, perSecond: 15, sites: [site] });
        await run.outcomesAtSites();
        // the mirror takes 500 records at a time: with all of the outbox several times over it has batches to be in
        // the middle of
        while ((await backlogOf(run, site)) < LEAST_BACKLOG)
          await run.fleet.hilum('relay', 'replay', '--site', site, '--from', '1');
      } finally {
        await release();
      }
      const backlog = await backlogOf(run, site);
      const before = await mirroredEnd(run, site);
      const killed = await killOnceItWrites(run, mirror, () => mirroredEnd(run, site), before);
      run.say(`round ${round} of ${rounds}: killed after ${killed} of ${backlog} records were at the hub`);
      await run.faults.allReady();
    }
    await run.settle();
  },
};

/** Records on the site's topic beyond those at the hub, where the marks of transactions count as well. */
async function backlogOf(run: ChaosRun, site: string): Promise<number> {
  return (await endOf(run, site, siteTopics.results)) - (await mirroredEnd(run, site));
}

/** kill -9 as soon as the topic grows, or a few milliseconds later; how many records were there by then. */
async function killOnceItWrites(
  run: ChaosRun,
  mirror: string,
  end: () => Promise<number>,
  before: number,
): Promise<number> {
  const deadline = performance.now() + 120_000;
  const latenessMs = run.random.between(0, 40);
  for (;;) {
    if ((await end()) > before) break;
    if (performance.now() > deadline) throw new Error(`${mirror} brought nothing to the hub within 120 s`);
    await delay(LOOK_EVERY_MS);
  }
  await delay(latenessMs);
  run.faults.kill(mirror);
  return (await end()) - before;
}

function mirroredEnd(run: ChaosRun, site: string): Promise<number> {
  return topicEnd(hubKafka(run.fleet), mirroredTopic(site, siteTopics.results));
}

export const rebalance: Scenario = {
  name: 'rebalance',
  what: 'second dispatchers and hubs that come, are killed and go while work is in flight',
  isSeeded: true,
  run: async (run) => {
    const [site = ''] = run.sites;
    await whileUploading(run, { count: 90, perSecond: 4, sites: [site] }, async () => {
      for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
        const twins = await Promise.all([
          run.startTwin(`${site}-dispatcher`, 'HILUM_DISPATCHER_PORT'),
          run.startTwin('hub', 'HILUM_HUB_PORT'),
        ]);
        try {
          await delay(run.random.between(500, 2_500));
        } finally {
          await Promise.all(twins.map((twin) => twin.end(signal)));
        }
        run.say(`a second dispatcher and a second hub came and went (${signal})`);
      }
    });
    await run.settle();
  },
};

export const fiveTimes: Scenario = {
  name: 'five-times',
  what: 'the same notifications, scores and hub-bound events delivered five times',
  isSeeded: false,
  run: async (run) => {
    const [site = ''] = run.sites;
    await run.upload({ count: 5, perSecond: 5, sites: [site] });
    await run.settle();
    const kafka = kafkaClient(run.fleet.site(site).kafka);
    const droppedBefore = await duplicatesAtHub(run.fleet.state.hub.url);
    let repeats = 0;
    let resultRepeats = 0;
    for (const topic of [siteTopics.uploads, siteTopics.studyScored, siteTopics.results]) {
      // the store tells of the results' bucket on the same topic, which nobody scores
      const records = (await readAll(kafka, topic)).filter(
        ({ value }) => topic !== siteTopics.uploads || value.includes(run.fleet.site(site).s3.intakeBucket),
      );
      for (const record of records.slice(-5))
        for (let time = 1; time <= 5; time += 1) {
          await produce(kafka, topic, record);
          repeats += 1;
          if (topic === siteTopics.results) resultRepeats += 1;
        }
    }
    run.say(`${repeats} repeats on three topics`);
    await until(
      'the hub has dropped every repeat of a result',
      async () => (await duplicatesAtHub(run.fleet.state.hub.url)) - droppedBefore >= resultRepeats,
      60_000,
    );
    await run.settle();
  },
};

function endOf(run: ChaosRun, site: string, topic: string): Promise<number> {
  return topicEnd(kafkaClient(run.fleet.site(site).kafka), topic);
}
