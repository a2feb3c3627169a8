import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { mirroredTopic, siteTopics } from '@hilum/contracts';
import { Pki, drawRadiograph } from '@hilum/local';
import kafkajs from 'kafkajs';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Fleet, getAll } from '../support/fleet.js';
import { hilum, type CommandResult } from '../support/hilum-command.js';
import { hubKafka } from '../support/hub-dump.js';
import { kafkaClient, produce, withAdmin } from '../support/kafka-access.js';
import { repositoryRoot } from '../support/repository.js';
import { s3ClientFor } from '../support/s3-client.js';
import { until } from '../support/until.js';

// Real servers, broken one at a time: the check that is about what was broken must say so, since when and what to do.

const SITE = 'st-agnes';
const MINUTE_MS = 60_000;

const report = z.strictObject({
  version: z.literal(1),
  at: z.iso.datetime(),
  dataDir: z.string(),
  ok: z.boolean(),
  checks: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
      subject: z.enum(['machine', 'hub', SITE]),
      state: z.enum(['ok', 'warning', 'failed', 'skipped']),
      detail: z.string().min(1),
      since: z.iso.datetime().nullable(),
      fix: z.string().min(1).nullable(),
    }),
  ),
});
type Report = z.infer<typeof report>;
type CheckResult = Report['checks'][number];

interface Examined {
  code: number | null;
  report: Report;
  check: (subject: string, name: string) => CheckResult;
  /** "subject name" of all in a state */
  named: (state: CheckResult['state']) => string[];
}

async function doctor(dataFolder: string, env: Record<string, string> = {}): Promise<Examined> {
  return examined(await hilum(['doctor', '--json', '--data', dataFolder], env));
}

function examined({ code, out, err }: CommandResult): Examined {
  if (out === '') throw new Error(`hilum doctor said nothing, but: ${err}`);
  const parsed = report.parse(JSON.parse(out));
  return {
    code,
    report: parsed,
    check: (subject, name) =>
      parsed.checks.find((one) => one.subject === subject && one.name === name) ??
      expect.fail(`no check ${name} of ${subject}`),
    named: (state) => parsed.checks.filter((one) => one.state === state).map((one) => `${one.subject} ${one.name}`),
  };
}

let fleet: Fleet;
let scratch: string;
const dataDir = (): string => fleet.dataFolder;
const site = () => fleet.site(SITE);
const pidOf = (name: string): number =>
  fleet.state.processes.find((one) => one.name === name)?.pid ?? expect.fail(`${name} does not run`);

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
const atHub = <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> =>
  query<Row>(fleet.state.hub.databaseUrl, text);
const atSite = <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => query<Row>(site().databaseUrl, text);

const alarm = (kind: string): Promise<boolean> =>
  until(
    `an alarm ${kind} at the hub`,
    async () => (await atHub(`select 1 from alarms where kind = '${kind}' and closed_at is null`)).length > 0,
    60_000,
  );

/** The fleet as it must be again before the next thing is broken. Asks the edge and the hub first: that takes no start. */
async function untilWell(): Promise<void> {
  await until(
    'the edge is ready and the hub has no alarm',
    async () =>
      (await fetch(`${site().url}/readyz`)).ok &&
      (await atHub('select 1 from alarms where closed_at is null')).length === 0,
    90_000,
  );
  let last: string[] = [];
  await until(
    'nothing failed',
    async () => (last = (await doctor(dataDir())).named('failed')).length === 0,
    90_000,
  ).catch((error: unknown) => {
    throw new Error(`still failed: ${last.join(', ')}`, { cause: error });
  });
}

