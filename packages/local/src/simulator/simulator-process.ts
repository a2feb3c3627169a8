import { runProcess } from '@hilum/runtime';
import sharp from 'sharp';
import { monotonicClock } from './clock.js';
import { DrawnImages } from './drawn-images.js';
import { FolderImages } from './folder-images.js';
import { HttpShipmentClient } from './http-shipment-client.js';
import { seededRandom } from './radiograph/random.js';
import { S3ShipmentClient } from './s3-shipment-client.js';
import { readSimulatorConfig } from './simulator-config.js';
import { Simulator } from './simulator.js';
import { SiteList } from './site-list.js';

const SEND_TIMEOUT_MS = 30_000;

// one core and no cache: the servers of a whole fleet run beside this process
sharp.concurrency(1);
sharp.cache(false);

await runProcess({
  name: 'simulator',
  readConfig: () => readSimulatorConfig(process.env),
  start: (config, context) => {
    const { seed, imageFiles, ratePerMinute } = config;
    const s3 = new S3ShipmentClient({ timeoutMs: SEND_TIMEOUT_MS });
    const simulator = new Simulator({
      ratePerMinute,
      sites: new SiteList(config.stateFile, (problem) =>
        context.log.warn({ problem }, 'the state file cannot be used, keeping to what was known'),
      ),
      images:
        imageFiles === null ? new DrawnImages({ seed, ratePerMinute }) : new FolderImages({ files: imageFiles, seed }),
      clients: { s3, http: new HttpShipmentClient({ timeoutMs: SEND_TIMEOUT_MS }) },
      random: seededRandom(seed),
      clock: monotonicClock,
      log: context.log,
    });
    context.log.info({ seed, ratePerMinute, images: imageFiles?.length ?? 'drawn' }, 'sending images');
    const running = simulator.run(context.stopping);
    context.onStop('simulator', async () => {
      await running;
      s3.close();
    });
    return Promise.resolve();
  },
});
