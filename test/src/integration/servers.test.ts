import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { mirroredTopic, mirroredTopics, siteTopics } from '@hilum/contracts';
import { Pki, readFleetState, type FleetState, type ProcessRecord, type SiteState } from '@hilum/local';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hilum } from '../support/hilum-command.js';
import { kafkaClient, produce, readUntil, withAdmin, type TlsFiles } from '../support/kafka-access.js';
import { s3ClientFor } from '../support/s3-client.js';
import { until } from '../support/until.js';

/** The servers below Hilum's own services, as `hilum up` starts them: two hospitals and a hub. */
const dataDir = mkdtempSync(join(tmpdir(), 'hilum-servers-'));
const state = (): FleetState => readFleetState(dataDir) ?? expect.fail('there is no state.json');
const site = (name: string): SiteState =>
  state().sites.find((one) => one.name === name) ?? expect.fail(`no site ${name}`);
const processOf = (name: string): ProcessRecord =>
  state().processes.find((one) => one.name === name) ?? expect.fail(`no process ${name}`);
const identity = (name: string): TlsFiles => new Pki(join(dataDir, 'pki')).files(name);
const hubAs = (name: string): ReturnType<typeof kafkaClient> => kafkaClient(state().hub.kafka, identity(name));
const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

beforeAll(async () => {
  const { code, err } = await hilum(['up', '--detach', '--no-services', '--data', dataDir]);
  expect(code, err).toBe(0);
});
afterAll(async () => {
  await hilum(['down', '--data', dataDir, '--delete-data']);
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the fleet', () => {
  it('is described by state.json, which its owner alone may read', () => {
    expect(statSync(join(dataDir, 'state.json')).mode & 0o777).toBe(0o600);
    expect(state().sites.map(({ name }) => name)).toEqual(['st-agnes', 'riverside']);
    const names = state().processes.map(({ name }) => name);
    for (const owner of ['st-agnes', 'riverside']) {
      for (const kind of ['kafka', 'store', 'postgres', 'mirror']) expect(names).toContain(`${owner}-${kind}`);
    }
    for (const kind of ['kafka', 'store', 'postgres']) expect(names).toContain(`hub-${kind}`);
    expect(state().processes.every(({ pid }) => pid !== null && isAlive(pid))).toBe(true);
  });

  it('runs once per data folder', async () => {
    const { code, err } = await hilum(['up', '--no-services', '--data', dataDir]);
    expect(code).toBe(1);
    expect(err).toContain('is already running under supervisor');
  });

  it('shows its state without any secret', async () => {
    const { code, out } = await hilum(['status', '--json', '--data', dataDir]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ running: true, ready: true });
    for (const secret of [site('riverside').tokens.staff, state().hub.s3.secretAccessKey]) {
      expect(out).not.toContain(secret);
    }
  });
});

