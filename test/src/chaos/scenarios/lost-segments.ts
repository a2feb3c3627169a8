import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mirroredTopic, siteTopics } from '@hilum/contracts';
import { until } from '../../support/until.js';
import { withDescendants } from '../../support/process-tree.js';
import { getAll } from '../../support/fleet.js';
import type { ChaosRun } from '../harness/chaos-run.js';
import { signalAll } from '../harness/faults.js';
import type { Scenario } from './scenario.js';

/** The hub lets a gap count as missing only after 30 s, for records of two topics may overtake each other. */
const SHOWN_WITHIN_MS = 90_000;

export const lostSegments: Scenario = {
  name: 'lost-segments',
  what: 'everything killed at once, the last segment of the brokers’ logs gone; start, replay',
  isSeeded: false,
  run: async (run) => {
    // the hub must not have read what is about to be lost
    const goOn = run.faults.pause('hub');
    await run.upload({ count: 40, perSecond: 10 });
    await run.outcomesAtSites();
    await until('the outboxes are empty', async () => (await run.outboxPending()) === 0, 60_000);

    await killEverything(run);
    goOn();
    const removed = run.sites.flatMap((site) => [
      ...removeLastSegment(
        join(run.fleet.dataFolder, 'hub/kafka/data', `${mirroredTopic(site, siteTopics.results)}-0`),
      ),
      ...[siteTopics.results, siteTopics.studyScored, siteTopics.uploads].flatMap((topic) =>
        removeLastSegment(join(run.fleet.dataFolder, 'sites', site, 'kafka/data', `${topic}-0`)),
      ),
    ]);
    run.say(`everything is dead; ${removed.length} files of last segments are gone; starting again`);
    await run.fleet.up(run.sites.length);
    await run.faults.allReady();

    // new images are what shows the hub that older ones are missing
    await run.upload({ count: 10, perSecond: 10 });
    const missing = await until('the hub shows what is missing', () => missingBySite(run), SHOWN_WITHIN_MS);
    for (const [site, count] of missing) {
      run.say(`${site}: the hub misses ${count} events; replaying`);
      await run.fleet.hilum('relay', 'replay', '--site', site, '--from', '1');
    }
    await run.settle();
  },
};

/** kill -9 for the supervisor, the guardian that would end the rest, and the rest, before any of them can do anything. */
async function killEverything(run: ChaosRun): Promise<void> {
  const { supervisor, processes } = run.fleet.state;
  if (supervisor === null) throw new Error('no supervisor runs');
  const all = [supervisor.pid, ...processes.flatMap(({ pid }) => (pid === null ? [] : [pid]))].flatMap(withDescendants);
  const pids = [...new Set(all)];
  signalAll(pids, 'SIGSTOP');
  signalAll(pids, 'SIGKILL');
  await until('everything is dead', () => pids.every(isGone));
}

function isGone(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

/** Log, indexes and all that Kafka keeps beside the segment with the highest base offset; what was removed. */
function removeLastSegment(partition: string): string[] {
  const files = readdirSync(partition);
  const last = files
    .filter((file) => file.endsWith('.log'))
    .sort()
    .at(-1);
  if (last === undefined) throw new Error(`${partition} has no segment`);
  const baseOffset = last.slice(0, -'.log'.length);
  const ofSegment = files.filter((file) => file.startsWith(baseOffset));
  for (const file of ofSegment) rmSync(join(partition, file));
  return ofSegment;
}

async function missingBySite(run: ChaosRun): Promise<[string, number][] | null> {
  const { hub } = run.fleet.state;
  const sites = await getAll<{ name: string; missing: number }>(`${hub.url}/api/v1/sites`, hub.tokens['hospital-it']);
  const lacking = sites.filter(({ missing }) => missing > 0);
  return lacking.length === sites.length ? lacking.map(({ name, missing }) => [name, missing]) : null;
}
