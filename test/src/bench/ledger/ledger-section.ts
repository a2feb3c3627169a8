import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { siteTopics } from '@hilum/contracts';
import pg from 'pg';
import { makeSiteTopics, sendEvents, siteEvents, type HubEvent } from '../../support/hub-events.js';
import { HubServers, type HubProcess } from '../../support/hub-servers.js';
import { until } from '../../support/until.js';
import { distributionOf, type Distribution } from '../distribution.js';
import { benchSites, type BenchOptions, type Section } from '../section.js';

const HOUR_MS = 3_600_000;
const REPLAY_DEADLINE_MS = 900_000;

interface LedgerBench {
  sites: number;
  /** an hour of them: two results a minute and a heartbeat every 15 s each */
  events: number;
  hub: ReplayMeasure;
  /** the same again while somebody uses the console */
  withConsole: ReplayMeasure & { consoleMs: Distribution };
  bareLoop: { ms: number; eventsPerSecond: number };
  /** of the hub's rate to the bare loop's */
  ratio: number;
}

interface ReplayMeasure {
  /** from the first event recorded to the last */
  ms: number;
  eventsPerSecond: number;
  /** from the start of the process to the last event recorded */
  startToEndMs: number;
  /** resident memory of the hub in MiB: the most in the first and in the second half of the replay */
  memoryMiB: { firstHalf: number; secondHalf: number };
}

/** The hub's ledger on real servers, beside a bare loop that does only what cannot be left out. */
export async function measureLedger(options: BenchOptions, say: (line: string) => void): Promise<Section> {
  say('starting the servers of a hub…');
  const servers = await HubServers.start();
  const database = new pg.Client({ connectionString: servers.state.databaseUrl });
  try {
    await database.connect();
    const sites = benchSites(options.sites);
    say(`making the topics of ${sites.length} sites…`);
    // those that are written to: a broker of this size takes its time over thousands
    await makeSiteTopics(servers.kafka, sites, [siteTopics.results, siteTopics.heartbeat]);
    // the first hub makes the tables; what is measured are others, that find the ledger empty
    await (await servers.startHub()).end('SIGTERM');
    say('sending an hour of their events…');
    const events = await sendEvents(servers.kafka, hourOf(sites));
    say(`${events} events sent; the bare loop reads them…`);
    const bareLoop = await measureBareLoop(servers, database, events);
    say(`${Math.round(bareLoop.eventsPerSecond)} events/s; the hub reads them…`);
    const hub = await measureReplay(servers, database, events);
    await checkLedger(database, events);
    say(`${Math.round(hub.eventsPerSecond)} events/s; once more, with a console open…`);
    await emptyLedger(servers, database);
    const consoleMs: number[] = [];
    const used = await measureReplay(servers, database, events, consoleMs);
    const withConsole = { ...used, consoleMs: distributionOf(consoleMs) };
    await checkLedger(database, events);
    const ratio = hub.eventsPerSecond / bareLoop.eventsPerSecond;
    const numbers: LedgerBench = { sites: sites.length, events, hub, withConsole, bareLoop, ratio };
    return { name: 'ledger', numbers, markdown: ledgerTable(numbers) };
  } finally {
    await database.end();
    await servers.stop();
  }
}

/** As they would have come in the hour: all sites side by side. */
function* hourOf(sites: readonly string[]): Generator<HubEvent> {
  const until = Math.floor(Date.now() / 60_000) * 60_000;
  const from = until - HOUR_MS;
  const streams = sites.map((site) =>
    siteEvents(site, { from, until, resultEveryMs: 30_000, heartbeatEveryMs: 15_000 }),
  );
  for (let isAny = true; isAny;) {
    isAny = false;
    for (const stream of streams) {
      const next = stream.next();
      if (next.done === true) continue;
      isAny = true;
      yield next.value;
    }
  }
}

