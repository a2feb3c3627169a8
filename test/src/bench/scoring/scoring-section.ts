import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { repositoryRoot } from '../../support/repository.js';
import { until } from '../../support/until.js';
import { proportionalMiBOf } from '../memory.js';
import type { BenchOptions, Section } from '../section.js';
import { largestDifference, MOST_DIFFERENCE } from './answer.js';
import { benchImages, meanKiBOf } from './bench-images.js';
import { percentile, startBareLoop, startClient, together, type Burst, type Client } from './measure.js';
import { installPeer, PEERS } from './peers.js';
import { processorMsOf, residentMiBOf } from './processor-time.js';
import { startBareServer, startHilum, startPeer, type MeasuredServer } from './servers.js';

const ROUNDS = 9;
const CONCURRENCY = 4;
/** As many as make the service use all processors, and not only the thread that answers. */
const CROWD = 8;
const STARTS = 3;
/** Bursts before anything is measured: V8 goes on compiling for some thousands of images, and the others are treated alike. */
const WARM_UP_BURSTS = 5;
/** Not measured, at the beginning of each turn: the first after a pause cost half as much again, whoever it is that waited. */
const LEAD_IN_IMAGES = 100;
/** Memory is looked at this often over {@link BenchOptions.memoryImages}. */
const MEMORY_LOOKS = 10;

const imagesOf = (options: BenchOptions): Promise<string[]> =>
  benchImages(options.images, join(repositoryRoot, '.hilum/bench/images'));

/** The service beside a bare loop of the same decoding and network, and beside a server that does that alone, on the same cores, taking turns. */
export async function measureService(options: BenchOptions, say: (line: string) => void): Promise<Section> {
  const files = await imagesOf(options);
  say('service: starts');
  const starts: number[] = [];
  for (let index = 0; index < STARTS; index += 1) {
    const server = await startHilum('hilum', options.release);
    starts.push(server.startMs);
    await server.stop();
  }
  const stops: (() => Promise<void>)[] = [];
  const stoppedAfter = <Kind extends { stop(): Promise<void> }>(each: Kind): Kind => {
    stops.unshift(() => each.stop());
    return each;
  };
  const bare: Burst[] = [];
  const loaded: Burst[] = [];
  const crowded: Burst[] = [];
  const single: Burst[] = [];
  const bareLoaded: Burst[] = [];
  const bareSingle: Burst[] = [];
  const memoryMiB: number[] = [];
  const warmUp = WARM_UP_BURSTS * options.burstImages;
  let coldMs: number;
  try {
    const server = stoppedAfter(await startHilum('hilum', options.release));
    const client = stoppedAfter(startClient(server, files));
    const bareServer = stoppedAfter(await startBareServer('bare server', options.release));
    const bareClient = stoppedAfter(startClient(bareServer, files));
    const loop = stoppedAfter(startBareLoop(options.release, files));
    say('service: warming up');
    const load = { count: options.burstImages, concurrency: CONCURRENCY, perSecond: null };
    coldMs = (await client.burst(load)).processorMsPerImage;
    await warm(client, warmUp);
    await warm(bareClient, warmUp);
    await loop.run(warmUp);
    for (let round = 0; round < ROUNDS; round += 1) {
      say(`service: round ${round + 1} of ${ROUNDS}`);
      await loop.run(LEAD_IN_IMAGES);
      bare.push(await loop.run(options.burstImages));
      await client.send({ ...load, count: LEAD_IN_IMAGES });
      loaded.push(await client.burst(load));
      crowded.push(await client.burst({ ...load, concurrency: CROWD }));
      single.push(await client.burst({ ...load, concurrency: 1 }));
      await bareClient.send({ ...load, count: LEAD_IN_IMAGES });
      bareLoaded.push(await bareClient.burst(load));
      bareSingle.push(await bareClient.burst({ ...load, concurrency: 1 }));
    }
    const count = Math.ceil(options.memoryImages / MEMORY_LOOKS);
    for (let look = 0; look < MEMORY_LOOKS; look += 1) {
      await client.send({ ...load, count });
      memoryMiB.push(residentMiBOf(server.pid));
      say(`service: ${(look + 1) * count} images, ${Math.round(memoryMiB.at(-1) ?? 0)} MiB`);
    }
  } finally {
    for (const stop of stops) await stop();
  }
  const [alone, served, crowd, one] = [together(bare), together(loaded), together(crowded), together(single)];
  const [bareServed, bareOne] = [together(bareLoaded), together(bareSingle)];
  const [first = 0, last = 0] = [memoryMiB[0], memoryMiB.at(-1)];
  const numbers = {
    images: { files: files.length, meanKiB: meanKiBOf(files) },
    processorMsPerImage: {
      bareLoop: alone.processorMsPerImage,
      service: served.processorMsPerImage,
      serviceCrowd: crowd.processorMsPerImage,
      serviceOneAtATime: one.processorMsPerImage,
      serviceCold: coldMs,
      bareServer: bareServed.processorMsPerImage,
      bareServerOneAtATime: bareOne.processorMsPerImage,
    },
    imagesPerSecond: {
      bareLoop: alone.imagesPerSecond,
      service: served.imagesPerSecond,
      serviceCrowd: crowd.imagesPerSecond,
      bareServer: bareServed.imagesPerSecond,
    },
    latencyMs: {
      bareLoop: percentilesOf(alone),
      oneAtATime: percentilesOf(one),
      bareServerOneAtATime: percentilesOf(bareOne),
    },
    startMs: starts,
    memoryMiB,
  };
  const { processorMsPerImage: ms, imagesPerSecond: rate, latencyMs } = numbers;
  const [ofLoop, ofService, ofServer] = [latencyMs.bareLoop, latencyMs.oneAtATime, latencyMs.bareServerOneAtATime];
  const cell = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '';
  const row = (what: string, digits: number, loopIs: number, serverIs: number | null, serviceIs: number): string =>
    `| ${what} | ${cell(loopIs, digits)} | ${cell(serverIs, digits)} | ${cell(serviceIs, digits)} | ${(serviceIs / loopIs).toFixed(2)} | ` +
    `${cell(serverIs === null ? null : serverIs / loopIs, 2)} |`;
  const atOnce = `${CONCURRENCY} at once`;
  const markdown = [
    `## The scoring service beside a bare loop (${files.length} JPEGs of ${Math.round(numbers.images.meanKiB)} KiB)`,
    '',
    '| | bare loop | bare server | service | service / loop | bare server / loop |',
    '|---|---|---|---|---|---|',
    row(`processor time an image, ${atOnce}, ms`, 2, ms.bareLoop, ms.bareServer, ms.service),
    row(`processor time an image, ${CROWD} at once, ms`, 2, ms.bareLoop, null, ms.serviceCrowd),
    row('processor time an image, one at a time, ms', 2, ms.bareLoop, ms.bareServerOneAtATime, ms.serviceOneAtATime),
    row(`images a second, ${atOnce}, client beside it`, 0, rate.bareLoop, rate.bareServer, rate.service),
    row(`images a second, ${CROWD} at once`, 0, rate.bareLoop, null, rate.serviceCrowd),
    row("one at a time: p95 beside the loop's median, ms", 1, ofLoop.p50, ofServer.p95, ofService.p95),
    row("one at a time: p95 beside the loop's own, ms", 1, ofLoop.p95, ofServer.p95, ofService.p95),
    row("one at a time: p99 beside the loop's p99, ms", 1, ofLoop.p99, ofServer.p99, ofService.p99),
    '',
    `Warm, after ${warmUp} images each of ${CROWD} and ${CONCURRENCY} at once and alone; of the first ${options.burstImages} after a start one took ${coldMs.toFixed(2)} ms. ` +
      `Start to ready: ${Math.round(percentile(starts, 0.5))} ms (median of ${STARTS}). Resident memory over ${options.memoryImages} images: ` +
      `${Math.round(first)} MiB after a tenth of them, ${Math.round(last)} MiB after all.`,
    '',
  ].join('\n');
  return { name: 'service', numbers, markdown };
}

