import { readFileSync } from 'node:fs';
import { siteTopics, type ResultObject } from '@hilum/contracts';
import { distributionOf } from '../../bench/distribution.js';
import { getAll, getJson, type Fleet, type Page, type SiteState } from '../../support/fleet.js';
import { kafkaClient, withAdmin } from '../../support/kafka-access.js';
import { s3ClientFor } from '../../support/s3-client.js';
import { until } from '../../support/until.js';
import { badUploads, goodImage, type Answer, type Expected } from './bad-images.js';
import { sendUpload, type Sent, type Upload, type Way } from './send-upload.js';
import { SiteOutcomes } from './site-outcomes.js';

/** The first round loads libraries and fills pools; what grows after it grows with every image. */
const ROUNDS = 3;
/** So many bad uploads, then a good one right behind them. */
const BAD_IN_GROUP = 8;
const GOOD_SEEDS = [11, 12, 13, 14];
const GROUP_DEADLINE_MS = 90_000;
/** Beyond the grace and the interval of the reconciler, which finds what the notifications do not name. */
const LISTING_DEADLINE_MS = 180_000;
/** Some rounds of the reconciler and heartbeats. */
const HEARTBEAT_DEADLINE_MS = 90_000;
/** A good image behind bad ones takes a fraction of this; what waits for a time-out or a restart takes longer. */
const GOOD_WITHIN_MS = 30_000;
const MEMORY_GROWTH = { share: 0.25, bytes: 50_000_000 };

interface Traced {
  what: string;
  answer: Answer;
  sent: Sent;
  /** only the reconciler can find it */
  isFoundByListing: boolean;
  isGood: boolean;
}

/**
 * Sends bad uploads mixed with good ones to the fleet's first site, by PUT and by HTTP, several times over.
 * @throws Error that names everything that is not as it must be: each upload that was taken has one outcome at the site
 *   and one row at the hub, as expected; nothing restarted, waited, grew or went to the dead letters
 */
export async function runBadUploads(fleet: Fleet, report: (line: string) => void): Promise<void> {
  const [site] = fleet.state.sites;
  if (site === undefined) throw new Error('the fleet has no site');
  const s3 = s3ClientFor(site);
  try {
    const startedAt = new Date().toISOString();
    const before = { restarts: restartsOf(fleet), deadLetters: await deadLettersOf(site) };
    const outcomes = new SiteOutcomes(s3, site);
    const all: Traced[] = [];
    const memory: number[] = [];
    const plan = await planOfRound();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const begin = performance.now();
      for (const group of plan) {
        const traced: Traced[] = [];
        for (const { upload, way, ...rest } of group)
          traced.push({ ...rest, sent: await sendUpload(upload, way, site, s3) });
        // a group is small enough that the good image at its end waits for what the bad ones cost, not for a queue
        await waitFor(
          traced.filter(({ isFoundByListing }) => !isFoundByListing),
          outcomes,
          GROUP_DEADLINE_MS,
        );
        all.push(...traced);
      }
      memory.push(residentBytesOf(fleet, `${site.name}-inference`));
      const seconds = ((performance.now() - begin) / 1000).toFixed(1);
      const mebibytes = Math.round((memory.at(-1) ?? 0) / 2 ** 20);
      report(`round ${round}: ${plan.flat().length} uploads in ${seconds} s, scoring service at ${mebibytes} MiB`);
    }
    await waitFor(all, outcomes, LISTING_DEADLINE_MS);
    const violations = await violationsOfBacklog(fleet, site);
    // once nothing waits, whatever would have a second outcome has it
    await outcomes.refresh();
    const results = all.map((traced) => ({ traced, found: outcomes.find(traced.sent.isOutcomeOfIt) }));
    const delays = results
      .filter(({ traced }) => traced.isGood)
      .flatMap(({ traced, found }) => found.map(({ scoredAt }) => Date.parse(scoredAt) - traced.sent.toldAtMs));

    violations.push(
      ...results.flatMap(({ traced, found }) => violationsOf(traced, found)),
      ...(await violationsInLists(
        fleet,
        site,
        results.flatMap(({ found }) => found),
        startedAt,
      )),
      ...violationsOfRestarts(before.restarts, restartsOf(fleet)),
      ...violationsOfDelays(delays),
      ...violationsOfMemory(memory),
    );
    const buried = (await deadLettersOf(site)) - before.deadLetters;
    if (buried !== 0) violations.push(`${buried} record(s) went to the dead letters, none was to`);
    if (delays.length > 0) {
      const { p50, max } = distributionOf(delays);
      report(`${delays.length} good images among them: decided after ${p50} ms in the middle, ${max} ms at most`);
    }
    if (violations.length > 0)
      throw new Error(`bad uploads: ${violations.length} violation(s)\n${violations.join('\n')}`);
    report(`${all.length} uploads: all as expected`);
  } finally {
    s3.destroy();
  }
}

