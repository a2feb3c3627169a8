import { siteTopics } from '@hilum/contracts';
import { createDatabase, migrate, type Database } from '@hilum/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hex64, sampleAudit, sampleMessage } from '../testing/sample-events.js';
import { AUDIT_BUCKET, startTestHub, testSigner, type TestHub } from '../testing/start-test-hub.js';
import { anchorKey } from './audit-anchor.js';
import { AuditChain } from './audit-chain.js';
import { CHAINED_COLUMNS, hashOfEntry, type ChainedEntry } from './audit-entry.js';
import { AuditKeys } from './audit-key.js';
import { Anchoring, AuditBrokenError, readState } from './anchoring.js';
import { listAudit, recordAccess } from './audit-store.js';
import { verifyAudit, type AuditReport } from './verify-audit.js';

const DAY_MS = 86_400_000;
const MONTH_MS = 31 * DAY_MS;
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
});
beforeEach(async () => {
  await hub.reset();
  await hub.retention.round();
});
afterAll(() => hub.stop());

/** So many accesses at the hub, chained one by one. */
async function access(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await recordAccess(hub.database, {
      at: new Date(hub.clock.now),
      who: { role: 'compliance', actor: hex64(`actor ${index}`) },
      action: 'results.listed',
      query: { site: 'st-agnes', limit: String(index) },
    });
    hub.clock.now += 1_000;
    await hub.chain.round();
  }
}

const verify = (): Promise<AuditReport> =>
  verifyAudit({ db: hub.database, anchors: { store: hub.store, bucket: AUDIT_BUCKET }, keys: hub.keys });

async function finding(): Promise<Record<string, unknown> | undefined> {
  const { findings, isIntact } = await verify();
  expect(isIntact).toBe(findings.length === 0);
  return findings[0] as Record<string, unknown> | undefined;
}

/** As somebody who has the superuser's password and knows how to turn triggers off. */
function tamper(...statements: string[]): Promise<void> {
  return hub.database.transaction(async (db) => {
    await db.query('set local session_replication_role = replica');
    for (const statement of statements) await db.query(statement);
  });
}

