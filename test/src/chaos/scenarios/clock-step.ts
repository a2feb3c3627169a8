import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosRun } from '../harness/chaos-run.js';
import type { Twin } from '../harness/twin.js';
import { whileUploading, type Scenario } from './scenario.js';

/** Where Debian's package libfaketime puts it on 64-bit x86 and ARM. */
const LIBRARIES = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketimeMT.so.1`);

/** How the clocks go, in hours off the right time: ahead, as far behind, right again. */
const STEPS = [1, -1, 0];

/** The services of a hospital whose own clock decides anything. */
const SERVICES = ['edge', 'dispatcher', 'inference'];

export const clockStep: Scenario = {
  name: 'clock-step',
  what: 'the clocks of a hospital’s services and of the hub’s an hour ahead, then an hour behind',
  isSeeded: false,
  needs: () =>
    LIBRARIES.some((path) => existsSync(path)) ? null : 'libfaketime is missing: apt-get install libfaketime',
  run: async (run, { isFull }) => {
    const [site = ''] = run.sites;
    const folder = mkdtempSync(join(tmpdir(), 'hilum-clock-'));
    const clock = join(folder, 'offset');
    const set = (hours: number): void => writeFileSync(clock, `${hours < 0 ? '' : '+'}${hours}h\n`);
    set(0);
    const twins = await startTwins(run, site, clock);
    // the twins do all the work, in the place of those whose clocks are right
    const goOn = [...SERVICES.map((suffix) => `${site}-${suffix}`), 'hub'].map((name) => run.faults.pause(name));
    try {
      const seconds = isFull ? 60 : 12;
      // the edge that takes uploads over HTTP stands still
      const byPut = { sites: [site], ways: ['s3'] as const };
      // until the groups have noticed, the partitions belong to those that stand still
      await run.upload({ ...byPut, count: 1, perSecond: 1 });
      await run.rowsAtHub();
      const uploads = { ...byPut, count: STEPS.length * seconds, perSecond: 1 };
      await whileUploading(run, uploads, async () => {
        for (const hours of STEPS) {
          set(hours);
          run.say(`the clocks are ${hours === 0 ? 'right' : `${Math.abs(hours)} h ${hours > 0 ? 'ahead' : 'behind'}`}`);
          await delay(seconds * 1000);
        }
      });
    } finally {
      for (const resume of goOn) resume();
      await Promise.all(twins.map((twin) => twin.end('SIGTERM')));
      rmSync(folder, { recursive: true });
    }
    await run.settle();
  },
};

/** A second one of each service, with a clock that reads its offset from the file each time it is looked at. */
async function startTwins(run: ChaosRun, site: string, clock: string): Promise<Twin[]> {
  const faked = {
    LD_PRELOAD: LIBRARIES.find((path) => existsSync(path)) ?? '',
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    // a clock that is set does not move the one that timers go by
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const scorer = await run.startTwin(`${site}-inference`, 'HILUM_INFERENCE_PORT', faked);
  return [
    scorer,
    await run.startTwin(`${site}-dispatcher`, 'HILUM_DISPATCHER_PORT', {
      ...faked,
      HILUM_DISPATCHER_SINK_URL: `http://127.0.0.1:${scorer.port}`,
    }),
    await run.startTwin(`${site}-edge`, 'HILUM_EDGE_PORT', faked),
    await run.startTwin('hub', 'HILUM_HUB_PORT', faked),
  ];
}