type Planned = Omit<Traced, 'sent'> & { upload: Upload; way: Way };

/** What one round sends: every bad upload by both ways, in groups, with a good one at the end of each. */
async function planOfRound(): Promise<Planned[][]> {
  const bad = (await badUploads()).flatMap((upload): Planned[] => [
    {
      upload,
      way: 'put',
      what: `${upload.name}, by PUT`,
      answer: upload.byPut,
      isFoundByListing: upload.isFoundByListing,
      isGood: false,
    },
    {
      upload,
      way: 'http',
      what: `${upload.name}, by HTTP`,
      answer: upload.byHttp,
      isFoundByListing: false,
      isGood: false,
    },
  ]);
  const images = await Promise.all(GOOD_SEEDS.map(goodImage));
  const good = (index: number): Planned => ({
    upload: {
      bytes: images[index % images.length] ?? Buffer.alloc(0),
      contentType: 'image/jpeg',
      keyOf: (unique) => `good/${unique}.jpeg`,
    },
    way: index % 2 === 0 ? 'put' : 'http',
    what: 'a good image',
    answer: { kind: 'taken', expected: { kind: 'scored' } },
    isFoundByListing: false,
    isGood: true,
  });
  const groups: Planned[][] = [];
  for (let start = 0; start < bad.length; start += BAD_IN_GROUP)
    groups.push([...bad.slice(start, start + BAD_IN_GROUP), good(groups.length)]);
  return groups;
}

/** Until each upload that was taken has an outcome; what has none after the deadline is told of later, by name. */
async function waitFor(traced: readonly Traced[], outcomes: SiteOutcomes, deadlineMs: number): Promise<void> {
  let missing = traced.filter(({ sent }) => sent.refusal === null);
  const isComplete = async (): Promise<boolean> => {
    await outcomes.refresh();
    missing = missing.filter(({ sent }) => outcomes.find(sent.isOutcomeOfIt).length === 0);
    return missing.length === 0;
  };
  await until('an outcome of every upload', isComplete, deadlineMs).catch(() => undefined);
}

function violationsOf({ what, answer, sent }: Traced, found: readonly ResultObject[]): string[] {
  if (answer.kind === 'refused') {
    const told = sent.refusal ?? 'taken';
    return told === answer.code ? [] : [`${what}: was to be refused with ${answer.code}, but the answer was ${told}`];
  }
  if (sent.refusal !== null) return [`${what}: was refused with ${sent.refusal}`];
  const [result, ...others] = found;
  if (result === undefined) return [`${what}: was taken, but has no outcome`];
  if (others.length > 0) return [`${what}: has ${found.length} outcomes`];
  return isAsExpected(result, answer.expected)
    ? []
    : [`${what}: became ${result.decision} (${result.reason ?? 'no reason'}), not ${textOf(answer.expected)}`];
}

function isAsExpected({ decision, reason, probability }: ResultObject, expected: Expected): boolean {
  if (expected.kind === 'scored') return decision !== 'unreadable' && probability !== null;
  return decision === 'unreadable' && expected.reasons.some((each) => each === reason);
}

function textOf(expected: Expected): string {
  return expected.kind === 'scored' ? 'scored' : `unreadable (${expected.reasons.join(' or ')})`;
}

interface Listed {
  decision: string;
  reason: string | null;
}