async function rowAt(position: number): Promise<ChainedEntry> {
  const { rows } = await hub.database.query<ChainedEntry & Record<string, unknown>>(
    `select ${CHAINED_COLUMNS} from audit where position = $1`,
    [position],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no row ${position}`);
  return row;
}

/** Chains everything from a place on anew, as one who knows how hashes are made would. */
async function rewriteFrom(position: number, last: number): Promise<void> {
  let previous = position === 1 ? '0'.repeat(64) : (await rowAt(position - 1)).hash;
  for (let at = position; at <= last; at += 1) {
    const hash = hashOfEntry({ ...(await rowAt(at)), previous });
    await tamper(`update audit set previous = '${previous}', hash = '${hash}' where position = ${at}`);
    previous = hash;
  }
}

describe('the audit', () => {
  it('is one chain of what happened at the hub and at sites, each once, with no gap', async () => {
    await access(3);
    await hub.ingest.handleBatch(
      [1, 2, 2].map((sequence) => sampleMessage(siteTopics.audit, sampleAudit('st-agnes', sequence))),
    );
    const waiting = await listAudit(hub.database, { source: 'site' }, { limit: 10 });
    expect(waiting.map(({ position, hash }) => [position, hash])).toEqual([
      [null, null],
      [null, null],
    ]);
    await hub.chain.round();
    const rows = await listAudit(hub.database, {}, { limit: 10 });
    expect(rows.map(({ position }) => position).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(await verify()).toMatchObject({ isIntact: true, rows: 5, first: 1, last: 5, waiting: 0, notAnchored: 5 });
    // what was read twice from the topic is not twice in the log
    await hub.ingest.handleBatch([sampleMessage(siteTopics.audit, sampleAudit('st-agnes', 1))]);
    expect(await hub.chain.round()).toBe(0);
  });

  it('has one order however many hubs write and chain at the same time', async () => {
    const chains = [1, 2, 3].map(
      () => new AuditChain({ database: hub.database, signer: hub.signer, now: () => hub.clock.now }),
    );
    let isWriting = true;
    const chaining = chains.map(async (chain) => {
      let total = 0;
      while (isWriting) total += await chain.round();
      return total;
    });
    await Promise.all(
      [...Array(300).keys()].map((index) =>
        recordAccess(hub.database, {
          at: new Date(hub.clock.now),
          who: { role: 'compliance', actor: hex64(`actor ${index}`) },
          action: 'results.listed',
          query: {},
        }),
      ),
    );
    isWriting = false;
    const totals = await Promise.all(chaining);
    const rest = await hub.chain.round();
    expect(totals.reduce((sum, total) => sum + total, rest)).toBe(300);
    expect(await verify()).toMatchObject({ isIntact: true, rows: 300, last: 300, waiting: 0 });
  });

  it('never goes back in time, whatever the clock does', async () => {
    await access(1);
    hub.clock.now -= DAY_MS;
    await access(1);
    const [first, second] = [await rowAt(1), await rowAt(2)];
    expect(second.chainedAt >= first.chainedAt).toBe(true);
    expect(await verify()).toMatchObject({ isIntact: true, rows: 2 });
  });

  it('is read in pages, so that its length does not matter', async () => {
    await hub.database.query(
      `insert into audit_inbox (id, source, actor_role, action, query, at, recorded_at)
       select 'hub-x' || n, 'hub', 'compliance', 'results.listed', '{}', now(), now() from generate_series(1, 4500) n`,
    );
    expect(await hub.chain.round()).toBe(4_500);
    expect(await verify()).toMatchObject({ isIntact: true, rows: 4_500 });
    await tamper(`update audit set action = 'audit.listed' where position = 4321`);
    expect(await finding()).toMatchObject({
      kind: 'changed',
      position: 4_321,
      id: expect.stringMatching(/^hub-x/) as unknown,
    });
  });
});

describe('the database', () => {
  let asHub: Database;
  let everything: Database;

  /** As in the life of a hub: its role owns the tables, and is no superuser. */
  beforeAll(async () => {
    await hub.database.query('create role hub_service login');
    await hub.database.query('create database of_the_hub owner hub_service');
    const { rows } = await hub.database.query<{ port: string }>(`select current_setting('port') as port`);
    const address = (user: string): string => `postgres://${user}@127.0.0.1:${rows[0]?.port}/of_the_hub`;
    const databaseUrl = address('hub_service');
    await migrate({ databaseUrl, folder: new URL('../../migrations/', import.meta.url), log: hub.log });
    asHub = createDatabase({ databaseUrl, name: 'hub', log: hub.log });
    everything = createDatabase({ databaseUrl: address('postgres'), name: 'superuser', log: hub.log });
    await recordAccess(asHub, {
      at: new Date(hub.clock.now),
      who: { role: 'compliance', actor: hex64('actor') },
      action: 'results.listed',
      query: {},
    });
    const chain = new AuditChain({ database: asHub, signer: hub.signer, now: () => hub.clock.now });
    expect(await chain.round()).toBe(1);
  });
  afterAll(async () => {
    await asHub.close();
    await everything.close();
  });

  it.each([
    `update audit set action = 'x'`,
    'delete from audit',
    'truncate audit',
    `update audit_default set action = 'x'`,
    'delete from audit_default',
    'truncate audit_default',
    `update audit_anchors set position = 0`,
    'delete from audit_anchors',
    'truncate audit_anchors',
    `update audit_inbox set action = 'x'`,
    'truncate audit_inbox',
  ])('refuses the hub’s own role %s', async (statement) => {
    await expect(asHub.query(statement)).rejects.toThrow(/permission denied/);
  });

  it.each([`update audit set action = 'x'`, 'delete from audit', 'truncate audit', 'truncate audit_inbox'])(
    'refuses a superuser’s slip: %s',
    async (statement) => {
      await expect(everything.query(statement)).rejects.toThrow(/HILUM_AUDIT_APPEND_ONLY/);
    },
  );

  it('refuses the same in the partitions that the hub makes while it runs', async () => {
    await access(1);
    const { rows } = await hub.database.query<{ place: string }>('select tableoid::regclass::text as place from audit');
    const place = rows[0]?.place ?? '';
    expect(place).toBe('audit_2026_05');
    for (const statement of [`update ${place} set action = 'x'`, `delete from ${place}`, `truncate ${place}`])
      await expect(hub.database.query(statement)).rejects.toThrow(/HILUM_AUDIT_APPEND_ONLY/);
  });
});

