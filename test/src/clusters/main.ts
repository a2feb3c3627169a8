import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { processTerminal, withProgress } from '@hilum/local';
import { clustersFolder, createFleet, type ClusterFleet } from './harness/cluster-fleet.js';
import { endAllIn, ownerlessFolders, runningIn } from './harness/process-record.js';

const HELP = `npm run clusters:up -- [--sites N]
npm run clusters:down

A hub and hospitals (2 unless told otherwise), each a Kubernetes control plane of its own without nodes, joined by Open
Cluster Management. The first time builds Kubernetes and the rest from source: about a quarter of an hour.

  up      starts them and leaves them running, instead of any that it started before
  down    ends them and deletes their data, and whatever a run of the tests that was killed left behind
`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { sites: { type: 'string', default: '2' }, help: { type: 'boolean', default: false } },
});
const terminal = processTerminal();
const folder = join(clustersFolder, 'up');

process.exitCode = await main().catch((error: unknown) => {
  terminal.err(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});

async function main(): Promise<number> {
  const [command, ...rest] = positionals;
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  if (rest.length === 0 && command === 'up') return up();
  if (rest.length === 0 && command === 'down') return down();
  terminal.err(HELP);
  return 2;
}

async function up(): Promise<number> {
  const sites = Number(values.sites);
  if (!Number.isInteger(sites) || sites < 1) {
    terminal.err(`--sites ${values.sites}: give a whole number from 1\n`);
    return 2;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => {
    interrupted.abort(new Error('interrupted'));
    void endAllIn(folder).finally(() => process.exit(130));
  });
  const fleet = await withProgress(terminal, (report) =>
    createFleet({ sites, folder, endsWithUs: false, report, signal: interrupted.signal }),
  );
  terminal.out(summary(fleet));
  return 0;
}

async function down(): Promise<number> {
  for (const left of ownerlessFolders(clustersFolder)) {
    const count = await endAllIn(left);
    const stubborn = runningIn(left).map(({ name, pid }) => `${name} (pid ${pid})`);
    if (stubborn.length > 0) throw new Error(`in ${left} could not be ended: ${stubborn.join(', ')}`);
    rmSync(left, { recursive: true, force: true });
    terminal.out(`ended ${count} processes and deleted ${left}\n`);
  }
  return 0;
}

function summary(fleet: ClusterFleet): string {
  const lines = [fleet.hub, ...fleet.sites].map(({ name, kubeconfig }) => `  ${name.padEnd(12)}${kubeconfig}`);
  return `
${fleet.sites.length} hospitals have joined the hub. Kubeconfigs:
${lines.join('\n')}

Argo CD delivers from ${fleet.git.url}

Try
  export PATH=${fleet.binFolder}:$PATH KUBECONFIG=${fleet.hub.kubeconfig}
  kubectl get managedclusters
  kubectl get managedclusteraddons --all-namespaces
  npm run clusters:down
`;
}
