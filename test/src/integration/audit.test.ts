import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hilum, type CommandResult } from '../support/hilum-command.js';
import { HubServers, type HubProcess } from '../support/hub-servers.js';
import { until } from '../support/until.js';

const BUCKET = 'hilum-audit';
const FIRST_ANCHOR = 'anchors/000000001.json';

let servers: HubServers;
let hubs: HubProcess[];
let superuser: pg.Client;
let store: S3Client;

beforeAll(async () => {
  servers = await HubServers.start();
  hubs = [await servers.startHub(), await servers.startHub()];
  const password = readFileSync(join(servers.dataFolder, 'secrets/hub/postgres-super-password'), 'utf8').trim();
  const url = new URL(servers.state.databaseUrl);
  [url.username, url.password] = ['postgres', password];
  superuser = new pg.Client({ connectionString: url.href });
  await superuser.connect();
  const { endpoint, region, accessKeyId, secretAccessKey } = servers.state.s3;
  store = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
});
afterAll(async () => {
  await superuser?.end();
  store?.destroy();
  await servers?.stop();
});

function ask(hub: HubProcess, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${servers.state.tokens.compliance}`, 'content-type': 'application/json' };
  return fetch(`${hub.url}${path}`, { ...init, headers });
}

async function anchor(): Promise<{ number: number; position: number }> {
  const response = await ask(hubs[0] as HubProcess, '/api/v1/audit/anchors', { method: 'POST', body: '{}' });
  expect(response.status).toBe(201);
  return (await response.json()) as { number: number; position: number };
}

async function number(query: string): Promise<number> {
  const { rows } = await superuser.query<{ number: string | number }>(query);
  return Number(rows[0]?.number);
}

const allChained = (): Promise<unknown> =>
  until('all entries are chained', async () => (await number('select count(*) as number from audit_inbox')) === 0);

const verify = (...flags: string[]): Promise<CommandResult> =>
  hilum(['audit', 'verify', '--data', servers.dataFolder, ...flags]);

/** With the triggers off, as somebody can who has the superuser's password; and then as it was again. */
async function whenTampered(statements: readonly string[], check: () => Promise<void>): Promise<void> {
  await superuser.query('create table aside as select * from audit');
  const changing = async (changes: readonly string[]): Promise<void> => {
    await superuser.query('set session_replication_role = replica');
    for (const change of changes) await superuser.query(change);
    await superuser.query('set session_replication_role = origin');
  };
  try {
    await changing(statements);
    await check();
  } finally {
    await changing(['delete from audit', 'insert into audit select * from aside', 'drop table aside']);
  }
}

/** By way of numbers that none has, since two rows of one batch may not share one. */
function moved(to: string, which: string): string[] {
  return [
    `update audit set position = -(${to}) where ${which}`,
    'update audit set position = -position where position < 0',
  ];
}

describe('the audit of a hub with two replicas, a real database and a real store', () => {
  it('is one unbroken chain of what both wrote at the same time', async () => {
    await Promise.all(
      [...Array(120).keys()].map(async (index) => {
        const response = await ask(hubs[index % 2] as HubProcess, `/api/v1/results?limit=${index + 1}`);
        expect(response.status).toBe(200);
        await response.body?.cancel();
      }),
    );
    await allChained();
    expect(await number('select max(position) as number from audit')).toBe(
      await number('select count(*) as number from audit'),
    );
    const { code, out } = await verify();
    expect(out).toMatch(/^The audit is intact: 12\d rows \(1 to 12\d\), (0 anchors|1 anchor)\.\n/);
    expect(code).toBe(0);
  });

  it('is anchored in the store, on demand too', async () => {
    const { number: last, position } = await anchor();
    expect(position).toBeGreaterThanOrEqual(120);
    await allChained();
    const { code, out } = await verify('--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ isIntact: true, anchors: last, anchoredTo: position, findings: [] });
    const listed = await ask(hubs[1] as HubProcess, '/api/v1/audit/anchors');
    expect(await listed.json()).toMatchObject({
      chain: { anchoredTo: position, state: 'intact' },
      items: expect.arrayContaining([expect.objectContaining({ number: last, position })]) as unknown,
    });
  });

  it.each([
    ['changed', 20, [`update audit set action = 'session.opened' where position = 20`]],
    ['missing', 20, ['delete from audit where position = 20']],
    [
      'inserted',
      20,
      [
        ...moved('position + 1', 'position >= 20'),
        `insert into audit select (jsonb_populate_record(l, '{"position": 20, "id": "hub-forged"}')).*
           from audit l where position = 19`,
      ],
    ],
    ['reordered', 20, moved('50 - position', 'position in (20, 30)')],
  ] as const)('that a superuser tampered with is found out, and where: %s', async (kind, position, statements) => {
    await whenTampered(statements, async () => {
      const { code, out } = await verify('--json');
      expect(code).toBe(1);
      expect((JSON.parse(out) as { findings: unknown[] }).findings[0]).toMatchObject({ kind, position });
      const told = await verify();
      expect(told.out).toContain(`  ${kind}: row`);
    });
    expect((await verify()).code).toBe(0);
  });

  it('whose end a superuser cut off behind the last anchor is found out too', async () => {
    const { position } = await anchor();
    await ask(hubs[0] as HubProcess, '/api/v1/results');
    await allChained();
    await whenTampered([`delete from audit where position > ${position}`], async () => {
      const { code, out } = await verify('--json');
      expect(code).toBe(1);
      expect((JSON.parse(out) as { findings: unknown[] }).findings[0]).toMatchObject({
        kind: 'cut-off',
        position: position + 1,
      });
    });
  });

  it('one of whose anchors was changed or deleted in the store is found out', async () => {
    const object = { Bucket: BUCKET, Key: FIRST_ANCHOR };
    const before = (await (await store.send(new GetObjectCommand(object))).Body?.transformToString()) ?? '';
    const changed = before.replace(/"position":\d+/, '"position":1');
    await store.send(new PutObjectCommand({ ...object, Body: changed }));
    const invalid = await verify();
    await store.send(new DeleteObjectCommand(object));
    const missing = await verify();
    await store.send(new PutObjectCommand({ ...object, Body: before }));
    expect(invalid).toMatchObject({ code: 1, out: expect.stringContaining('anchor-invalid: anchor 1') as unknown });
    expect(missing).toMatchObject({ code: 1, out: expect.stringContaining('anchor-missing: anchor 1') as unknown });
    expect((await verify()).code).toBe(0);
  });

  it('cannot be told anything of in a folder where nothing runs', async () => {
    const { code, err } = await hilum(['audit', 'verify', '--data', join(servers.dataFolder, 'nowhere')]);
    expect(code).toBe(3);
    expect(err).toContain('nothing runs');
  });
});
