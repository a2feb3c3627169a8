import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { siteTopics } from '@hilum/contracts';
import { drawRadiograph } from '@hilum/local';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet, getAll } from '../support/fleet.js';
import { kafkaClient, withAdmin } from '../support/kafka-access.js';
import { s3ClientFor } from '../support/s3-client.js';
import { until } from '../support/until.js';

// A hub and a hospital are backed up while they work, and lost in every combination.

const SITE = 'st-agnes';
const MULTIPART_KEY = 'in-parts.jpeg';
const TEST_DEADLINE_MS = 240_000;

let fleet: Fleet;
let backups: string;
/** Backups that come after the one that is restored. */
let later: string;
let backup: string;
/** What was there before the backup began. */
let before: { studies: StudyRow[]; tokens: unknown; hubTokens: unknown; multipartETag: string };

interface StudyRow {
  studyId: string;
  decision: string;
  uploadedAt: string;
  scoredAt: string;
}

interface Recorded {
  id: string;
  sequence: number;
}

beforeAll(async () => {
  backups = mkdtempSync(join(tmpdir(), 'hilum-backups-'));
  later = mkdtempSync(join(tmpdir(), 'hilum-later-backups-'));
  fleet = await Fleet.start({ sites: 1, env: { HILUM_EDGE_RECONCILE_INTERVAL_MS: '1000' } });
});
afterAll(async () => {
  await fleet?.stop();
  for (const folder of [backups, later]) rmSync(folder, { recursive: true, force: true });
});

async function image(seed: number): Promise<Buffer> {
  const { jpeg } = await drawRadiograph({ seed, finding: seed % 2 === 0 ? 'normal' : 'pneumonia' });
  return jpeg;
}

