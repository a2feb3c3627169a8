import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { resultObject, resultRecorded } from '@hilum/contracts';
import { drawRadiograph } from '@hilum/local';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Fleet, getAll, getJson, type Page, type SiteState } from '../support/fleet.js';
import { dumpHub } from '../support/hub-dump.js';
import { s3ClientFor } from '../support/s3-client.js';
import { until } from '../support/until.js';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

// The whole way, from a PUT at the hospital to the hub's row, on the servers that `npm start` starts.

const IMAGES_PER_SITE = 10;
/** Drawings of odd numbers are ill, and the shipped model suspects nearly all of them. */
const FIRST_SEEDS = [40, 1000];

/** What the hub must never see: in names, metadata, EXIF, headers; 16 characters each, so that none is there by chance. */
const PLANTED = {
  fileName: 'Xq7PlantedName01',
  metadata: 'Xq7PlantedMeta02',
  exif: 'Xq7PlantedExif03',
  idempotencyKey: 'Xq7PlantedIdem04',
  uploadName: 'Xq7PlantedPart05',
  tracestate: 'Xq7PlantedState6',
  folder: 'Xq7PlantedFolder',
};
const PATIENT = { name: 'Jane Doe', id: '48-2207', born: '1964-07-06', study: '2015-12-05' };

/** A row of /api/v1/results: the recorded event and what the hub adds; strict, so that nothing else is in it. */
const resultRow = z.strictObject({
  ...resultRecorded.shape,
  id: z.string().regex(/^[0-9a-f]{64}$/),
  receivedAt: z.iso.datetime(),
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
});
type ResultRow = z.infer<typeof resultRow>;

let fleet: Fleet;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  fleet = await Fleet.start({
    env: {
      HILUM_EDGE_WEBHOOK_URL: receiver.url,
      HILUM_EDGE_WEBHOOK_SECRET: receiver.secret,
      HILUM_EDGE_HEARTBEAT_INTERVAL_MS: '2000',
      HILUM_EDGE_RECONCILE_INTERVAL_MS: '2000',
    },
  });
});
afterAll(async () => {
  await fleet?.stop();
  await receiver?.close();
});

async function image(seed: number): Promise<Buffer> {
  const { jpeg } = await drawRadiograph({ seed, finding: seed % 2 === 0 ? 'normal' : 'pneumonia' });
  return sharp(jpeg)
    .withExif({ IFD0: { ImageDescription: PLANTED.exif, Artist: PATIENT.name } })
    .jpeg()
    .toBuffer();
}

async function putImages(site: SiteState, firstSeed: number): Promise<void> {
  const s3 = s3ClientFor(site);
  for (let index = 0; index < IMAGES_PER_SITE; index += 1) {
    const { name, id, born, study } = PATIENT;
    await s3.send(
      new PutObjectCommand({
        Bucket: site.s3.intakeBucket,
        Key: `${PLANTED.folder}/demo_${name} ${PLANTED.fileName}_${id}_${born}_${study}_${index}.jpeg`,
        Body: await image(firstSeed + index),
        ContentType: 'image/jpeg',
        Metadata: { 'patient-name': PLANTED.metadata },
      }),
    );
  }
  s3.destroy();
}

const hubResults = (): Promise<ResultRow[]> =>
  getAll(`${fleet.state.hub.url}/api/v1/results?limit=7`, fleet.state.hub.tokens['data-science']);

/** The hub's results as soon as they satisfy the condition. */
async function resultsOnce(what: string, condition: (found: ResultRow[]) => boolean): Promise<ResultRow[]> {
  return until(
    what,
    async () => {
      const found = await hubResults();
      return condition(found) && found;
    },
    90_000,
  );
}