/** What exists of images, everywhere. */
async function traces(): Promise<unknown> {
  const s3 = s3ClientFor(site());
  try {
    const [intake, results] = await Promise.all(
      [site().s3.intakeBucket, site().s3.resultsBucket].map((Bucket) => s3.send(new ListObjectsV2Command({ Bucket }))),
    );
    const broker = kafkaClient(site().kafka);
    return {
      intake: intake?.Contents?.map(({ Key }) => Key),
      results: results?.Contents?.length,
      site: await atSite(
        `select (select sequence from site_state)::int, (select count(*) from images)::int as images,
                (select count(*) from studies)::int as studies, (select count(*) from outbox)::int as outbox`,
      ),
      hub: await atHub(
        `select (select count(*) from results)::int as results, (select count(*) from quarantine)::int as quarantine,
                (select highest from sites)::int as highest`,
      ),
      scored: await withAdmin(broker, (admin) => admin.fetchTopicOffsets(siteTopics.studyScored)),
      deadLetters: await withAdmin(broker, (admin) => admin.fetchTopicOffsets(siteTopics.uploadsDeadLetter)),
      groups: (await withAdmin(broker, (admin) => admin.listGroups())).groups.map(({ groupId }) => groupId).sort(),
    };
  } finally {
    s3.destroy();
  }
}

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'hilum-doctor-'));
  fleet = await Fleet.start({
    sites: 1,
    env: { HILUM_EDGE_HEARTBEAT_INTERVAL_MS: '1000', HILUM_EDGE_RECONCILE_INTERVAL_MS: '1000' },
  });
  const s3 = s3ClientFor(site());
  for (const seed of [1, 2, 3]) {
    const { jpeg } = await drawRadiograph({ seed, finding: 'normal' });
    await s3.send(new PutObjectCommand({ Bucket: site().s3.intakeBucket, Key: `chest-${seed}.jpeg`, Body: jpeg }));
  }
  s3.destroy();
  await until(
    'three results at the hub',
    async () =>
      (await getAll(`${fleet.state.hub.url}/api/v1/results`, fleet.state.hub.tokens['data-science'])).length === 3,
    90_000,
  );
});
afterAll(async () => {
  await fleet?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('hilum doctor on a fleet that is well', () => {
  let asJson: CommandResult;
  let asText: CommandResult;
  beforeAll(async () => {
    asJson = await hilum(['doctor', '--json', '--data', dataDir()]);
    asText = await hilum(['doctor', '--data', dataDir()]);
  });

  it('finds everything in order, and skips only what does not apply', () => {
    const { code, report: told, named } = examined(asJson);
    expect(named('failed')).toEqual([]);
    expect(named('warning')).toEqual([]);
    expect(named('skipped')).toEqual(['machine processes', 'machine fixed-ports']);
    expect(told.checks.filter(({ subject }) => subject === SITE)).toHaveLength(14);
    expect({ code, ok: told.ok, dataDir: told.dataDir }).toEqual({ code: 0, ok: true, dataDir: dataDir() });
    expect(told.checks.every(({ since, fix }) => since === null && fix === null)).toBe(true);
  });

  it('leaves no trace of its probe: no object, study, result, outcome, dead letter or consumer group', async () => {
    const before = await traces();
    const { check } = await doctor(dataDir());
    expect(check(SITE, 'notification-flow').state).toBe('ok');
    // Once all is delivered and a reconciler's round has passed, whatever was to come of the probe would have come.
    await until('an empty queue', async () => (await doctor(dataDir())).check(SITE, 'backlog').detail.startsWith('0 '));
    const [beat] = await atHub<{ at: Date }>('select heartbeat_at as at from sites');
    await until('two more heartbeats', async () => {
      const [later] = await atHub<{ at: Date }>('select heartbeat_at as at from sites');
      return Number(later?.at) - Number(beat?.at) >= 2_000;
    });
    expect(await traces()).toEqual(before);
  });

  it('tells people the same in lines of at most 80 characters, without colours when it is no terminal', () => {
    const { code, out } = asText;
    expect(code).toBe(0);
    expect(out).toContain(`\n${SITE}\n  ✓ processes`);
    // a path is not broken, so that it can be copied
    const long = out.split('\n').filter((line) => line.length > 80 && !line.includes(dataDir()));
    expect(long).toEqual([]);
    expect(out).not.toContain('\x1b');
  });

  it('shows no secret', () => {
    const { hub, sites } = fleet.state;
    const secrets = [hub, ...sites].flatMap(({ tokens, databaseUrl, s3 }) => [
      ...Object.values(tokens),
      new URL(databaseUrl).password,
      s3.secretAccessKey,
    ]);
    for (const { out, err } of [asJson, asText]) for (const secret of secrets) expect(out + err).not.toContain(secret);
  });

  it('refuses a site that is not there, naming those that are', async () => {
    const { code, err } = await hilum(['doctor', '--site', 'nowhere', '--data', dataDir()]);
    expect({ code, err }).toEqual({ code: 1, err: `there is no site nowhere; there are: ${SITE}\n` });
  });
});

describe('hilum doctor on a fleet of which a part is broken', () => {
  it('names an edge that hangs, since the hub last heard of it, and how to let it go on', async () => {
    const pid = pidOf(`${SITE}-edge`);
    process.kill(pid, 'SIGSTOP');
    try {
      const { code, check } = await doctor(dataDir());
      expect(code).toBe(1);
      expect(check(SITE, 'processes')).toMatchObject({ state: 'failed', fix: `kill -CONT ${pid}` });
      const services = check(SITE, 'services');
      expect(services).toMatchObject({ state: 'failed', fix: `kill -CONT ${pid}` });
      expect(services.detail).toContain(`${SITE}-edge does not answer`);
      expect(Date.now() - Date.parse(services.since ?? '')).toBeLessThan(MINUTE_MS);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await untilWell();
  });

  it('names a store that hangs, since its hospital noticed, and skips what needs it', async () => {
    const pid = pidOf(`${SITE}-store`);
    process.kill(pid, 'SIGSTOP');
    try {
      await alarm('component-down');
      const { check } = await doctor(dataDir());
      const store = check(SITE, 'store');
      expect(store).toMatchObject({ state: 'failed', fix: `kill -CONT ${pid}` });
      expect(Date.now() - Date.parse(store.since ?? '')).toBeLessThan(2 * MINUTE_MS);
      expect(check(SITE, 'notification-flow')).toMatchObject({ state: 'skipped' });
      expect(check(SITE, 'broker')).toMatchObject({ state: 'ok' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await untilWell();
  });

  it('names the first event that the hub misses, and how to have it sent again', async () => {
    const [before] = await atHub<{ received: string; settled: string }>('select received::text, settled from sites');
    await atHub(`update sites set received = received - '{[2,3)}'::int8multirange, settled = highest`);
    try {
      await alarm('sequences-missing');
      const { code, check } = await doctor(dataDir());
      const lag = check(SITE, 'mirror-lag');
      expect(code).toBe(1);
      expect(lag.state).toBe('failed');
      expect(lag.detail).toContain('the first is number 2');
      expect(lag.fix).toBe(`npx hilum relay replay --site ${SITE} --from 2 --data ${dataDir()}`);
      expect(Date.now() - Date.parse(lag.since ?? '')).toBeLessThan(MINUTE_MS);
    } finally {
      await atHub(`update sites set received = '${before?.received}'::int8multirange, settled = ${before?.settled}`);
    }
    await untilWell();
  });

  it('names a topic at the hub that is not on the allow-list, and a right that a hospital has too many', async () => {
    const stray = `${SITE}.${siteTopics.uploads}`;
    const rule = {
      principal: `User:${SITE}`,
      host: '*',
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
      operation: kafkajs.AclOperationTypes.READ,
      resourceType: kafkajs.AclResourceTypes.TOPIC,
      resourceName: 'riverside.',
      resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
    };
    await withAdmin(hubKafka(fleet), async (admin) => {
      await admin.createTopics({ topics: [{ topic: stray, numPartitions: 1 }] });
      await admin.createAcls({ acl: [rule] });
    });
    try {
      const allowList = (await doctor(dataDir())).check(SITE, 'allow-list');
      expect(allowList.state).toBe('failed');
      expect(allowList.detail).toContain(stray);
      expect(allowList.detail).toContain('READ on TOPIC riverside.*');
      expect(allowList.fix).toContain(`--delete --topic ${stray}`);
      expect(allowList.fix).toContain(`kafka-acls --remove --allow-principal User:${SITE} --operation READ`);
    } finally {
      await withAdmin(hubKafka(fleet), async (admin) => {
        await admin.deleteTopics({ topics: [stray] });
        await admin.deleteAcls({ filters: [rule] });
      });
    }
    await untilWell();
  });

  it('names a topic whose records are kept for another time than planned', async () => {
    const topic = mirroredTopic(SITE, siteTopics.results);
    const setRetention = (value: string) =>
      withAdmin(hubKafka(fleet), (admin) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [
            {
              type: kafkajs.ConfigResourceTypes.TOPIC,
              name: topic,
              configEntries: [{ name: 'retention.ms', value }],
            },
          ],
        }),
      );
    await setRetention('60000');
    try {
      const { code, check } = await doctor(dataDir());
      expect(code).toBe(0);
      expect(check('hub', 'broker')).toMatchObject({ state: 'warning' });
      expect(check('hub', 'broker').detail).toBe(`retention.ms of topic ${topic} is 60000, planned is 604800000`);
      expect(check('hub', 'broker').fix).toContain('--add-config retention.ms=604800000');
    } finally {
      await setRetention('604800000');
    }
    expect((await doctor(dataDir())).check('hub', 'broker').state).toBe('ok');
  });

  it('warns of dead letters, and how to look at them', async () => {
    await produce(kafkaClient(site().kafka), siteTopics.uploads, { key: 'k', value: 'no JSON' });
    // the edge counts them for its heartbeats, and doctor asks the edge
    await until('the hub was told of a dead letter', async () => {
      const [beat] = await atHub<{ count: number }>(`select (heartbeat->>'deadLetters')::int as count from sites`);
      return beat?.count === 1;
    });
    expect((await doctor(dataDir())).check(SITE, 'backlog')).toMatchObject({
      state: 'warning',
      detail: '1 notification lies in the dead letters',
      fix: `npx hilum dlq list --site ${SITE} --data ${dataDir()}`,
    });
  });

  it('names a file of secrets that others may read, since it was opened, and how to close it', async () => {
    const file = join(dataDir(), 'state.json');
    chmodSync(file, 0o644);
    try {
      const changedAt = statSync(file).ctime.toISOString();
      const { code, check } = await doctor(dataDir());
      expect(code).toBe(1);
      expect(check('machine', 'data-folder')).toMatchObject({
        state: 'failed',
        since: changedAt,
        fix: `chmod 600 ${file}`,
      });
    } finally {
      chmodSync(file, 0o600);
    }
    expect((await doctor(dataDir())).check('machine', 'data-folder').state).toBe('ok');
  });
});

describe('hilum doctor where nothing runs', () => {
  it('says since when, and skips what cannot be looked at', async () => {
    await fleet.hilum('down');
    const { code, check, named } = await doctor(dataDir());
    expect(code).toBe(3);
    expect(named('failed')).toEqual([]);
    const supervisor = check('machine', 'supervisor');
    expect(supervisor).toMatchObject({ state: 'warning', fix: `npx hilum up --data ${dataDir()}` });
    expect(Date.now() - Date.parse(supervisor.since ?? '')).toBeLessThan(MINUTE_MS);
    for (const subject of ['hub', SITE]) {
      expect(check(subject, 'certificates').state).toBe('ok');
      expect(check(subject, 'broker')).toMatchObject({ state: 'skipped', detail: 'nothing runs here' });
    }
  });

  it('names a port that the environment fixes and somebody else has', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { check } = await doctor(dataDir(), { HILUM_HUB_PORT: String(port) });
      expect(check('machine', 'fixed-ports').state).toBe('failed');
      expect(check('machine', 'fixed-ports').detail).toContain(`HILUM_HUB_PORT=${port}: this port is taken`);
    } finally {
      server.close();
    }
  });

  it('names a certificate that has expired, since it did', async () => {
    const folder = join(scratch, 'expired');
    mkdirSync(folder, { mode: 0o700 });
    for (const file of ['config.json', 'state.json']) cpSync(join(dataDir(), file), join(folder, file));
    const twoYearsAgo = new Date(Date.now() - 2 * 365 * 24 * 60 * MINUTE_MS);
    await new Pki(join(folder, 'pki'), { now: () => twoYearsAgo }).client(SITE);
    const { check } = await doctor(folder);
    const certificates = check(SITE, 'certificates');
    expect(certificates.state).toBe('failed');
    expect(certificates.detail).toContain(`${SITE}.crt expired on`);
    expect(certificates.fix).toContain('hilum up');
    const expectedEnd = twoYearsAgo.getTime() + 365 * 24 * 60 * MINUTE_MS;
    expect(Math.abs(Date.parse(certificates.since ?? '') - expectedEnd)).toBeLessThan(MINUTE_MS);
    expect(check('hub', 'certificates').state).toBe('ok');
  });

  it('names a model whose weights are not those that were released', async () => {
    const folder = join(scratch, 'release');
    cpSync(join(repositoryRoot, 'inference/release'), folder, { recursive: true });
    const weights = readFileSync(join(folder, 'model.onnx'));
    weights[1_000_000] = (weights[1_000_000] ?? 0) ^ 1;
    writeFileSync(join(folder, 'model.onnx'), weights);
    const [changed, asReleased] = await Promise.all([
      doctor(dataDir(), { HILUM_INFERENCE_RELEASE_DIR: folder }),
      doctor(dataDir()),
    ]);
    expect(changed.check('machine', 'model').state).toBe('failed');
    expect(changed.check('machine', 'model').detail).toContain('model.onnx has');
    expect(asReleased.check('machine', 'model').state).toBe('ok');
  });

  it('says that there is no data folder, and makes none', async () => {
    const folder = join(scratch, 'absent');
    const { code, check, report: told } = await doctor(folder);
    expect(code).toBe(3);
    expect(check('machine', 'data-folder')).toMatchObject({ state: 'failed' });
    expect(check('machine', 'data-folder').fix).toContain(`npx hilum up --data ${folder}`);
    expect(told.checks.filter(({ state }) => state === 'skipped').every(({ detail }) => detail !== '')).toBe(true);
    expect(statSync(folder, { throwIfNoEntry: false })).toBeUndefined();
  });
});
