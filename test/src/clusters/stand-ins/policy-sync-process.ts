import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { KubeClient } from '../harness/kube-client.js';
import { readTokenKubeconfig } from '../harness/kubeconfig.js';
import { PolicySync } from './policy-sync.js';

const INTERVAL_MS = 500;

const { values } = parseArgs({
  options: Object.fromEntries(
    ['site', 'kubeconfig', 'ca', 'hub-url', 'hub-ca', 'cert', 'key'].map((name) => [name, { type: 'string' as const }]),
  ),
});
const options = z
  .strictObject({
    site: z.string(),
    /** the hospital's, with its authority */
    kubeconfig: z.string(),
    ca: z.string(),
    'hub-url': z.string(),
    'hub-ca': z.string(),
    /** by which the hub knows this hospital's add-on */
    cert: z.string(),
    key: z.string(),
  })
  .parse(values);

const { server, token } = readTokenKubeconfig(options.kubeconfig);
const local = new KubeClient({ server, ca: options.ca, as: { token } });
const hub = new KubeClient({
  server: options['hub-url'],
  ca: options['hub-ca'],
  as: { cert: options.cert, key: options.key },
});

const sync = new PolicySync(options.site, hub, local, () => new Date());
let last = '';
for (;;) {
  await sync.round().then(
    () => tell('policies of hub and hospital are the same'),
    // the hub or the hospital is away, or both changed something at once: the next turn tells
    (error: unknown) => tell(error instanceof Error ? error.message : String(error)),
  );
  await delay(INTERVAL_MS);
}

/** Says what it has not just said. */
function tell(line: string): void {
  if (line !== last) process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  last = line;
}