describe('a check of the audit names the first bad row', () => {
  beforeEach(() => access(12));

  it('when a row was changed', async () => {
    await tamper(`update audit set actor_pseudonym = '${hex64('somebody else')}' where position = 5`);
    expect(await finding()).toMatchObject({ kind: 'changed', position: 5, id: (await rowAt(5)).id });
  });

  it.each(['at', 'recorded_at'])('when a time in it was, if by a microsecond (%s)', async (column) => {
    await tamper(`update audit set ${column} = ${column} + interval '1 microsecond' where position = 5`);
    expect(await finding()).toMatchObject({ kind: 'changed', position: 5 });
  });

  it('when what was asked for was changed in it', async () => {
    await tamper(`update audit set query = query || '{"site": "riverside"}' where position = 5`);
    expect(await finding()).toMatchObject({ kind: 'changed', position: 5 });
  });

  it('when a row was changed and given a hash that fits', async () => {
    const forged = { ...(await rowAt(5)), action: 'session.opened' };
    await tamper(`update audit set action = 'session.opened', hash = '${hashOfEntry(forged)}' where position = 5`);
    expect(await finding()).toMatchObject({ kind: 'changed', position: 5, id: forged.id });
  });

  it('when a row was deleted', async () => {
    await tamper('delete from audit where position = 5');
    expect(await finding()).toMatchObject({ kind: 'missing', position: 5, id: null });
  });

  it('when several were, and the numbers closed up', async () => {
    await tamper(
      'delete from audit where position in (5, 6)',
      'update audit set position = position - 2 where position > 6',
    );
    expect(await finding()).toMatchObject({
      kind: 'missing',
      position: 5,
      detail: 'rows 5 to 6 are missing: what was chained as 7 now has the number 5',
    });
  });

  it('when the first rows were deleted', async () => {
    await tamper('delete from audit where position <= 3');
    expect(await finding()).toMatchObject({
      kind: 'missing',
      position: 1,
      detail: expect.stringContaining('rows 1 to 3') as unknown,
    });
  });

  it('when all were', async () => {
    await tamper('delete from audit');
    expect(await finding()).toMatchObject({
      kind: 'missing',
      position: 1,
      detail: expect.stringContaining('rows 1 to 12') as unknown,
    });
  });

  it('when a row was inserted, with or without a hash that fits', async () => {
    for (const hashOf of [hashOfEntry, () => hex64('no hash of it')]) {
      const after = await rowAt(4);
      const forged = { ...after, id: 'hub-999', position: 5, previous: after.hash };
      await tamper(
        'update audit set position = position + 1 where position > 4',
        `insert into audit select (jsonb_populate_record(r, '${JSON.stringify({
          id: forged.id,
          position: 5,
          previous: forged.previous,
          hash: hashOf(forged),
        })}')).* from audit r where position = 4`,
      );
      expect(await finding()).toMatchObject({ kind: 'inserted', position: 5, id: 'hub-999' });
      await tamper(
        `delete from audit where id = 'hub-999'`,
        'update audit set position = position - 1 where position > 4',
      );
      expect(await finding()).toBeUndefined();
    }
  });

  it('when a second row was put at the place of another', async () => {
    await tamper(
      `insert into audit select (jsonb_populate_record(r, '{"id": "hub-999", "chained_at": "2026-05-04T13:00:00Z"}')).*
         from audit r where position = 5`,
    );
    expect(await finding()).toMatchObject({ kind: 'inserted', position: 5, id: 'hub-999' });
  });

  it('when two rows changed places', async () => {
    await tamper('update audit set position = 15 - position where position in (5, 10)');
    expect(await finding()).toMatchObject({
      kind: 'reordered',
      position: 5,
      id: (await rowAt(5)).id,
      detail: 'row 5 was moved: it was chained as 10, and what was chained here now has the number 10',
    });
  });

  it('when two rows changed their contents', async () => {
    await tamper(
      `update audit l set (id, actor_pseudonym, query, at, recorded_at) =
         (select id, actor_pseudonym, query, at, recorded_at from audit o where o.position = 15 - l.position)
        where position in (5, 10)`,
    );
    expect(await finding()).toMatchObject({ kind: 'reordered', position: 5 });
  });

  it('when the end was cut off, behind the last anchor too', async () => {
    await hub.anchoring.anchor();
    await access(4);
    await tamper('delete from audit where position > 13');
    expect(await finding()).toMatchObject({ kind: 'cut-off', position: 14 });
  });

  it('when the end was cut off and its note changed to match', async () => {
    const { hash, chainedAt } = await rowAt(11);
    await tamper(
      'delete from audit where position > 11',
      `update audit_head set position = 11, hash = '${hash}', chained_at = '${chainedAt}'`,
    );
    expect(await finding()).toMatchObject({ kind: 'unsigned-end', position: 11 });
  });

  it('when the end was cut off with the signature of an earlier moment, if an anchor covers it', async () => {
    await hub.database.query('create table if not exists stolen_head as select * from audit_head');
    await access(2);
    await hub.anchoring.anchor();
    await tamper(
      'delete from audit where position > 12',
      `update audit_head h set position = s.position, hash = s.hash, chained_at = s.chained_at, signature = s.signature
         from stolen_head s`,
    );
    expect(await finding()).toMatchObject({
      kind: 'cut-off',
      position: 13,
      detail: expect.stringContaining('anchor 1') as unknown,
    });
    await hub.database.query('drop table stolen_head');
  });

  it('when rows were added behind the end that the hub signed', async () => {
    const last = await rowAt(12);
    const forged = { ...last, id: 'hub-999', position: 13, previous: last.hash };
    await tamper(
      `insert into audit select (jsonb_populate_record(r, '${JSON.stringify({ ...forged, chained_at: last.chainedAt, hash: hashOfEntry(forged) })}')).*
         from audit r where position = 12`,
    );
    expect(await finding()).toMatchObject({ kind: 'inserted', position: 13, id: 'hub-999' });
  });

  it('when everything from a row on was chained anew', async () => {
    await hub.anchoring.anchor();
    await tamper(`update audit set action = 'session.opened' where position = 5`);
    await rewriteFrom(5, 12);
    expect(await finding()).toMatchObject({
      kind: 'anchor-mismatch',
      position: 12,
      detail: expect.stringContaining('rows 1 to 12') as unknown,
    });
  });

  it('when that was done behind the last anchor', async () => {
    await hub.anchoring.anchor();
    await access(4);
    await tamper(`update audit set action = 'session.opened' where position = 14`);
    await rewriteFrom(14, 16);
    expect(await finding()).toMatchObject({ kind: 'changed', position: 16 });
  });

  it.each([
    ['anchor-missing', () => hub.store.remove(AUDIT_BUCKET, anchorKey(2))],
    ['anchor-missing', () => hub.store.remove(AUDIT_BUCKET, anchorKey(3))],
    ['anchor-invalid', () => place(2, (text) => text.replace('"position":14', '"position":13'))],
    ['anchor-invalid', () => place(2, () => hub.store.read(AUDIT_BUCKET, anchorKey(1)).toString())],
    ['anchor-invalid', () => place(2, () => 'nothing like it')],
  ] as const)('or anchor (%s)', async (kind, spoil) => {
    await hub.anchoring.anchor();
    await access(2);
    await hub.anchoring.anchor();
    await access(2);
    await hub.anchoring.anchor();
    expect(await finding()).toBeUndefined();
    spoil();
    expect(await finding()).toMatchObject({ kind });
  });

  it('when the signatures are of a key that is not one of the hub’s', async () => {
    await hub.anchoring.anchor();
    const { findings } = await verifyAudit({
      db: hub.database,
      anchors: { store: hub.store, bucket: AUDIT_BUCKET },
      keys: new AuditKeys([testSigner().publicKey]),
    });
    expect(findings.map(({ kind }) => kind)).toEqual(['unsigned-end', 'anchor-invalid']);
  });
});