/** Each outcome once in the site's list of studies and once at the hub, with the same decision and reason. */
async function violationsInLists(
  fleet: Fleet,
  site: SiteState,
  results: readonly ResultObject[],
  since: string,
): Promise<string[]> {
  const { hub } = fleet.state;
  const hubRows = async (): Promise<Map<string, Listed[]>> =>
    groupedBy(
      await getAll<Listed & { traceId: string }>(
        `${hub.url}/api/v1/results?limit=500&site=${site.name}&since=${since}`,
        hub.tokens['data-science'],
      ),
      ({ traceId }) => traceId,
    );
  let atHub = await hubRows();
  const isAllAtHub = async (): Promise<boolean> => {
    atHub = await hubRows();
    return results.every(({ traceId }) => atHub.has(traceId));
  };
  await until('every outcome at the hub', isAllAtHub, 60_000).catch(() => undefined);
  const atSite = groupedBy(
    await getAll<Listed & { studyId: string }>(`${site.url}/api/v1/studies?limit=500`, site.tokens.staff),
    ({ studyId }) => studyId,
  );
  return results.flatMap((result) => [
    ...difference('at the hub', result, atHub.get(result.traceId) ?? []),
    ...difference('in the list of the site', result, atSite.get(result.studyId) ?? []),
  ]);
}

function difference(where: string, result: ResultObject, rows: readonly Listed[]): string[] {
  const [row] = rows;
  const name = `the outcome of image ${result.imageId}`;
  if (row === undefined || rows.length > 1) return [`${name} is ${rows.length} times ${where}`];
  if (row.decision === result.decision && row.reason === result.reason) return [];
  return [`${name} is ${row.decision} (${row.reason}) ${where}, not ${result.decision} (${result.reason})`];
}

function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Nothing may be left for the reconciler to queue again; it says so by a heartbeat from after now. */
async function violationsOfBacklog(fleet: Fleet, site: SiteState): Promise<string[]> {
  const { hub } = fleet.state;
  const askedAt = new Date().toISOString();
  let backlog: number | null = null;
  const isEmpty = async (): Promise<boolean> => {
    const { items } = await getJson<Page<{ name: string; backlog: number | null; lastHeartbeatAt: string | null }>>(
      `${hub.url}/api/v1/sites`,
      hub.tokens['hospital-it'],
    );
    const row = items.find(({ name }) => name === site.name);
    backlog = row?.backlog ?? null;
    return backlog === 0 && (row?.lastHeartbeatAt ?? '') > askedAt;
  };
  return until('a heartbeat without backlog', isEmpty, HEARTBEAT_DEADLINE_MS).then(
    () => [],
    () => [`the site still counts ${backlog ?? 'an unknown number of'} image(s) without an outcome`],
  );
}

function restartsOf(fleet: Fleet): Map<string, number> {
  return new Map(fleet.state.processes.map(({ name, restarts }) => [name, restarts]));
}

function violationsOfRestarts(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...after].flatMap(([name, restarts]) =>
    restarts === (before.get(name) ?? 0) ? [] : [`${name} was restarted ${restarts - (before.get(name) ?? 0)} time(s)`],
  );
}

function violationsOfDelays(delays: readonly number[]): string[] {
  const late = delays.filter((ms) => ms > GOOD_WITHIN_MS);
  return late.length === 0 ? [] : [`${late.length} good image(s) waited, up to ${Math.max(...late)} ms`];
}

function violationsOfMemory(memory: readonly number[]): string[] {
  const first = memory[0] ?? 0;
  const last = memory.at(-1) ?? 0;
  if (last <= first * (1 + MEMORY_GROWTH.share) + MEMORY_GROWTH.bytes) return [];
  return [`the scoring service grew from ${first} to ${last} bytes in ${ROUNDS} rounds`];
}

/** VmRSS, from /proc (Linux). @throws when the process does not run */
function residentBytesOf(fleet: Fleet, name: string): number {
  const pid = fleet.state.processes.find((process) => process.name === name)?.pid ?? null;
  if (pid === null) throw new Error(`${name} does not run`);
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`/proc does not tell the memory of ${name}`);
  return Number(kibibytes) * 1024;
}

/** How many records lie in the site's dead-letter topic. */
function deadLettersOf(site: SiteState): Promise<number> {
  return withAdmin(kafkaClient(site.kafka), async (admin) => {
    const offsets = await admin.fetchTopicOffsets(siteTopics.uploadsDeadLetter);
    return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  });
}
