import { PutObjectCommand } from '@aws-sdk/client-s3';
import { mirroredTopic, siteTopics, type ResultRecorded } from '@hilum/contracts';
import { drawRadiograph } from '@hilum/local';
import type { Consumer } from 'kafkajs';
import type { Fleet, SiteState } from '../support/fleet.js';
import { hubKafka } from '../support/hub-dump.js';
import { s3ClientFor } from '../support/s3-client.js';
import { distributionOf, type Distribution } from './distribution.js';

/** The parts of the way in order. */
export const WAY_PARTS = [
  'notify',
  'queue',
  'fetch',
  'decode',
  'predict',
  'explain',
  'publish',
  'relay',
  'mirror',
  'ledger',
] as const;
export type WayPart = (typeof WAY_PARTS)[number];

export interface WayLatency {
  images: number;
  /** PUT begins → row readable at the hub's stream, milliseconds */
  totalMs: Distribution;
  partsMs: Record<WayPart, Distribution>;
}

type Row = ResultRecorded & { receivedAt: string; traceId: string };

/**
 * One image at a time, so that nothing waits for anything else: what the way itself costs.
 * notify: the PUT itself, the store's notification and whatever no other part accounts for, as the rest of the total:
 * stores tell the time of an object in whole seconds, too coarse for the row's own number to be of use here;
 * relay: result written → record stamped by the site's Kafka client; mirror: from there until a committed read at the
 * hub's broker; ledger: from there until the hub has stored it. All clocks are this machine's.
 */
export async function measureWay(
  fleet: Fleet,
  site: SiteState,
  options: { warmUp: number; images: number; onProgress: (done: number) => void },
): Promise<WayLatency> {
  const s3 = s3ClientFor(site);
  const stream = await openStream(fleet);
  const mirrored = await watchMirror(fleet, site);
  const totals: number[] = [];
  const parts = new Map<WayPart, number[]>(WAY_PARTS.map((part) => [part, []]));
  for (let index = 0; index < options.warmUp + options.images; index += 1) {
    const { jpeg } = await drawRadiograph({ seed: 40_000 + index, finding: index % 2 === 0 ? 'normal' : 'pneumonia' });
    const next = stream.next();
    const begin = Date.now();
    await s3.send(new PutObjectCommand({ Bucket: site.s3.intakeBucket, Key: `bench/${begin}-${index}`, Body: jpeg }));
    const { row, atMs } = await next;
    const record = await mirrored.recordOf(row.imagePseudonym);
    if (index < options.warmUp) continue;
    totals.push(atMs - begin);
    const publish = row.timingsMs.publish ?? 0;
    const known = {
      queue: row.timingsMs.queue ?? 0,
      fetch: row.timingsMs.fetch ?? 0,
      decode: row.timingsMs.decode ?? 0,
      predict: row.timingsMs.predict ?? 0,
      explain: row.timingsMs.explain ?? 0,
      publish,
      relay: record.stampedMs - Date.parse(row.scoredAt) - publish,
      mirror: record.seenMs - record.stampedMs,
      ledger: Date.parse(row.receivedAt) - record.seenMs,
    };
    const rest = atMs - begin - Object.values(known).reduce((sum, value) => sum + value, 0);
    const all: Record<WayPart, number> = { notify: rest, ...known };
    for (const part of WAY_PARTS) parts.get(part)?.push(Math.max(0, all[part]));
    options.onProgress(index - options.warmUp + 1);
  }
  stream.close();
  await mirrored.close();
  s3.destroy();
  return {
    images: options.images,
    totalMs: distributionOf(totals),
    partsMs: Object.fromEntries(
      WAY_PARTS.map((part) => [part, distributionOf(parts.get(part) ?? [])]),
    ) as WayLatency['partsMs'],
  };
}

/** The hub's own live stream, as the console reads it. */
async function openStream(
  fleet: Fleet,
): Promise<{ next: () => Promise<{ row: Row; atMs: number }>; close: () => void }> {
  const stop = new AbortController();
  const response = await fetch(`${fleet.state.hub.url}/api/v1/stream`, {
    headers: { authorization: `Bearer ${fleet.state.hub.tokens['data-science']}` },
    signal: stop.signal,
  });
  if (!response.ok || response.body === null) throw new Error(`the hub's stream answered ${response.status}`);
  const waiting: ((value: { row: Row; atMs: number }) => void)[] = [];
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    let buffer = '';
    for await (const chunk of body) {
      const atMs = Date.now();
      buffer += Buffer.from(chunk).toString('utf8');
      const events = buffer.split('\n\n');
      buffer = events.pop() ?? '';
      for (const event of events) {
        if (!/^event: ?result$/m.test(event)) continue;
        const data = /^data: ?(.*)$/m.exec(event)?.[1];
        if (data !== undefined) waiting.shift()?.({ row: JSON.parse(data) as Row, atMs });
      }
    }
  };
  read(response.body).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return { next: () => new Promise((resolve) => waiting.push(resolve)), close: () => stop.abort() };
}

interface SeenRecord {
  stampedMs: number;
  seenMs: number;
}

async function watchMirror(
  fleet: Fleet,
  site: SiteState,
): Promise<{ recordOf: (imagePseudonym: string) => Promise<SeenRecord>; close: () => Promise<void> }> {
  const consumer: Consumer = hubKafka(fleet).consumer({ groupId: `bench-${process.pid}`, maxWaitTimeInMs: 50 });
  const seen = new Map<string, SeenRecord>();
  const waiting = new Map<string, (record: SeenRecord) => void>();
  await consumer.connect();
  await consumer.subscribe({ topic: mirroredTopic(site.name, siteTopics.results), fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      const { imagePseudonym } = JSON.parse(String(message.value)) as ResultRecorded;
      const record = { stampedMs: Number(message.timestamp), seenMs: Date.now() };
      seen.set(imagePseudonym, record);
      waiting.get(imagePseudonym)?.(record);
      return Promise.resolve();
    },
  });
  return {
    recordOf: (imagePseudonym) => {
      const record = seen.get(imagePseudonym);
      return record === undefined
        ? new Promise((resolve) => waiting.set(imagePseudonym, resolve))
        : Promise.resolve(record);
    },
    close: () => consumer.disconnect(),
  };
}