function place(number: number, change: (text: string) => string): void {
  const text = hub.store.read(AUDIT_BUCKET, anchorKey(number)).toString();
  hub.store.place(AUDIT_BUCKET, anchorKey(number), Buffer.from(change(text)));
}

describe('anchors', () => {
  it('are made once a day, over rows that were checked, each naming the one before', async () => {
    expect(await hub.anchoring.round()).toBeNull();
    await access(3);
    expect(await hub.anchoring.round()).toMatchObject({ number: 1, first: 1, position: 3, loss: null });
    await access(2);
    expect(await hub.anchoring.round()).toBeNull();
    hub.clock.now += DAY_MS;
    expect(await hub.anchoring.round()).toMatchObject({ number: 2, position: 5 });
    // of a day on which nothing happened too
    hub.clock.now += DAY_MS;
    expect(await hub.anchoring.round()).toMatchObject({ number: 3, position: 5 });
    expect(await verify()).toMatchObject({ isIntact: true, anchors: 3, anchoredTo: 5, notAnchored: 0 });
    expect(hub.told.anchors.at(-1)).toMatchObject({ number: 3 });
  });

  it('are not made over rows that were tampered with; what was found is told until it is right again', async () => {
    await access(4);
    await tamper(`update audit set action = 'session.opened' where position = 2`);
    await expect(hub.anchoring.anchor()).rejects.toThrow(AuditBrokenError);
    expect(hub.store.keys(AUDIT_BUCKET)).toEqual([]);
    expect((await readState(hub.database))?.problem).toMatchObject({ kind: 'changed', position: 2 });
    expect(hub.told.checks.at(-1)).toMatchObject({ kind: 'changed' });
    await tamper(`update audit set action = 'results.listed' where position = 2`);
    await hub.anchoring.anchor();
    expect((await readState(hub.database))?.problem).toBeNull();
  });

  it('are made by one hub at a time, and one that was stored but not noted counts', async () => {
    await access(2);
    const made = await Promise.all([hub.anchoring.anchor(), hub.anchoring.anchor()]);
    expect(made.map(({ number }) => number).sort()).toEqual([1, 2]);
    await tamper('delete from audit_anchors where number = 2');
    await access(1);
    expect(await hub.anchoring.anchor()).toMatchObject({ number: 3, position: 3 });
    expect(await verify()).toMatchObject({ isIntact: true, anchors: 3 });
  });

  it('wait for a store that is away, while the audit goes on', async () => {
    await access(1);
    hub.store.isAway = true;
    await expect(hub.anchoring.round()).rejects.toMatchObject({ code: 'HILUM_STORE_UNAVAILABLE' });
    await access(1);
    hub.store.isAway = false;
    expect(await hub.anchoring.round()).toMatchObject({ number: 1, position: 2 });
  });

  it('say what was lost in a restore, when somebody takes note of it', async () => {
    await access(3);
    await hub.anchoring.anchor();
    // the state that comes back
    await hub.database.query('create table backup_head as select * from audit_head');
    await access(4);
    await hub.anchoring.anchor();
    await tamper(
      'delete from audit where position > 3',
      'delete from audit_anchors where number > 1',
      'delete from audit_head',
      'insert into audit_head select * from backup_head',
      'drop table backup_head',
    );
    await access(2);
    await expect(hub.anchoring.anchor()).rejects.toMatchObject({ finding: { kind: 'cut-off', position: 6 } });
    const { findings } = await verify();
    expect(findings[0]).toMatchObject({ kind: 'cut-off', position: 6 });

    const loss = { why: 'restored from the backup of Monday', acceptedBy: hex64('officer') };
    expect(await hub.anchoring.anchor({ loss })).toMatchObject({
      number: 3,
      position: 5,
      loss: { kept: 3, covered: 7, ...loss },
    });
    await access(6);
    await hub.anchoring.anchor();
    expect(await verify()).toMatchObject({ isIntact: true, rows: 11, losses: [{ kept: 3, covered: 7, ...loss }] });
    // where nothing is lost there is nothing to take note of
    expect(await hub.anchoring.anchor({ loss })).toMatchObject({ number: 5, loss: null });
  });

  it('made with an earlier key go on counting where its public half is given', async () => {
    await access(2);
    await hub.anchoring.anchor();
    const signer = testSigner();
    const withNewKey = (keys: AuditKeys): Anchoring =>
      new Anchoring({
        database: hub.database,
        anchors: { store: hub.store, bucket: AUDIT_BUCKET },
        signer,
        keys,
        log: hub.log,
        onChecked: () => undefined,
        onAnchored: () => undefined,
        now: () => hub.clock.now,
      });
    // the end is signed by the key that was not given
    await expect(withNewKey(new AuditKeys([signer.publicKey])).anchor()).rejects.toMatchObject({
      finding: { kind: 'unsigned-end' },
    });
    const both = new AuditKeys([signer.publicKey, hub.signer.publicKey]);
    expect(await withNewKey(both).anchor()).toMatchObject({ number: 2, keyId: signer.keyId });
    const anchors = { store: hub.store, bucket: AUDIT_BUCKET };
    expect(await verifyAudit({ db: hub.database, anchors, keys: both })).toMatchObject({ isIntact: true, anchors: 2 });
  });
});

