import pg from 'pg';
import { HubServers } from '../../support/hub-servers.js';
import { fillSites } from '../console/console-fleet.js';
import { distributionOf, type Distribution } from '../distribution.js';
import { benchSites, type BenchOptions, type Section } from '../section.js';
import { FILLED_DAYS, fillResults } from './fill-results.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface SummaryBench {
  sites: number;
  results: number;
  windows: { name: string; ms: Distribution }[];
  allMs: Distribution;
}

/** How long the hub takes for the sums of many results, in windows with even and with odd ends. */
export async function measureSummary(options: BenchOptions, say: (line: string) => void): Promise<Section> {
  say('starting the servers of a hub…');
  const servers = await HubServers.start();
  const database = new pg.Client({ connectionString: servers.state.databaseUrl });
  try {
    await database.connect();
    const hub = await servers.startHub();
    const sites = benchSites(options.sites);
    const now = Date.now();
    await fillSites(database, sites);
    await fillResults(database, sites, options.summaryResults, now, say);
    await database.query('vacuum (analyze) results, site_hours, site_days');
    const { rows } = await database.query<{ count: string }>('select count(*) as count from results');
    const results = Number(rows[0]?.count);
    const midnight = Math.floor(now / DAY_MS) * DAY_MS;
    const windows = [
      { name: 'the last 24 hours', since: now - DAY_MS, until: now },
      { name: 'since midnight', since: midnight, until: now },
      { name: 'the last 7 days', since: now - 7 * DAY_MS, until: now },
      { name: `all ${FILLED_DAYS} days`, since: now - FILLED_DAYS * DAY_MS, until: now },
      {
        name: 'from 9:47 to 10:13',
        since: midnight - DAY_MS + 9.8 * HOUR_MS,
        until: midnight - DAY_MS + 10.2 * HOUR_MS,
      },
      {
        name: '20 days, both ends in the middle of an hour',
        since: midnight - 25 * DAY_MS + 7.5 * HOUR_MS + 1,
        until: midnight - 5 * DAY_MS + 16.5 * HOUR_MS - 1,
      },
    ];
    const measured: { name: string; ms: number[] }[] = [];
    for (const { name, since, until: end } of windows) {
      say(`summary of ${name}`);
      const ms: number[] = [];
      for (let round = 0; round < 30; round += 1) {
        const query = `since=${new Date(since).toISOString()}&until=${new Date(end).toISOString()}`;
        const begin = performance.now();
        const response = await fetch(`${hub.url}/api/v1/summary?${query}`, {
          headers: { authorization: `Bearer ${servers.state.tokens['data-science']}` },
        });
        const { total } = (await response.json()) as { total: number };
        ms.push(performance.now() - begin);
        if (round === 0) await checkTotal(database, new Date(since), new Date(end), total);
      }
      measured.push({ name, ms });
    }
    const numbers: SummaryBench = {
      sites: sites.length,
      results,
      windows: measured.map(({ name, ms }) => ({ name, ms: distributionOf(ms) })),
      allMs: distributionOf(measured.flatMap(({ ms }) => ms)),
    };
    return { name: 'summary', numbers, markdown: summaryTable(numbers) };
  } finally {
    await database.end();
    await servers.stop();
  }
}

/** The summary's total is that of the rows themselves. */
async function checkTotal(database: pg.Client, since: Date, until: Date, total: number): Promise<void> {
  const { rows } = await database.query<{ count: string }>(
    'select count(*) as count from results where scored_at >= $1 and scored_at < $2',
    [since, until],
  );
  if (Number(rows[0]?.count) !== total)
    throw new Error(`the summary says ${total} results, the ledger holds ${rows[0]?.count}`);
}

/** For a person. */
function summaryTable({ sites, results, windows, allMs }: SummaryBench): string {
  return [
    `## Summary over ${results} results of ${sites} sites, milliseconds`,
    '',
    '| window | p50 | p95 | max |',
    '|---|---|---|---|',
    ...[...windows, { name: '**all**', ms: allMs }].map(
      ({ name, ms }) => `| ${name} | ${ms.p50} | ${ms.p95} | ${ms.max} |`,
    ),
    '',
  ].join('\n');
}