describe('the broker of the hub', () => {
  const message = { key: 'k', value: 'v' };

  /** Not let in at the first attempt, and not because the broker is away: it lets in a hospital's own certificate. */
  async function expectNotLetIn(address: string, tls?: TlsFiles): Promise<void> {
    const topicsSeenBy = (kafka: ReturnType<typeof kafkaClient>): Promise<string[]> =>
      withAdmin(kafka, (admin) => admin.listTopics());
    await expect(topicsSeenBy(kafkaClient(address, tls, { retries: 0 })), address).rejects.toThrow();
    await expect(topicsSeenBy(kafkaClient(address, identity('riverside'))), address).resolves.not.toEqual([]);
  }

  it('lets a hospital write its own topics', async () => {
    await produce(hubAs('riverside'), mirroredTopic('riverside', siteTopics.audit), message);
  });

  it.each([
    ['write', () => produce(hubAs('riverside'), mirroredTopic('st-agnes', siteTopics.results), message)],
    [
      'read',
      () =>
        withAdmin(hubAs('riverside'), (admin) =>
          admin.fetchTopicOffsets(mirroredTopic('st-agnes', siteTopics.results)),
        ),
    ],
    [
      'create',
      () =>
        withAdmin(hubAs('riverside'), (admin) =>
          admin.createTopics({ topics: [{ topic: 'st-agnes.other', numPartitions: 1 }] }),
        ),
    ],
    [
      'delete',
      () =>
        withAdmin(hubAs('riverside'), (admin) =>
          admin.deleteTopics({ topics: [mirroredTopic('st-agnes', siteTopics.results)] }),
        ),
    ],
  ])("does not let a hospital %s another hospital's topics", async (_, attempt) => {
    await expect(attempt()).rejects.toThrow();
    const topics = await withAdmin(hubAs('hub-admin'), (admin) => admin.listTopics());
    expect(topics).toContain(mirroredTopic('st-agnes', siteTopics.results));
    expect(topics).not.toContain('st-agnes.other');
  });

  it('does not show a hospital that others exist', async () => {
    const topics = await withAdmin(hubAs('riverside'), (admin) => admin.listTopics());
    expect(topics.filter((topic) => topic.includes('st-agnes'))).toEqual([]);
  });

  it('does not let a hospital change what it may do', async () => {
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = (await import('kafkajs'))
      .default;
    const rule = {
      principal: 'User:riverside',
      host: '*',
      operation: AclOperationTypes.ALL,
      permissionType: AclPermissionTypes.ALLOW,
      resourceType: AclResourceTypes.TOPIC,
      resourceName: '*',
      resourcePatternType: ResourcePatternTypes.LITERAL,
    };
    await expect(withAdmin(hubAs('riverside'), (admin) => admin.createAcls({ acl: [rule] }))).rejects.toThrow();
  });

  it('lets the hub service read and not write', async () => {
    const topic = mirroredTopic('riverside', siteTopics.audit);
    await expect(withAdmin(hubAs('hub'), (admin) => admin.fetchTopicOffsets(topic))).resolves.toHaveLength(1);
    await expect(produce(hubAs('hub'), topic, message)).rejects.toThrow();
  });

  it.each([
    ['plain text', () => undefined],
    ['a client without certificate', () => ({ ca: identity('hub-admin').ca })],
  ])('refuses %s', async (_, files) => {
    const { kafka, kafkaWan } = state().hub;
    expect(kafkaWan).not.toBe(kafka);
    for (const address of [kafka, kafkaWan]) await expectNotLetIn(address, files());
  });

  it('has a listener for the WAN, where a hospital finds its own topics and no others', async () => {
    const { kafkaWan } = state().hub;
    const overWan = kafkaClient(kafkaWan, identity('riverside'));
    const { topics, brokers } = await withAdmin(overWan, async (admin) => ({
      topics: await admin.listTopics(),
      brokers: (await admin.describeCluster()).brokers,
    }));
    expect(topics).toEqual(expect.arrayContaining(mirroredTopics('riverside')));
    expect(topics.filter((name) => name.includes('st-agnes'))).toEqual([]);
    // what it is told to come back to must be reachable over the WAN as well
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual([kafkaWan]);
  });

  it('refuses a certificate of the right name from another authority', async () => {
    const stranger = await new Pki(join(dataDir, 'stranger')).client('hub-admin');
    await expectNotLetIn(state().hub.kafka, { ...stranger, ca: identity('hub-admin').ca });
  });
});

describe('the mirror', () => {
  it('carries a record of an allowed topic, with key and headers, once, and none of another topic', async () => {
    const local = kafkaClient(site('st-agnes').kafka);
    for (const topic of [siteTopics.studyScored, siteTopics.uploads, siteTopics.uploadsDeadLetter]) {
      await produce(local, topic, { key: 'stays', value: 'in the hospital' });
    }
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await produce(local, siteTopics.results, { key: 'a', value: 'first', headers: { traceparent } });

    const topic = mirroredTopic('st-agnes', siteTopics.results);
    const first = await readUntil(hubAs('hub'), topic, (records) => records.length >= 1);
    expect(first).toEqual([{ key: 'a', value: 'first', headers: { traceparent } }]);

    // Killed between two records: what it had not committed must neither be lost nor come twice.
    process.kill(processOf('st-agnes-mirror').pid ?? 0, 'SIGKILL');
    await produce(local, siteTopics.results, { key: 'a', value: 'second' });
    const both = await readUntil(hubAs('hub'), topic, (records) => records.some(({ value }) => value === 'second'));
    expect(both.map(({ value }) => value)).toEqual(['first', 'second']);

    const topics = await withAdmin(hubAs('hub-admin'), (admin) => admin.listTopics());
    expect(topics).toContain('__transaction_state');
    // The checkpoint connector makes its topic, and having no groups never writes to it.
    const checkpoints = 'st-agnes.checkpoints.internal';
    expect(topics.filter((name) => name.startsWith('st-agnes.')).sort()).toEqual(
      [...mirroredTopics('st-agnes'), checkpoints].sort(),
    );
    const offsets = await withAdmin(hubAs('hub-admin'), (admin) => admin.fetchTopicOffsets(checkpoints));
    expect(offsets.map(({ offset }) => offset)).toEqual(['0']);
  });
});

