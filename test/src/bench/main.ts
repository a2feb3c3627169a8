import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Fleet } from '../support/fleet.js';
import { withDescendants } from '../support/process-tree.js';
import { repositoryRoot } from '../support/repository.js';
import { runLedgerBench } from './ledger-main.js';
import { memoryOf } from './memory.js';
import { WAY_PARTS, measureWay } from './way-latency.js';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const only = /^--only(?:=| )(\S+)/.exec(process.argv.slice(2).join(' '))?.[1];
if (only === 'ledger') {
  await runLedgerBench(process.argv.slice(2), say);
  process.exit(0);
}

say('starting a hub and two hospitals…');
const fleet = await Fleet.start();
try {
  const [site] = fleet.state.sites;
  if (site === undefined) throw new Error('the fleet has no site');
  const way = await measureWay(fleet, site, {
    warmUp: 10,
    images: 60,
    onProgress: (done) => {
      if (done % 10 === 0) say(`PUT to hub: ${done} of 60`);
    },
  });
  const memory = memoryOf(fleet, withDescendants);
  const totalMiB = memory.reduce((sum, { pssMiB }) => sum + pssMiB, 0);
  const table = [
    `# Benchmarks, ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`,
    '',
    `## PUT to hub-visible, warm, one image at a time (${way.images} images), milliseconds`,
    '',
    '| part | p50 | p95 | max |',
    '|---|---|---|---|',
    ...WAY_PARTS.map((part) => row(part, way.partsMs[part])),
    row('**total**', way.totalMs),
    '',
    '## Memory, PSS in MiB',
    '',
    '| process | MiB |',
    '|---|---|',
    ...memory.map(({ name, pssMiB }) => `| ${name} | ${pssMiB} |`),
    `| **all** | ${totalMiB} |`,
    '',
  ].join('\n');
  const folder = join(repositoryRoot, '.hilum', 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify({ way, memory, totalMiB }, null, 2)}\n`);
  writeFileSync(join(folder, 'results.md'), table);
  process.stdout.write(table);
  say(`written to ${folder}`);
} finally {
  await fleet.stop();
}

function row(name: string, { p50, p95, max }: { p50: number; p95: number; max: number }): string {
  return `| ${name} | ${p50} | ${p95} | ${max} |`;
}