async function measureBareLoop(
  servers: HubServers,
  database: pg.Client,
  events: number,
): Promise<LedgerBench['bareLoop']> {
  await database.query(`drop schema if exists bare cascade`);
  await database.query(`create schema bare`);
  for (const table of ['results', 'heartbeats'])
    await database.query(`create table bare.${table} (like public.${table}_default including all)`);
  const { kafka, kafkaTls, databaseUrl } = servers.state;
  const script = fileURLToPath(new URL('./bare-ledger-loop.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [script, kafka, kafkaTls.ca, kafkaTls.cert, kafkaTls.key, databaseUrl, String(events)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the bare loop ended with ${code}`);
  const { ms } = JSON.parse(output) as { ms: number };
  const { rows } = await database.query<{ count: string }>(
    'select (select count(*) from bare.results) + (select count(*) from bare.heartbeats) as count',
  );
  if (Number(rows[0]?.count) !== events)
    throw new Error(`the bare loop inserted ${rows[0]?.count} of ${events} events`);
  await database.query(`drop schema bare cascade`);
  return { ms, eventsPerSecond: (events / ms) * 1000 };
}

/** As before the first event. */
async function emptyLedger(servers: HubServers, database: pg.Client): Promise<void> {
  await database.query('drop schema public cascade');
  await database.query('create schema public');
  await (await servers.startHub()).end('SIGTERM');
}

/** @param consoleMs filled with what the console waited for its answers, milliseconds; no console is open without it */
async function measureReplay(
  servers: HubServers,
  database: pg.Client,
  events: number,
  consoleMs: number[] | null = null,
): Promise<ReplayMeasure> {
  const startedAt = performance.now();
  const hub = await servers.startHub();
  try {
    const memory: { share: number; mib: number }[] = [];
    let firstAt = 0;
    let isOver = false;
    const using = consoleMs === null ? null : useConsole(hub, servers, consoleMs, () => isOver);
    await until(
      'all events are recorded',
      async () => {
        // not the hub's own metrics: those of a thousand sites, asked for ten times a second, would be what is measured
        const { rows } = await database.query<{ recorded: string }>(
          'select coalesce(sum(next_offset), 0) as recorded from consumer_offsets',
        );
        const recorded = Number(rows[0]?.recorded);
        if (recorded > 0) firstAt ||= performance.now();
        memory.push({ share: recorded / events, mib: residentMiB(hub.pid) });
        return recorded >= events;
      },
      REPLAY_DEADLINE_MS,
    );
    const endedAt = performance.now();
    isOver = true;
    await using;
    const most = (of: (share: number) => boolean): number =>
      Math.max(0, ...memory.filter(({ share }) => of(share)).map(({ mib }) => mib));
    return {
      ms: endedAt - firstAt,
      eventsPerSecond: (events / (endedAt - firstAt)) * 1000,
      startToEndMs: endedAt - startedAt,
      memoryMiB: { firstHalf: most((share) => share < 0.5), secondHalf: most((share) => share >= 0.5) },
    };
  } finally {
    await hub.end('SIGTERM');
  }
}

/** What an open console asks for, again and again. */
async function useConsole(hub: HubProcess, servers: HubServers, times: number[], isOver: () => boolean): Promise<void> {
  const headers = { authorization: `Bearer ${servers.state.tokens['data-science']}` };
  while (!isOver())
    for (const path of ['/api/v1/sites?limit=500', '/api/v1/summary', '/api/v1/results', '/api/v1/alarms?state=open']) {
      const begin = performance.now();
      const response = await fetch(`${hub.url}${path}`, { headers });
      await response.text();
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      times.push(performance.now() - begin);
      await delay(100);
    }
}

/** Nothing lost, nothing doubled. */
async function checkLedger(database: pg.Client, events: number): Promise<void> {
  const { rows } = await database.query<Record<string, string | number>>(
    `select (select count(*) from results) + (select count(*) from heartbeats) as rows,
            (select count(*) from results) as results,
            (select count(distinct id) from results) as ids,
            (select sum(total) from site_decision_counts) as totals,
            (select sum(normal + review + pneumonia_suspected + unreadable) from site_hours) as hours,
            (select sum(normal + review + pneumonia_suspected + unreadable) from site_days) as days`,
  );
  const { rows: all, results, ids, totals, hours, days } = rows[0] ?? {};
  if (Number(all) !== events || [ids, totals, hours, days].some((count) => Number(count) !== Number(results)))
    throw new Error(`the ledger does not add up: ${JSON.stringify(rows[0])}, ${events} events`);
}

function residentMiB(pid: number): number {
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
}

/** For a person. */
function ledgerTable({ events, sites, hub, withConsole, bareLoop, ratio }: LedgerBench): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  return [
    `## The hub's ledger: an hour of ${sites} sites (${events} events) read again from Kafka`,
    '',
    '| | events/s | seconds |',
    '|---|---|---|',
    `| one hub | ${Math.round(hub.eventsPerSecond)} | ${seconds(hub.ms)} (${seconds(hub.startToEndMs)} with its start) |`,
    `| one hub, a console open | ${Math.round(withConsole.eventsPerSecond)} | ${seconds(withConsole.ms)} (${seconds(withConsole.startToEndMs)} with its start) |`,
    `| bare loop | ${Math.round(bareLoop.eventsPerSecond)} | ${seconds(bareLoop.ms)} |`,
    `| **ratio** of hub and bare loop | ${ratio.toFixed(2)} | |`,
    '',
    `Memory of the hub (RSS): at most ${hub.memoryMiB.firstHalf} MiB in the first half, ${hub.memoryMiB.secondHalf} MiB in ` +
      `the second; with a console open ${withConsole.memoryMiB.firstHalf} and ${withConsole.memoryMiB.secondHalf}. The API then: p50 ` +
      `${withConsole.consoleMs.p50} ms, p95 ${withConsole.consoleMs.p95} ms, max ${withConsole.consoleMs.max} ms.`,
    '',
  ].join('\n');
}
