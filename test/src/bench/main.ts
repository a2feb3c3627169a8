import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../support/repository.js';
import { measureConsole } from './console/console-section.js';
import { measureLedger } from './ledger/ledger-section.js';
import { measureSummary } from './ledger/summary-section.js';
import { measurePeers, measureService } from './scoring/scoring-section.js';
import type { BenchOptions, Section } from './section.js';
import { measureFleet } from './fleet-section.js';

const USAGE = `npm run bench [-- OPTIONS]

  --only NAME[,NAME]   fleet: PUT to hub and memory of a fleet; service: the scoring service beside a bare loop;
                       peers: the same network behind FastAPI, MLServer, BentoML and LitServe. Without it all three.
                       console: the first paint of each page of the hub's console with many sites
                       ledger: an hour of many sites read into the hub's ledger, beside a bare loop; takes long
                       summary: the hub's summaries over many results; takes long
  --images DIR         JPEGs to send to scoring servers instead of drawn radiographs
  --release DIR        release that they score with (inference/release)
  --quantised DIR      measure the service with this release as well, beside the peers
  --burst N            images of one measurement (600)
  --memory-images N    images over which the service's memory is watched (10000)
  --sites N            sites of the console, of the ledger's hour and of the summary (1000)
  --console-results N  results in the ledger when the console is measured (200000)
  --summary-results N  results in the ledger when summaries are measured (1000000)
`;

const SECTIONS: Record<string, (options: BenchOptions, say: (line: string) => void) => Promise<Section>> = {
  fleet: (_options, say) => measureFleet(say),
  service: measureService,
  peers: measurePeers,
  console: measureConsole,
  ledger: measureLedger,
  summary: measureSummary,
};
/** Those that are measured when none is named. */
const USUAL = ['fleet', 'service', 'peers'];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

let wanted: string[];
let options: BenchOptions;
try {
  ({ wanted, options } = readArguments());
} catch (error) {
  say(`bench: ${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
const folder = join(repositoryRoot, '.hilum', 'bench');
mkdirSync(folder, { recursive: true });
const results: Record<string, unknown> = {};
const tables = [
  `# Benchmarks, ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ` +
    `Node ${process.versions.node}, load ${(loadavg()[0] ?? 0).toFixed(1)} before`,
  '',
];
for (const name of wanted) {
  const section = await SECTIONS[name]?.(options, say);
  if (section === undefined) continue;
  results[name] = section.numbers;
  tables.push(section.markdown);
  // after each section: what was measured is not lost with one that fails
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(folder, 'results.md'), tables.join('\n'));
}
process.stdout.write(tables.join('\n'));
say(`written to ${folder}`);

/** @throws Error that names the option and what it must be */
function readArguments(): { wanted: string[]; options: BenchOptions } {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      images: { type: 'string' },
      release: { type: 'string' },
      quantised: { type: 'string' },
      burst: { type: 'string' },
      'memory-images': { type: 'string' },
      sites: { type: 'string' },
      'console-results': { type: 'string' },
      'summary-results': { type: 'string' },
    },
  });
  const names = Object.keys(SECTIONS);
  const wanted = values.only === undefined ? USUAL : values.only.split(',');
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`--only: ${unknown} is none of ${names.join(', ')}`);
  const release = values.release ?? join(repositoryRoot, 'inference/release');
  for (const [option, value] of [['--release', release] as const, ['--quantised', values.quantised] as const])
    if (value !== undefined && !existsSync(join(value, 'release.json')))
      throw new Error(`${option}: ${value} holds no release.json`);
  return {
    wanted,
    options: {
      images: values.images ?? null,
      release,
      quantised: values.quantised ?? null,
      burstImages: count('--burst', values.burst, 600),
      memoryImages: count('--memory-images', values['memory-images'], 10_000),
      sites: count('--sites', values.sites, 1_000, 1),
      consoleResults: count('--console-results', values['console-results'], 200_000, 1),
      summaryResults: count('--summary-results', values['summary-results'], 1_000_000, 1),
    },
  };
}

function count(option: string, text: string | undefined, fallback: number, least = 10): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= least) return value;
  throw new Error(`${option}: must be a number of at least ${least}`);
}