describe('the way of an X-ray', () => {
  let rows: ResultRow[] = [];

  it('brings every image put at two hospitals to the hub once, every field filled', async () => {
    await Promise.all(fleet.state.sites.map((site, index) => putImages(site, FIRST_SEEDS[index] ?? 0)));
    rows = await resultsOnce('all results at the hub', (found) => found.length >= 2 * IMAGES_PER_SITE);
    expect(rows).toHaveLength(2 * IMAGES_PER_SITE);
    for (const row of rows) {
      resultRow.parse(row);
      expect(row.probability).not.toBeNull();
      expect(row.input).toMatchObject({ kind: 'jpeg', bits: 8 });
      expect(Object.values(row.timingsMs).filter((value) => value === null)).toEqual([]);
    }
    for (const { name } of fleet.state.sites) {
      const ofSite = rows.filter((row) => row.site === name);
      expect(ofSite).toHaveLength(IMAGES_PER_SITE);
      const sequences = ofSite.map(({ sequence }) => sequence).sort((a, b) => a - b);
      expect(sequences).toEqual(Array.from({ length: IMAGES_PER_SITE }, (_, index) => index + 1));
    }
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(new Set(rows.map(({ imagePseudonym }) => imagePseudonym)).size).toBe(rows.length);
    expect(new Set(rows.map(({ traceId }) => traceId)).size).toBe(rows.length);
  });

  it('leaves each result object and heat map in the hospital’s own results bucket', async () => {
    for (const site of fleet.state.sites) {
      const s3 = s3ClientFor(site);
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: site.s3.resultsBucket }));
      const keys = Contents.flatMap(({ Key }) => Key ?? []);
      const objects = await Promise.all(
        keys
          .filter((key) => key.endsWith('.json'))
          .map(async (Key) => {
            const { Body } = await s3.send(new GetObjectCommand({ Bucket: site.s3.resultsBucket, Key }));
            const result = resultObject.parse(JSON.parse((await Body?.transformToString()) ?? ''));
            expect(Key).toBe(`${result.imageId}/${result.model.digest}.json`);
            return result;
          }),
      );
      s3.destroy();
      expect(objects).toHaveLength(IMAGES_PER_SITE);
      for (const { heatMapKey } of objects) expect(keys).toContain(heatMapKey);
      const traces = new Set(rows.filter((row) => row.site === site.name).map(({ traceId }) => traceId));
      expect(new Set(objects.map(({ traceId }) => traceId))).toEqual(traces);
      const listed = await getAll<{ studyId: string }>(`${site.url}/api/v1/studies`, site.tokens.staff);
      expect(listed).toHaveLength(IMAGES_PER_SITE);
    }
  });

  it('tells the hospital’s own system of every urgent finding, once and signed', async () => {
    const urgent = rows.filter(({ decision }) => decision === 'pneumonia-suspected').length;
    expect(urgent).toBeGreaterThan(0);
    await until('all urgent findings at the receiver', () => receiver.received.size >= urgent);
    expect(receiver.received.size).toBe(urgent);
    expect(receiver.deliveries).toBe(urgent);
    expect(receiver.refused).toBe(0);
    for (const { data } of receiver.received.values()) expect(data['decision']).toBe('pneumonia-suspected');
  });

  it('takes an upload over HTTP into the same way, one trace from the uploader to the hub', async () => {
    const [site] = fleet.state.sites;
    if (site === undefined) throw new Error('no site');
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const body = new FormData();
    body.append('file', new Blob([new Uint8Array(await image(5001))]), `${PLANTED.uploadName}.jpeg`);
    const send = (): Promise<Response> =>
      fetch(`${site.url}/api/v1/studies?priority=stat`, {
        method: 'POST',
        body,
        headers: {
          authorization: `Bearer ${site.tokens.staff}`,
          traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
          tracestate: `vendor=${PLANTED.tracestate}`,
          'idempotency-key': PLANTED.idempotencyKey,
        },
      });
    const first = await send();
    expect(first.status).toBe(201);
    const created = (await first.json()) as { studyId: string; imageIds: string[] };
    const again = await send();
    expect(again.status).toBe(201);
    expect(await again.json()).toEqual(created);
    expect(created.imageIds).toHaveLength(1);

    const found = await resultsOnce('the uploaded image at the hub', (all) =>
      all.some((row) => row.traceId === traceId),
    );
    expect(found).toHaveLength(2 * IMAGES_PER_SITE + 1);
    expect(found.find((row) => row.traceId === traceId)).toMatchObject({ site: site.name, priority: 'stat' });
    const study = await getJson<Record<string, unknown>>(
      `${site.url}/api/v1/studies/${created.studyId}`,
      site.tokens.staff,
    );
    expect(JSON.stringify(study)).toContain(created.imageIds[0]);
  });

  it('makes an image that cannot be read an outcome with a reason, at the site and at the hub', async () => {
    const site = fleet.state.sites[1];
    if (site === undefined) throw new Error('no site');
    const s3 = s3ClientFor(site);
    const put = (Key: string, Body: Buffer): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket: site.s3.intakeBucket, Key, Body, ContentType: 'image/jpeg' }));
    await put('empty.jpeg', Buffer.alloc(0));
    await put('text.jpeg', Buffer.from('this is no image'));
    await put('truncated.jpeg', (await image(7001)).subarray(0, 20_000));
    s3.destroy();
    const isUnreadable = ({ decision }: ResultRow): boolean => decision === 'unreadable';
    const all = await resultsOnce('three unreadable outcomes', (found) => found.filter(isUnreadable).length >= 3);
    const unreadable = all.filter(isUnreadable);
    expect(unreadable.map(({ reason }) => reason).sort()).toEqual(['corrupt', 'empty', 'unsupported-format']);
    for (const row of unreadable) expect(row.probability).toBeNull();
  });

  it('shows both sites live with their counts and nothing missing', async () => {
    const { url, tokens } = fleet.state.hub;
    // the site's numbers are those of its last heartbeat, which may be from before the images
    const askedAt = new Date().toISOString();
    const items = await until(
      'both sites live without backlog, by a heartbeat from after the images',
      async () => {
        const page = await getJson<Page<Record<string, unknown>>>(`${url}/api/v1/sites`, tokens['hospital-it']);
        const isCalm = page.items.every(
          ({ state, backlog, lastHeartbeatAt }) =>
            state === 'live' && backlog === 0 && typeof lastHeartbeatAt === 'string' && lastHeartbeatAt > askedAt,
        );
        return page.items.length === 2 && isCalm && page.items;
      },
      60_000,
    );
    for (const site of items) {
      expect(site).toMatchObject({ missing: 0, deadLetters: 0, oldestUnscoredAgeSeconds: 0 });
      expect(site['model']).toMatchObject({ name: 'hilum-pneumonia' });
    }
    const total = items.reduce((sum, { counts }) => sum + (counts as { total: number }).total, 0);
    expect(total).toBe(2 * IMAGES_PER_SITE + 4);
  });

  it('lets no patient’s name, number or date reach the hub, in topics, database, logs or metrics', async () => {
    const dump = await dumpHub(fleet);
    expect(dump.topics).toContain(rows[0]?.imagePseudonym);
    expect(dump.database).toContain(rows[0]?.imagePseudonym);
    const identities = [
      ...Object.values(PLANTED),
      ...Object.values(PATIENT),
      PATIENT.name.replace(' ', '+'),
      'empty.jpeg',
    ];
    for (const [place, text] of Object.entries(dump))
      for (const identity of identities) expect(text.includes(identity), `${identity} in ${place}`).toBe(false);
  });

  it('lets a third hospital join without a restart of anything', async () => {
    const before = new Map(fleet.state.processes.map(({ name, pid }) => [name, pid]));
    await fleet.hilum('site', 'add', 'north-clinic');
    for (const [name, pid] of before) expect(fleet.state.processes.find((p) => p.name === name)?.pid, name).toBe(pid);
    const site = fleet.site('north-clinic');
    const s3 = s3ClientFor(site);
    await s3.send(new PutObjectCommand({ Bucket: site.s3.intakeBucket, Key: 'first.jpeg', Body: await image(9001) }));
    s3.destroy();
    const found = await resultsOnce('the new site’s image at the hub', (all) =>
      all.some((row) => row.site === 'north-clinic'),
    );
    expect(found.filter((row) => row.site === 'north-clinic')).toHaveLength(1);
  });

  it('scores an image whose notification was lost while the hospital’s broker was away', async () => {
    const site = fleet.site('st-agnes');
    const before = (await hubResults()).length;
    const s3 = s3ClientFor(site);
    // the store notifies in the background and does not try again, so with the broker dead the notification is lost
    await killProcess('st-agnes-kafka', async () => {
      await s3.send(new PutObjectCommand({ Bucket: site.s3.intakeBucket, Key: 'unnoticed', Body: await image(9101) }));
    });
    s3.destroy();
    await resultsOnce('the image that nobody told of', (found) => found.length === before + 1);
  });

  it('goes on by itself after the hub’s broker, its service and a scoring service were killed', async () => {
    const site = fleet.site('riverside');
    const before = (await hubResults()).length;
    await Promise.all(['hub-kafka', 'hub', 'riverside-inference'].map((name) => killProcess(name)));
    const s3 = s3ClientFor(site);
    for (let index = 0; index < 5; index += 1)
      await s3.send(
        new PutObjectCommand({
          Bucket: site.s3.intakeBucket,
          Key: `meanwhile-${index}`,
          Body: await image(9200 + index),
        }),
      );
    s3.destroy();
    const found = await resultsOnce('all five images', (rowsNow) => rowsNow.length >= before + 5);
    expect(found).toHaveLength(before + 5);
    const sequences = found.filter((row) => row.site === 'riverside').map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(sequences.length);
    expect(Math.max(...sequences)).toBe(sequences.length);
  });
});

/** kill -9, then does something while the process is surely dead. The supervisor starts it again. */
async function killProcess(name: string, meanwhile?: () => Promise<void>): Promise<void> {
  const pid = fleet.state.processes.find((candidate) => candidate.name === name)?.pid;
  if (pid === undefined || pid === null) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGKILL');
  await meanwhile?.();
}