describe('the store', () => {
  it('has the buckets, tells Kafka of a new object, and gives it to nobody without the key', async () => {
    const riverside = site('riverside');
    const s3 = s3ClientFor(riverside);
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets.map(({ Name }) => Name).sort()).toEqual(['xray-intake', 'xray-results']);
    await s3.send(new PutObjectCommand({ Bucket: riverside.s3.intakeBucket, Key: 'a/one', Body: 'x' }));
    const isTold = ({ value }: { value: string }): boolean => value.includes('"a/one"');
    await readUntil(kafkaClient(riverside.kafka), siteTopics.uploads, (records) => records.some(isTold));
    expect((await fetch(`${riverside.s3.endpoint}/${riverside.s3.intakeBucket}/a/one`)).status).toBe(403);
    s3.destroy();
  });

  it("refuses another hospital's key", async () => {
    const [riverside, stAgnes] = [site('riverside'), site('st-agnes')];
    const s3 = s3ClientFor({ ...riverside, s3: { ...stAgnes.s3, endpoint: riverside.s3.endpoint } });
    await expect(s3.send(new CreateBucketCommand({ Bucket: 'mine' }))).rejects.toThrow();
    s3.destroy();
  });
});

describe('the database', () => {
  const query = async (url: string, text: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<Record<string, unknown>>(text);
      return rows.map((row) => Object.values(row)[0]);
    } finally {
      await client.end();
    }
  };

  it('lets the services in as the owner of one database who is no super user', async () => {
    const { databaseUrl } = site('riverside');
    expect(await query(databaseUrl, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([false]);
    await query(databaseUrl, 'CREATE TABLE works (id int)');
  });

  it('keeps its promises to the disk', async () => {
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums']) {
      expect(await query(state().hub.databaseUrl, `SHOW ${setting}`), setting).toEqual(['on']);
    }
  });

  it('refuses a wrong password', async () => {
    const url = new URL(state().hub.databaseUrl);
    url.password = 'wrong';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('is started again after kill -9, which state.json then tells', async () => {
    const before = processOf('riverside-postgres');
    process.kill(before.pid ?? 0, 'SIGKILL');
    const after = await until('it is ready again', () => {
      const now = processOf('riverside-postgres');
      return now.state === 'ready' && now.pid !== before.pid && now;
    });
    expect(after.restarts).toBe(before.restarts + 1);
    expect(await query(site('riverside').databaseUrl, 'SELECT count(*)::int FROM works')).toEqual([0]);
  });
});

describe('site add', () => {
  it.each(['Bad', 'hub', 'st-agnes'])('refuses the name %s and changes nothing', async (name) => {
    const { code, err } = await hilum(['site', 'add', name, '--data', dataDir]);
    expect(code).toBe(1);
    expect(err).toContain(name);
    expect(state().sites).toHaveLength(2);
  });

  it('brings a hospital up while all else keeps running', async () => {
    const before = state().processes.map(({ name, pid }) => ({ name, pid }));
    const { code, out, err } = await hilum(['site', 'add', 'north-bay', '--data', dataDir]);
    expect(code, err).toBe(0);
    expect(out).toContain('north-bay is ready');
    expect(state().processes.map(({ name, pid }) => ({ name, pid }))).toEqual(expect.arrayContaining(before));
    await produce(kafkaClient(site('north-bay').kafka), siteTopics.heartbeat, { key: 'north-bay', value: 'here' });
    const topic = mirroredTopic('north-bay', siteTopics.heartbeat);
    const records = await readUntil(hubAs('hub'), topic, (read) => read.length >= 1);
    expect(records.map(({ value }) => value)).toEqual(['here']);
  });
});

describe('the end', () => {
  it('leaves nothing running after kill -9 of the supervisor, and the next start has all data', async () => {
    const { processes, supervisor } = state();
    const pids = processes.map(({ pid }) => pid ?? 0);
    process.kill(supervisor?.pid ?? 0, 'SIGKILL');
    await until('all are gone', () => pids.filter(isAlive).length === 0, 30_000);
    const { code, err } = await hilum(['up', '--detach', '--no-services', '--data', dataDir]);
    expect(code, err).toBe(0);
    const topic = mirroredTopic('st-agnes', siteTopics.results);
    const records = await readUntil(hubAs('hub'), topic, (read) => read.length >= 2);
    expect(records.map(({ value }) => value)).toEqual(['first', 'second']);
  });

  it('leaves nothing running after hilum down', async () => {
    const pids = [...state().processes.map(({ pid }) => pid ?? 0), state().supervisor?.pid ?? 0];
    expect((await hilum(['down', '--data', dataDir])).code).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(state()).toMatchObject({ supervisor: null, processes: [] });
    expect((await hilum(['status', '--data', dataDir])).code).toBe(3);
    expect((await hilum(['down', '--data', dataDir])).code).toBe(0);
  });
});
