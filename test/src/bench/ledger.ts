import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { siteTopics } from '@hilum/contracts';
import pg from 'pg';
import { makeSiteTopics, sendEvents, siteEvents, type HubEvent } from '../support/hub-events.js';
import { HubServers, type HubProcess } from '../support/hub-servers.js';
import { until } from '../support/until.js';
import { distributionOf, type Distribution } from './distribution.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SUMMARY_DAYS = 30;
const REPLAY_DEADLINE_MS = 900_000;

export interface LedgerBenchOptions {
  sites: number;
  /** results in the ledger when the summary is measured */
  summaryResults: number;
  onProgress: (line: string) => void;
}

export interface LedgerBench {
  sites: number;
  /** an hour of them: two results a minute and a heartbeat every 15 s each */
  events: number;
  hub: ReplayMeasure;
  /** the same again while somebody uses the console */
  withConsole: ReplayMeasure & { consoleMs: Distribution };
  bareLoop: { ms: number; eventsPerSecond: number };
  /** of the hub's rate to the bare loop's */
  ratio: number;
  summary: { results: number; windows: { name: string; ms: Distribution }[]; allMs: Distribution };
}

export interface ReplayMeasure {
  /** from the first event recorded to the last */
  ms: number;
  eventsPerSecond: number;
  /** from the start of the process to the last event recorded */
  startToEndMs: number;
  /** resident memory of the hub in MiB: the most in the first and in the second half of the replay */
  memoryMiB: { firstHalf: number; secondHalf: number };
}