async function upload(seed: number): Promise<string> {
  const site = fleet.site(SITE);
  const response = await fetch(`${site.url}/api/v1/studies`, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.tokens.staff}`, 'content-type': 'image/jpeg' },
    body: new Uint8Array(await image(seed)),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { studyId: string }).studyId;
}

async function uploadAll(seeds: readonly number[]): Promise<string[]> {
  const studyIds: string[] = [];
  for (const seed of seeds) studyIds.push(await upload(seed));
  return studyIds;
}

/** Through S3 in parts: its eTag cannot be made again by another upload of the same bytes in one piece. */
async function uploadInParts(): Promise<string> {
  const site = fleet.site(SITE);
  const s3 = s3ClientFor(site);
  const place = { Bucket: site.s3.intakeBucket, Key: MULTIPART_KEY };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(place));
  const { ETag } = await s3.send(new UploadPartCommand({ ...place, UploadId, PartNumber: 1, Body: await image(600) }));
  await s3.send(
    new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }),
  );
  s3.destroy();
  return multipartETag();
}

async function multipartETag(): Promise<string> {
  const site = fleet.site(SITE);
  const s3 = s3ClientFor(site);
  const { ETag = '' } = await s3.send(new HeadObjectCommand({ Bucket: site.s3.intakeBucket, Key: MULTIPART_KEY }));
  s3.destroy();
  return ETag;
}

async function objectCount(): Promise<number> {
  const site = fleet.site(SITE);
  const s3 = s3ClientFor(site);
  const { KeyCount = 0 } = await s3.send(new ListObjectsV2Command({ Bucket: site.s3.intakeBucket }));
  s3.destroy();
  return KeyCount;
}

async function query<Row extends pg.QueryResultRow>(databaseUrl: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

function siteResults(): Promise<Recorded[]> {
  return query(
    fleet.site(SITE).databaseUrl,
    'select event_id as id, sequence::int from results order by sequence, event_id',
  );
}

function hubResults(): Promise<Recorded[]> {
  return query(fleet.state.hub.databaseUrl, 'select id, sequence::int from results order by sequence, id');
}

function siteStudies(): Promise<StudyRow[]> {
  const { url, tokens } = fleet.site(SITE);
  return getAll<StudyRow>(`${url}/api/v1/studies?limit=500`, tokens.staff);
}

/** Resolves with the site's results once there are so many, and the hub has just these. */
function equalOnce(count: number): Promise<Recorded[]> {
  return until(
    `${count} results at the site, and the same at the hub`,
    async () => {
      const [own, atHub] = [await siteResults(), await hubResults()];
      return own.length === count && JSON.stringify(own) === JSON.stringify(atHub) && own;
    },
    90_000,
  );
}

function newestIn(folder: string): string {
  return join(folder, readdirSync(folder).sort().at(-1) ?? '');
}

/**
 * The backup with the store as a later one has it: what a backup is when many images come in between its copy of the
 * database and its copy of the store.
 */
function withStoreOf(other: string): string {
  const mixed = join(later, 'mixed');
  cpSync(backup, mixed, { recursive: true });
  const read = (folder: string): { files: { path: string }[] } =>
    JSON.parse(readFileSync(join(folder, 'sites', SITE, 'manifest.json'), 'utf8')) as { files: { path: string }[] };
  const [manifest, store] = [read(mixed), read(other).files.filter(({ path }) => path === 'store.tar')];
  manifest.files = [...manifest.files.filter(({ path }) => path !== 'store.tar'), ...store];
  writeFileSync(join(mixed, 'sites', SITE, 'manifest.json'), JSON.stringify(manifest));
  cpSync(join(other, 'sites', SITE, 'store.tar'), join(mixed, 'sites', SITE, 'store.tar'));
  return mixed;
}

function idsOf(results: readonly Recorded[]): string[] {
  return results.map(({ id }) => id).sort();
}

function expectNoGaps(results: readonly Recorded[]): void {
  expect(results.map(({ sequence }) => sequence)).toEqual(results.map((_, index) => index + 1));
}

/** No number up to the highest that the hub knows is without its event: what it would tell of after its grace period. */
async function expectNothingMissing(): Promise<void> {
  await until(
    'the hub has every number',
    async () => {
      const sites = await query<{ name: string; missing: string }>(
        fleet.state.hub.databaseUrl,
        'select name, (int8multirange(int8range(1, highest + 1)) - received)::text as missing from sites',
      );
      return JSON.stringify(sites) === JSON.stringify([{ name: SITE, missing: '{}' }]);
    },
    30_000,
  );
}

async function lengthOfResultsLog(): Promise<number> {
  const [partition] = await withAdmin(kafkaClient(fleet.site(SITE).kafka), (admin) =>
    admin.fetchTopicOffsets(siteTopics.results),
  );
  return Number(partition?.high);
}

describe('backup and restore', () => {
  it(
    'brings back a lost hub and a lost hospital as they were when the backup was made under load',
    async () => {
      await uploadAll([500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510]);
      const eTag = await uploadInParts();
      expect(eTag).toMatch(/-1"$/);
      await equalOnce(12);
      before = {
        studies: await siteStudies(),
        tokens: fleet.site(SITE).tokens,
        hubTokens: fleet.state.hub.tokens,
        multipartETag: eTag,
      };

      const meanwhile = uploadAll([520, 521, 522, 523]);
      const said = await fleet.hilum('backup', '--to', backups);
      await meanwhile;
      await uploadAll([530, 531, 532, 533, 534, 535]);
      const whole = await equalOnce(22);
      const studyIds = (await siteStudies()).map(({ studyId }) => studyId);
      backup = newestIn(backups);
      expect(said).toContain(backup);
      await Promise.all([
        fleet.hilum('backup', '--verify', backups),
        expect(fleet.hilum('restore', '--from', backup)).rejects.toThrow(/stop it with: npx hilum down/),
        fleet.hilum('backup', '--to', later, '--site', SITE),
      ]);
      await fleet.hilum('down', '--delete-data');
      await fleet.hilum('restore', '--from', withStoreOf(newestIn(later)));
      await fleet.hilum('up', '--detach', '--no-simulator');

      expect(fleet.site(SITE).tokens).toEqual(before.tokens);
      expect(fleet.state.hub.tokens).toEqual(before.hubTokens);
      expect(await multipartETag()).toBe(before.multipartETag);
      const studies = new Map((await siteStudies()).map((study) => [study.studyId, study]));
      for (const study of before.studies) expect(studies.get(study.studyId)).toEqual(study);
      // What the store had and the database did not yet is found again, under the same ids.
      const found = await equalOnce(22);
      expectNoGaps(found);
      expect(idsOf(found)).toEqual(idsOf(whole));
      expect((await siteStudies()).map(({ studyId }) => studyId).sort()).toEqual(studyIds.sort());

      const added = await upload(540);
      expectNoGaps(await equalOnce(23));
      expect((await siteStudies()).map(({ studyId }) => studyId)).toContain(added);
      await expectNothingMissing();
    },
    TEST_DEADLINE_MS,
  );

  it(
    'fills a hub that was restored from an older backup with what the hospital has',
    async () => {
      const whole = await equalOnce((await siteResults()).length);
      await fleet.hilum('down');
      // With nothing running a backup is made as well; this one without images.
      await fleet.hilum('backup', '--to', later, '--no-images');
      expect(await fleet.hilum('backup', '--verify', later)).toMatch(
        /the hub: .*with the anchors of its audit[^]*: .*without images/,
      );
      rmSync(join(fleet.dataFolder, 'hub'), { recursive: true });
      rmSync(join(fleet.dataFolder, 'secrets/hub'), { recursive: true });
      await fleet.hilum('restore', '--from', backup, '--hub');
      await fleet.hilum('up', '--detach', '--no-simulator');
      expect(fleet.state.hub.tokens).toEqual(before.hubTokens);
      expect(await equalOnce(whole.length)).toEqual(whole);
      await expectNothingMissing();
    },
    TEST_DEADLINE_MS,
  );

  it(
    'goes on without doubles and without skipping anything when only the hospital is restored from an older backup',
    async () => {
      const atHub = await hubResults();
      const highest = Math.max(...atHub.map(({ sequence }) => sequence));
      const oldLength = await lengthOfResultsLog();
      await fleet.hilum('down');
      await expect(fleet.hilum('restore', '--from', backup, '--site', SITE)).rejects.toThrow(/--replace/);
      await fleet.hilum('restore', '--from', backup, '--site', SITE, '--replace');
      expect(readdirSync(join(fleet.dataFolder, 'sites')).some((entry) => entry.startsWith(`${SITE}.replaced-`))).toBe(
        true,
      );

      // The mirror is held until the new log is longer than the old one was: its kept position is then one in the new.
      const up = fleet.hilum('up', '--detach', '--no-simulator');
      // It is awaited below; when a wait before that fails, it is that which must be told.
      up.catch(() => undefined);
      const mirror = await until(
        'the mirror’s process',
        () => fleet.state.processes.find(({ name, pid }) => name === `${SITE}-mirror` && pid !== null)?.pid,
        90_000,
      );
      process.kill(mirror, 'SIGSTOP');
      const added: string[] = [];
      try {
        await until(
          'the hospital takes images',
          async () => (await fetch(`${fleet.site(SITE).url}/readyz`)).ok,
          90_000,
        );
        for (let seed = 550; (await lengthOfResultsLog()) <= oldLength + 1; seed += 1) {
          added.push(await upload(seed));
          await until(
            'every image so far is scored and published',
            async () => (await siteResults()).length === (await objectCount()) && (await outboxPending()) === 0,
            60_000,
          );
        }
      } finally {
        process.kill(mirror, 'SIGCONT');
      }
      await up;

      const own = await siteResults();
      const union = await until(
        'the hub has every result of the hospital',
        async () => {
          const rows = await hubResults();
          const ids = new Set(rows.map(({ id }) => id));
          return own.every(({ id }) => ids.has(id)) && rows;
        },
        90_000,
      );
      expect(new Set(union.map(({ id }) => id)).size).toBe(union.length);
      expect(union.map(({ id }) => id)).toEqual(expect.arrayContaining(atHub.map(({ id }) => id)));
      // No number is given twice, and the new ones follow those that the hub knew.
      const fresh = union.filter(({ id }) => !atHub.some((row) => row.id === id));
      expect(fresh).toHaveLength(added.length);
      expect(Math.min(...fresh.map(({ sequence }) => sequence))).toBeGreaterThan(highest);
      expect(new Set(union.map(({ sequence }) => sequence)).size).toBe(union.length);
      await expectNothingMissing();
    },
    TEST_DEADLINE_MS,
  );
});

async function outboxPending(): Promise<number> {
  const [row] = await query<{ pending: number }>(
    fleet.site(SITE).databaseUrl,
    'select count(*)::int as pending from outbox where published_at is null',
  );
  return row?.pending ?? 0;
}