describe('what has expired of the audit', () => {
  it('goes a month at a time, once the hub has signed where the rest begins', async () => {
    await access(3);
    hub.clock.now += MONTH_MS;
    await hub.retention.round();
    await access(2);
    hub.clock.now += hub.days.audit * DAY_MS;
    await hub.retention.round();
    expect(await hub.database.query('select first, position from audit_anchors')).toMatchObject({
      rows: [{ first: 4, position: 5 }],
    });
    expect(await verify()).toMatchObject({ isIntact: true, rows: 2, first: 4, last: 5 });
    await access(1);
    expect(await verify()).toMatchObject({ isIntact: true, rows: 3 });
    // more than what was announced may not go
    await tamper('delete from audit where position = 4');
    expect(await finding()).toMatchObject({ kind: 'missing', position: 4 });
  });

  it('stays while the store is away or the chain is not right', async () => {
    await access(3);
    hub.clock.now += hub.days.audit * DAY_MS + MONTH_MS;
    hub.store.isAway = true;
    await hub.retention.round();
    expect(await verifyRows()).toBe(3);
    hub.store.isAway = false;
    await tamper(`update audit set action = 'session.opened' where position = 2`);
    await hub.retention.round();
    expect(await verifyRows()).toBe(3);
    await tamper(`update audit set action = 'results.listed' where position = 2`);
    await hub.retention.round();
    expect(await verifyRows()).toBe(0);
    // and the chain goes on where it stood
    await access(1);
    expect(await verify()).toMatchObject({ isIntact: true, rows: 1, first: 4, last: 4 });
  });

  it('is put into its months after a restore, which leaves it in the default partition, without deleting a row', async () => {
    hub.clock.now = Date.UTC(2027, 8, 4);
    await hub.retention.round();
    await access(3);
    await tamper(
      'create table aside as select * from audit',
      'drop table audit_2027_09',
      'insert into audit select * from aside',
      'drop table aside',
    );
    const places = async (): Promise<unknown> =>
      (await hub.database.query('select distinct tableoid::regclass::text as place from audit')).rows;
    expect(await places()).toEqual([{ place: 'audit_default' }]);
    await hub.retention.round();
    expect(await places()).toEqual([{ place: 'audit_2027_09' }]);
    expect(await verify()).toMatchObject({ isIntact: true, rows: 3 });
    await expect(hub.database.query('truncate audit_default')).rejects.toThrow(/HILUM_AUDIT_APPEND_ONLY/);
  });
});

async function verifyRows(): Promise<number> {
  const { rows } = await hub.database.query<{ count: number }>('select count(*) as count from audit');
  return rows[0]?.count ?? -1;
}