/** The hub's ledger on real servers, beside a bare loop that does only what cannot be left out. */
export async function benchLedger(options: LedgerBenchOptions): Promise<LedgerBench> {
  const { onProgress } = options;
  onProgress('starting the servers of a hub…');
  const servers = await HubServers.start();
  const database = new pg.Client({ connectionString: servers.state.databaseUrl });
  try {
    await database.connect();
    const sites = Array.from({ length: options.sites }, (_, index) => `bench-${String(index + 1).padStart(4, '0')}`);
    onProgress(`making the topics of ${sites.length} sites…`);
    // those that are written to: a broker of this size takes its time over thousands
    await makeSiteTopics(servers.kafka, sites, [siteTopics.results, siteTopics.heartbeat]);
    // the first hub makes the tables; what is measured are others, that find the ledger empty
    await (await servers.startHub()).end('SIGTERM');
    onProgress('sending an hour of their events…');
    const events = await sendEvents(servers.kafka, hourOf(sites));
    onProgress(`${events} events sent; the bare loop reads them…`);
    const bareLoop = await measureBareLoop(servers, database, events);
    onProgress(`${Math.round(bareLoop.eventsPerSecond)} events/s; the hub reads them…`);
    const hub = await measureReplay(servers, database, events);
    await checkLedger(database, events);
    onProgress(`${Math.round(hub.eventsPerSecond)} events/s; once more, with a console open…`);
    await emptyLedger(servers, database);
    const consoleMs: number[] = [];
    const used = await measureReplay(servers, database, events, consoleMs);
    const withConsole = { ...used, consoleMs: distributionOf(consoleMs) };
    await checkLedger(database, events);
    onProgress(`${Math.round(withConsole.eventsPerSecond)} events/s; filling the ledger for the summary…`);
    const summary = await measureSummary(servers, database, sites, options);
    return {
      sites: sites.length,
      events,
      hub,
      withConsole,
      bareLoop,
      ratio: hub.eventsPerSecond / bareLoop.eventsPerSecond,
      summary,
    };
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

async function measureSummary(
  servers: HubServers,
  database: pg.Client,
  sites: readonly string[],
  { summaryResults, onProgress }: LedgerBenchOptions,
): Promise<LedgerBench['summary']> {
  const hub = await servers.startHub();
  try {
    const now = Date.now();
    await fillResults(database, sites, summaryResults, now, onProgress);
    await database.query('vacuum (analyze) results, site_hours, site_days');
    const { rows } = await database.query<{ count: string }>('select count(*) as count from results');
    const results = Number(rows[0]?.count);
    const midnight = Math.floor(now / DAY_MS) * DAY_MS;
    const windows = [
      { name: 'the last 24 hours', since: now - DAY_MS, until: now },
      { name: 'since midnight', since: midnight, until: now },
      { name: 'the last 7 days', since: now - 7 * DAY_MS, until: now },
      { name: `all ${SUMMARY_DAYS} days`, since: now - SUMMARY_DAYS * DAY_MS, until: now },
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
      onProgress(`summary of ${name}`);
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
    return {
      results,
      windows: measured.map(({ name, ms }) => ({ name, ms: distributionOf(ms) })),
      allMs: distributionOf(measured.flatMap(({ ms }) => ms)),
    };
  } finally {
    await hub.end('SIGTERM');
  }
}

/** Rows as the hub records them, evenly over the days before, day by day; and the sums of them. */
export async function fillResults(
  database: pg.Client,
  sites: readonly string[],
  count: number,
  now: number,
  onProgress: (line: string) => void,
): Promise<void> {
  const perDay = Math.ceil(count / SUMMARY_DAYS);
  const buckets = await latencyBucketColumns(database);
  const begin = now - HOUR_MS - SUMMARY_DAYS * DAY_MS;
  for (let day = 0; day < SUMMARY_DAYS; day += 1) {
    const [from, until] = [new Date(begin + day * DAY_MS), new Date(begin + (day + 1) * DAY_MS)];
    await database.query(
      `insert into results (id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision,
                            probability, reason, priority, model_name, model_version, model_digest, input, timings_ms,
                            uploaded_at, scored_at, supersedes, latency_ms)
       select encode(sha256(convert_to('id' || $5::int || ' ' || n, 'UTF8')), 'hex'), ($1::text[])[1 + n % $2::int],
              1000 + n, scored_at, null, repeat(md5(n::text), 2), repeat(md5('i' || n::text), 2),
              (array['normal', 'normal', 'review', 'pneumonia-suspected'])[1 + n % 4], 0.5, null, 'routine',
              'hilum-pneumonia', '0.1.0', 'sha256:' || repeat('0123456789abcdef', 4),
              '{"kind":"jpeg","width":1800,"height":1400,"bits":8,"stats":{"mean":0.5,"std":0.2,"min":0,"max":1}}',
              '{"notify":12,"queue":5,"fetch":9,"decode":14,"predict":22,"explain":49,"publish":8}',
              scored_at - latency_ms * interval '1 ms', scored_at, null, latency_ms
         from (select n, $3::timestamptz + (n::float8 / $4) * interval '1 day' as scored_at,
                      80 + power((n * 7919) % 97, 2) as latency_ms
                 from generate_series(0, $4::int - 1) n) made`,
      [sites, sites.length, from, perDay, day],
    );
    for (const [table, unit] of [
      ['site_hours', 'hour'],
      ['site_days', 'day'],
    ] as const)
      await database.query(
        `insert into ${table}
         select site, date_trunc('${unit}', scored_at, 'UTC'), count(*) filter (where decision = 'normal'),
                count(*) filter (where decision = 'review'), count(*) filter (where decision = 'pneumonia-suspected'),
                count(*) filter (where decision = 'unreadable'), ${buckets.counts}
           from results where scored_at >= $1 and scored_at < $2 and sequence >= 1000 group by 1, 2
         on conflict (site, ${unit}) do update set ${buckets.add(table)}`,
        [from, until],
      );
    if (day % 5 === 4) onProgress(`${(day + 1) * perDay} results`);
  }
}

/** The bounds of the buckets, as the migration that made the columns knows them. */
async function latencyBucketColumns(database: pg.Client): Promise<{ counts: string; add: (table: string) => string }> {
  const migration = readFileSync(new URL('../../../hub/migrations/0002_partitions.sql', import.meta.url), 'utf8');
  const bounds = /array\[([\d,\s]+)\]::float8\[\]/.exec(migration)?.[1] ?? '';
  const { rows } = await database.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = 'site_hours'::regclass and attnum > 2 order by attnum`,
  );
  const columns = rows.map(({ name }) => name);
  return {
    counts: columns
      .filter((name) => /^l\d+$/.test(name))
      .map((name) => `count(*) filter (where width_bucket(latency_ms, array[${bounds}]::float8[]) = ${name.slice(1)})`)
      .join(', '),
    add: (table) => columns.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(', '),
  };
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

function residentMiB(pid: number): number {
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
}

/** For a person. */
export function ledgerTable({ events, sites, hub, withConsole, bareLoop, ratio, summary }: LedgerBench): string {
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
    `## Summary over ${summary.results} results of ${sites} sites, milliseconds`,
    '',
    '| window | p50 | p95 | max |',
    '|---|---|---|---|',
    ...[...summary.windows, { name: '**all**', ms: summary.allMs }].map(
      ({ name, ms }) => `| ${name} | ${ms.p50} | ${ms.p95} | ${ms.max} |`,
    ),
    '',
  ].join('\n');
}
