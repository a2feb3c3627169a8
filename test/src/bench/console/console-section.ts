import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import pg from 'pg';
import { chromium as playwright, type Browser } from 'playwright-core';
import { HubServers } from '../../support/hub-servers.js';
import { distributionOf, type Distribution } from '../distribution.js';
import { repositoryRoot } from '../../support/repository.js';
import { FILLED_MODEL, fillResults } from '../ledger/fill-results.js';
import { benchSites, type BenchOptions, type Section } from '../section.js';
import { fillHeartbeats, fillPolicies, fillSites, keepTalking } from './console-fleet.js';
import { measureLive, paint, type LiveCost, type Painted, type Screen } from './paint.js';

/** Nobody should have to wait longer for any page. */
const LIMIT_MS = 1_500;
const RUNS = 7;
const LIVE_SECONDS = 30;
const HISTORY_DAYS = 14;

export interface ConsoleBench {
  sites: number;
  results: number;
  screens: { name: string; ms: Distribution; transferredKiB: number }[];
  live: LiveCost;
}

/** The console in a real browser, on a hub with many sites in a real database. */
export async function measureConsole(options: BenchOptions, say: (line: string) => void): Promise<Section> {
  say('starting the servers of a hub…');
  const servers = await HubServers.start();
  const database = new pg.Client({ connectionString: servers.state.databaseUrl });
  const over = new AbortController();
  let browser: Browser | undefined;
  let talking = Promise.resolve();
  try {
    await database.connect();
    const hub = await servers.startHub({ HILUM_HUB_RELEASES_DIR: writeRelease(servers.dataFolder) });
    const sites = benchSites(options.sites);
    const [first = ''] = sites;
    say(`writing ${sites.length} sites with ${options.consoleResults} results…`);
    await fillSites(database, sites);
    await fillHeartbeats(database, first, HISTORY_DAYS);
    await fillPolicies(database, sites);
    await fillResults(database, sites, options.consoleResults, Date.now(), say);
    await database.query('vacuum (analyze)');
    talking = keepTalking(database, sites, over.signal);
    // may see all pages
    const token = servers.state.tokens.compliance;
    const { rows } = await database.query<{ digest: string }>(
      'select model_digest as digest from model_decision_counts order by total desc limit 1',
    );
    browser = await launch();
    const measured: { screen: Screen; painted: Painted[] }[] = screensOf(first, rows[0]?.digest ?? '').map(
      (screen) => ({
        screen,
        painted: [],
      }),
    );
    // the browser's own start is not the console's
    for (const { screen } of measured.slice(0, 1)) await paint(browser, hub.url, token, screen);
    // in turns, so that all see the same load
    for (let run = 0; run < RUNS; run += 1) {
      say(`screens, run ${run + 1} of ${RUNS}`);
      for (const { screen, painted } of measured) painted.push(await paint(browser, hub.url, token, screen));
    }
    say(`the page of the fleet for ${LIVE_SECONDS} s…`);
    const [fleet] = measured;
    if (fleet === undefined) throw new Error('there is no page to be watched');
    const numbers: ConsoleBench = {
      sites: sites.length,
      results: options.consoleResults,
      screens: measured.map(({ screen, painted }) => ({
        name: screen.name,
        ms: distributionOf(painted.map(({ ms }) => ms)),
        transferredKiB: Math.max(...painted.map(({ transferredKiB }) => transferredKiB)),
      })),
      live: await measureLive(browser, hub.url, token, fleet.screen, LIVE_SECONDS),
    };
    return { name: 'console', numbers, markdown: consoleTable(numbers) };
  } finally {
    over.abort();
    await talking.catch((error: Error) => say(`the sites fell silent: ${error.message}`));
    await browser?.close();
    await database.end();
    await servers.stop();
  }
}

/** The shipped release under the name of the model that the results are of: what it is compared with takes time as well. */
function writeRelease(dataFolder: string): string {
  const folder = join(dataFolder, 'releases');
  mkdirSync(folder);
  const release = JSON.parse(readFileSync(join(repositoryRoot, 'inference/release/release.json'), 'utf8')) as {
    model: object;
  };
  const { name, version, digest } = FILLED_MODEL;
  const model = { ...release.model, sha256: digest.replace('sha256:', '') };
  writeFileSync(join(folder, 'release.json'), JSON.stringify({ ...release, name, version, model }));
  return folder;
}

function screensOf(site: string, digest: string): Screen[] {
  return [
    { name: 'Fleet', path: '/', meaningful: 'table[aria-label="Sites"] tbody tr' },
    { name: 'Fleet, one state', path: '/?state=live&page=40', meaningful: 'table[aria-label="Sites"] tbody tr' },
    { name: 'Site', path: `/sites/${site}`, meaningful: 'section[aria-label="State"] p' },
    { name: 'Site, its charts', path: `/sites/${site}`, meaningful: 'section[aria-label="Backlog"] svg path' },
    { name: 'Results', path: '/results', meaningful: 'table[aria-label="Live results"] tbody tr' },
    { name: 'Models', path: '/models', meaningful: 'table[aria-label="Models"] tbody tr' },
    { name: 'Compliance', path: '/compliance', meaningful: 'table[aria-label="Policies"] tbody tr' },
    {
      name: 'Compliance, one policy',
      path: '/compliance/policies/policy-bench-01',
      meaningful: 'table[aria-label="States"] tbody tr',
    },
    {
      name: 'Compliance, sites',
      path: '/compliance/sites',
      meaningful: 'table[aria-label="Sites by policies"] tbody tr',
    },
    { name: 'Model', path: `/models/${digest}`, meaningful: 'section[aria-label="Probability distribution"] svg path' },
  ];
}

async function launch(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    // one process for all would end with the first page that is closed
    args: chromium.args.filter((arg) => arg !== '--single-process' && arg !== '--no-zygote'),
    headless: true,
  });
}

function consoleTable({ sites, results, screens, live }: ConsoleBench): string {
  return [
    `## The console with ${sites} sites and ${results} results: milliseconds to the first meaningful paint, nothing cached`,
    '',
    '| screen | p50 | p95 | max | max / limit | KiB over the line |',
    '|---|---|---|---|---|---|',
    ...screens.map(
      ({ name, ms, transferredKiB }) =>
        `| ${name} | ${ms.p50} | ${ms.p95} | ${ms.max} | ${(ms.max / LIMIT_MS).toFixed(2)} | ${Math.round(transferredKiB)} |`,
    ),
    '',
    `The limit is ${LIMIT_MS} ms. The page of the fleet, followed for ${live.seconds} s (${live.siteEvents} sites told of ` +
      `themselves): its thread was busy for ${(100 * live.busy).toFixed(1)} % of the time, at most ` +
      `${Math.round(live.longestTaskMs)} ms at a stretch.`,
    '',
  ].join('\n');
}