function percentilesOf({ latenciesMs }: Burst): { p50: number; p95: number; p99: number } {
  const at = (share: number): number => percentile(latenciesMs, share);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/**
 * The same ONNX file and images behind other servers, all up at once and taking turns.
 * @throws Error when one of them fails, or computes something else than the service does
 */
export async function measurePeers(options: BenchOptions, say: (line: string) => void): Promise<Section> {
  const files = await imagesOf(options);
  for (const peer of PEERS) await installPeer(peer.name, say);
  const servers: MeasuredServer[] = [];
  const clients = new Map<string, Client>();
  const full = new Map<string, Burst[]>();
  const half = new Map<string, Burst[]>();
  const crowded = new Map<string, Burst[]>();
  const single = new Map<string, Burst[]>();
  const memoryMiB = new Map<string, number>();
  let differences: Map<string, number>;
  try {
    servers.push(await startHilum(HILUM, options.release));
    if (options.quantised !== null) servers.push(await startHilum(HILUM_QUANTISED, options.quantised));
    for (const peer of PEERS) {
      say(`peers: starting ${peer.name}`);
      servers.push(await startPeer(peer.name, options.release, peer));
    }
    await allIdle(servers);
    for (const server of servers) clients.set(server.name, startClient(server, files));
    differences = await differencesBetween(clients, files.length);
    for (const [name, difference] of differences)
      if (name !== HILUM) say(`peers: ${name} differs by ${difference.toFixed(3)} at most`);
    const load = { count: options.burstImages, concurrency: CONCURRENCY, perSecond: null };
    for (const [name, client] of clients) {
      say(`peers: warming up ${name}`);
      await warm(client, WARM_UP_BURSTS * load.count);
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      say(`peers: round ${round + 1} of ${ROUNDS}`);
      for (const [name, client] of clients) {
        await client.send({ ...load, count: LEAD_IN_IMAGES });
        const done = await client.burst(load);
        add(full, name, done);
        add(half, name, await client.burst({ ...load, perSecond: done.imagesPerSecond / 2 }));
        add(crowded, name, await client.burst({ ...load, concurrency: CROWD }));
        add(single, name, await client.burst({ ...load, concurrency: 1 }));
      }
    }
    for (const { name, pid } of servers) memoryMiB.set(name, proportionalMiBOf(pid));
  } finally {
    for (const client of clients.values()) await client.stop();
    for (const server of servers) await server.stop();
  }
  const rows = servers.map(({ name }) => {
    const ofThis = (bursts: ReadonlyMap<string, Burst[]>): Burst => together(bursts.get(name) ?? []);
    const [fast, slow, crowd, one] = [ofThis(full), ofThis(half), ofThis(crowded), ofThis(single)];
    return {
      name,
      processorMsPerImage: { atOnce: fast.processorMsPerImage, oneAtATime: one.processorMsPerImage },
      imagesPerSecond: { atOnce: fast.imagesPerSecond, crowd: crowd.imagesPerSecond },
      halfLoadMs: { p95: percentile(slow.latenciesMs, 0.95), p99: percentile(slow.latenciesMs, 0.99) },
      memoryMiB: memoryMiB.get(name) ?? Number.NaN,
      largestDifference: differences.get(name) ?? 0,
    };
  });
  const peers = rows.filter(({ name }) => !isOurs(name)).map((row) => row.processorMsPerImage);
  const atOnce = bestAndMedianOf(peers.map((each) => each.atOnce));
  const oneAtATime = bestAndMedianOf(peers.map((each) => each.oneAtATime));
  const processorCells = (ms: number, { best, median }: BestAndMedian): string =>
    [ms, best / ms, median / ms].map((value) => value.toFixed(2)).join(' | ');
  const markdown = [
    `## The same network and images behind other servers (${files.length} JPEGs of ${Math.round(meanKiBOf(files))} KiB)`,
    '',
    `| server | ${CONCURRENCY} at once: processor time an image, ms | best peer / it | median peer / it | one at a time: processor time an image, ms | best peer / it | median peer / it | images a second, ${CONCURRENCY} at once | ${CROWD} at once | p95 at half load, ms | p99 | memory (PSS), MiB | largest difference of a probability |`,
    `|${'---|'.repeat(13)}`,
    ...rows.map(
      ({ name, processorMsPerImage: ms, imagesPerSecond, halfLoadMs, memoryMiB, largestDifference }) =>
        `| ${name} | ${processorCells(ms.atOnce, atOnce)} | ${processorCells(ms.oneAtATime, oneAtATime)} | ${imagesPerSecond.atOnce.toFixed(0)} | ${imagesPerSecond.crowd.toFixed(0)} | ${halfLoadMs.p95.toFixed(1)} | ${halfLoadMs.p99.toFixed(1)} | ${memoryMiB.toFixed(0)} | ${largestDifference.toFixed(3)} |`,
    ),
    '',
  ].join('\n');
  return { name: 'peers', numbers: { rows, peers: { atOnce, oneAtATime } }, markdown };
}

/** So many images each way: those that come together go other ways through the service than those that come alone. */
async function warm(client: Client, count: number): Promise<void> {
  for (const concurrency of [CROWD, CONCURRENCY, 1]) await client.send({ count, concurrency, perSecond: null });
}

interface BestAndMedian {
  best: number;
  median: number;
}

function bestAndMedianOf(values: readonly number[]): BestAndMedian {
  return { best: Math.min(...values), median: percentile(values, 0.5) };
}

const HILUM = 'hilum';
const HILUM_QUANTISED = 'hilum, quantised';
const isOurs = (name: string): boolean => name === HILUM || name === HILUM_QUANTISED;

/** Processor time of this much or less in {@link IDLE_LOOK_MS} is that of a server that waits. */
const IDLE_MS = 50;
const IDLE_LOOK_MS = 500;

/** A server answers as soon as one of its processes does; what the others still do at their start is not to be measured. */
async function allIdle(servers: readonly MeasuredServer[]): Promise<void> {
  await until('the servers wait for images', async () => {
    const before = servers.map(({ pid }) => processorMsOf(pid));
    await delay(IDLE_LOOK_MS);
    return servers.every(({ pid }, index) => processorMsOf(pid) - (before[index] ?? 0) <= IDLE_MS);
  });
}

/**
 * How far each server's probabilities are at most from those of the service with the same release, which is the first.
 * @throws Error when a peer is further off than another decoding explains
 */
async function differencesBetween(clients: ReadonlyMap<string, Client>, images: number): Promise<Map<string, number>> {
  const load = { count: images, concurrency: CONCURRENCY, perSecond: null };
  const differences = new Map<string, number>();
  let ours: readonly number[] | undefined;
  for (const [name, client] of clients) {
    const { probabilities } = await client.send(load);
    ours ??= probabilities;
    const { difference, image } = largestDifference(ours, probabilities);
    if (!isOurs(name) && difference > MOST_DIFFERENCE)
      throw new Error(
        `${name} computes something else: ${difference.toFixed(3)} off at image ${image + 1} of ${images}`,
      );
    differences.set(name, difference);
  }
  return differences;
}

function add(bursts: Map<string, Burst[]>, name: string, burst: Burst): void {
  bursts.set(name, [...(bursts.get(name) ?? []), burst]);
}
