import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { siteTopics } from '@hilum/contracts';
import { programPath } from '@hilum/runtime/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import yauzl from 'yauzl';
import { ZipFile } from 'yazl';
import { AuditKeys } from '../audit/audit-key.js';
import { sampleAudit, sampleMessage, sampleResult } from '../testing/sample-events.js';
import { serveTestHub, TEST_TOKENS } from '../testing/serve-test-hub.js';
import { startTestHub, testSigner, type TestHub } from '../testing/start-test-hub.js';
import { controlsFile, coverageOf, readControls } from './controls.js';
import { evidencePeriod } from './evidence-period.js';
import { checkHub, HUB_CHECKS, type HubCheckFacts } from './hub-checks.js';
import { verifyPack } from './verify-pack.js';

const run = promisify(execFile);
const DAY_MS = 86_400_000;
const PLANTED = 'Jane Planted-Patient';
const CONTROLS = new URL('../../../policies/controls.yaml', import.meta.url);
const tokens = TEST_TOKENS;
const stopping = new AbortController();
let hub: TestHub;
let server: { close: () => Promise<void>; port: number };
let folder: string;

beforeAll(async () => {
  hub = await startTestHub();
  server = await serveTestHub(hub, { stopping: stopping.signal });
});
beforeEach(async () => {
  await hub.reset();
  folder = await mkdtemp(join(tmpdir(), 'hilum-evidence-'));
});
afterEach(() => rm(folder, { recursive: true }));
afterAll(async () => {
  stopping.abort();
  await server.close();
  await hub.stop();
});

const get = (path: string, role: keyof typeof tokens = 'compliance'): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { authorization: `Bearer ${tokens[role]}` } });

/** Something of everything that a pack tells of, two days long. */
async function fill(): Promise<{ since: string; until: string }> {
  const since = new Date(hub.clock.now - 1_000).toISOString();
  await hub.ingest.handleBatch([1, 2, 3].map((n) => sampleMessage(siteTopics.results, sampleResult('st-agnes', n))));
  await hub.ingest.handleBatch([4, 5].map((n) => sampleMessage(siteTopics.audit, sampleAudit('st-agnes', n))));
  await hub.ingest.handleBatch([
    sampleMessage(siteTopics.results, sampleResult('riverside', 1), {
      value: JSON.stringify({ ...sampleResult('riverside', 1), [PLANTED]: PLANTED }),
    }),
  ]);
  await get('/api/v1/results?site=st-agnes');
  await hub.chain.round();
  await hub.anchoring.anchor();
  await hub.database.query(
    `insert into policies (name, source, title, why, severity, standards, categories, controls, remediation, policy_sets,
                           first_seen_at)
     select name, 'ocm', 'Title', 'Why', 'high', array['NIST SP 800-53'], array['SC'], array['SC-8'], 'inform', '{}', $1
       from unnest(array['policy-kafka-tls-only', 'policy-of-others']) as name`,
    [new Date(hub.clock.now)],
  );
  const transition = `insert into policy_transitions (policy, site, from_state, to_state, message, at, recorded_at)
                        values ($1, $2, $3, $4, $5, $6, $6)`;
  for (const [policy, site, from, to] of [
    ['policy-kafka-tls-only', 'st-agnes', null, 'compliant'],
    ['policy-kafka-tls-only', 'st-agnes', 'compliant', 'non-compliant'],
    ['policy-kafka-tls-only', 'riverside', null, 'unknown'],
    ['policy-of-others', 'st-agnes', null, 'compliant'],
  ]) {
    hub.clock.now += 1_000;
    await hub.database.query(transition, [policy, site, from, to, '<b>said</b> & done', new Date(hub.clock.now)]);
  }
  hub.clock.now += DAY_MS;
  await get('/api/v1/results');
  await hub.chain.round();
  await hub.anchoring.anchor();
  hub.clock.now += DAY_MS;
  return { since, until: new Date(hub.clock.now - 1_000).toISOString() };
}

async function fetchPack(period: { since: string; until: string }, name = 'pack.zip'): Promise<string> {
  const response = await get(`/api/v1/evidence?${new URLSearchParams(period).toString()}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/zip');
  const path = join(folder, name);
  await writeFile(path, Buffer.from(await response.arrayBuffer()));
  return path;
}

async function filesOf(path: string): Promise<Map<string, Buffer>> {
  const zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(path, {
    lazyEntries: true,
    autoClose: false,
  });
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) chunks.push(chunk);
    files.set(entry.fileName, Buffer.concat(chunks));
  }
  zip.close();
  return files;
}

async function repack(files: ReadonlyMap<string, Buffer>): Promise<string> {
  const zip = new ZipFile();
  for (const [name, content] of files) zip.addBuffer(content, name);
  zip.end();
  const path = join(folder, 'repacked.zip');
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}

const jsonOf = (files: ReadonlyMap<string, Buffer>, name: string): Record<string, unknown> =>
  JSON.parse(files.get(name)?.toString() ?? 'null') as Record<string, unknown>;

describe('an evidence pack', () => {
  it('holds what the period has to say, whole, signed, and checked again from what is in it', async () => {
    const path = await fetchPack(await fill());
    expect(await verifyPack(path, hub.keys)).toMatchObject({
      isValid: true,
      problems: [],
      isKnownKey: true,
      rows: 4,
      anchors: 2,
    });
    const files = await filesOf(path);
    expect(jsonOf(files, 'audit/chain.json')).toMatchObject({
      first: 1,
      last: 4,
      rows: 4,
      anchoredTo: 4,
      finding: null,
      countsByAction: [
        { source: 'hub', site: null, action: 'results.listed', total: 2 },
        { source: 'site', site: 'st-agnes', action: 'study.viewed', total: 2 },
      ],
    });
    expect(jsonOf(files, 'models.json')['uses']).toMatchObject([
      { site: 'st-agnes', model: { name: 'cxr-triage', version: '1.0.0' }, total: 3, byDecision: { normal: 3 } },
    ]);
    expect(jsonOf(files, 'policies/states.json')).toMatchObject({
      atSince: [],
      atUntil: [
        { policy: 'policy-kafka-tls-only', site: 'riverside', state: 'unknown' },
        { policy: 'policy-kafka-tls-only', site: 'st-agnes', state: 'non-compliant' },
        { policy: 'policy-of-others', site: 'st-agnes', state: 'compliant' },
      ],
    });
    const history = files.get('policies/history.jsonl')?.toString().trim().split('\n') ?? [];
    expect(history).toHaveLength(4);
    expect(jsonOf(files, 'quarantine.json')['reasons']).toMatchObject([
      { site: 'riverside', mayBeIdentity: true, total: 1 },
    ]);
    expect(jsonOf(files, 'alarms.json')['alarms']).toMatchObject([{ site: 'riverside', kind: 'quarantine' }]);
    expect(jsonOf(files, 'retention.json')).toMatchObject({ days: { audit: 2_192 } });
    expect(jsonOf(files, 'access-roles.json')).toMatchObject({ resources: { evidence: ['compliance'] } });
  });

  it('says for each clause what was checked, what was found, and what nothing shows', async () => {
    const files = await filesOf(await fetchPack(await fill()));
    const { clauses, unmapped } = jsonOf(files, 'controls.json') as {
      clauses: { clause: string; state: string; gap: string | null }[];
      unmapped: string[];
    };
    const stateOf = (name: string): string | undefined => clauses.find(({ clause }) => clause === name)?.state;
    expect(stateOf('164.312(b)')).toBe('partly');
    expect(stateOf('164.312(e)(1)')).toBe('violated');
    expect(stateOf('164.312(a)(2)(ii)')).toBe('not-checked');
    expect(clauses.find(({ clause }) => clause === '164.312(a)(2)(iv)')?.gap).toContain('taken at their word');
    expect(unmapped).toEqual(['policy-of-others']);
    const html = files.get('report.html')?.toString() ?? '';
    expect(html).toContain('No automated check');
    expect(html).toContain('policy-kafka-tls-only: compliant at 0, not at 1, unclear at 1');
    // of its own alone: nothing is fetched, nothing runs
    expect(html).not.toMatch(/<script|src=|href=|url\(|@import/);
  });

  it('is the same as OpenReports, where what is unknown never passes', async () => {
    const files = await filesOf(await fetchPack(await fill()));
    expect(jsonOf(files, 'openreports.json')).toMatchObject({
      apiVersion: 'openreports.io/v1alpha1',
      kind: 'ClusterReportList',
      items: [
        {
          kind: 'ClusterReport',
          metadata: { name: 'hilum-policies-riverside' },
          scope: { kind: 'ManagedCluster', name: 'riverside' },
          summary: { pass: 0, fail: 0, error: 1 },
          results: [{ policy: 'policy-kafka-tls-only', result: 'error', severity: 'high' }],
        },
        {
          metadata: { name: 'hilum-policies-st-agnes' },
          summary: { pass: 1, fail: 1 },
          results: [
            { policy: 'policy-kafka-tls-only', result: 'fail', message: '<b>said</b> & done' },
            { policy: 'policy-of-others', result: 'pass' },
          ],
        },
        { metadata: { name: 'hilum-hub-checks' }, results: HUB_CHECKS.map((policy) => ({ policy })) },
      ],
    });
  });

  it('is the same for the same period at the same state, but for when and by whom it was made', async () => {
    const period = await fill();
    const first = await filesOf(await fetchPack(period));
    hub.clock.now += 5_000;
    await hub.chain.round();
    const second = await filesOf(await fetchPack(period));
    const differing = [...first.keys()].filter((name) => !first.get(name)?.equals(second.get(name) ?? Buffer.alloc(0)));
    expect([...second.keys()]).toEqual([...first.keys()]);
    expect(differing).toEqual(['pack.json', 'SHA256SUMS', 'SHA256SUMS.sig']);
  });

  it('holds nothing of what a refused event said, and no token', async () => {
    const files = await filesOf(await fetchPack(await fill()));
    for (const [name, content] of files)
      for (const secret of [PLANTED, 'Planted', ...Object.values(tokens)])
        expect(content.includes(secret), `${secret} in ${name}`).toBe(false);
  });

  it('is verified by openssl and sha256sum as its README says', async ({ skip }) => {
    const openssl = programPath('openssl');
    if (openssl === null) return skip('openssl is not on the PATH');
    const files = await filesOf(await fetchPack(await fill()));
    for (const [name, content] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    const verify = ['pkeyutl', '-verify', '-pubin', '-inkey', 'public-key.pem', '-rawin'];
    const of = ['-in', 'SHA256SUMS', '-sigfile', 'SHA256SUMS.sig'];
    expect((await run(openssl, [...verify, ...of], { cwd: folder })).stdout).toContain('Verified Successfully');
    const { stdout } = await run('sha256sum', ['--check', 'SHA256SUMS'], { cwd: folder });
    expect(stdout.trim().split('\n')).toHaveLength(files.size - 2);
    const readme = await readFile(join(folder, 'README.txt'), 'utf8');
    expect(readme).toContain(`openssl ${[...verify, ...of].join(' ')}`);
    expect(readme).toContain(hub.signer.keyId.replace('sha256:', ''));
  });

  it.each([
    [
      'a file was changed',
      'alarms.json was changed',
      (f: Map<string, Buffer>) => f.set('alarms.json', Buffer.from('{}')),
    ],
    ['a file is missing', 'alarms.json is missing', (f: Map<string, Buffer>) => f.delete('alarms.json')],
    ['a file was added', 'more.json was added', (f: Map<string, Buffer>) => f.set('more.json', Buffer.from('{}'))],
    [
      'the list was changed too',
      'the signature of SHA256SUMS does not hold',
      (f: Map<string, Buffer>) => f.set('SHA256SUMS', Buffer.from('')),
    ],
    [
      'a row of the audit was left out',
      'audit/entries.jsonl: row 3 does not follow row 1',
      (f: Map<string, Buffer>) =>
        f.set(
          'audit/entries.jsonl',
          Buffer.from(
            f
              .get('audit/entries.jsonl')
              ?.toString()
              .replace(/\n.*\n/, '\n') ?? '',
          ),
        ),
    ],
    [
      'an anchor was changed',
      'audit/anchors/000000001.json does not count: its signature does not hold',
      (f: Map<string, Buffer>) =>
        f.set(
          'audit/anchors/000000001.json',
          Buffer.from(f.get('audit/anchors/000000001.json')?.toString().replace('"first":1', '"first":2') ?? ''),
        ),
    ],
  ])('does not verify when %s', async (_, problem, spoil) => {
    const files = await filesOf(await fetchPack(await fill()));
    spoil(files);
    const report = await verifyPack(await repack(files), hub.keys);
    expect(report.isValid).toBe(false);
    expect(report.problems).toContain(problem);
  });

  it.each(['README.txt', 'audit/entries.jsonl'])('does not verify when a bit of %s fell over', async (name) => {
    const path = await fetchPack(await fill());
    const bytes = await readFile(path);
    // in the middle of the compressed content, which follows the name in the file's own header
    const place = bytes.indexOf(name) + name.length + 60;
    bytes.writeUInt8(bytes.readUInt8(place) ^ 0x10, place);
    await writeFile(path, bytes);
    const { isValid, problems } = await verifyPack(path, hub.keys);
    expect(isValid).toBe(false);
    expect(problems.join()).toMatch(new RegExp(`${name} (was changed|cannot be read)`));
  });

  it('does not verify when it was cut short, or signed by somebody else', async () => {
    const path = await fetchPack(await fill());
    const bytes = await readFile(path);
    await writeFile(join(folder, 'short.zip'), bytes.subarray(0, bytes.length / 2));
    await expect(verifyPack(join(folder, 'short.zip'), hub.keys)).rejects.toThrow('it is no ZIP');
    const stranger = new AuditKeys([testSigner().publicKey]);
    expect((await verifyPack(path, stranger)).problems[0]).toMatch(/^it is signed by a key that is not the hub’s/);
    expect(await verifyPack(path, null)).toMatchObject({ isValid: true, isKnownKey: null, keyId: hub.signer.keyId });
  });

  it('says so when the audit of the period was tampered with', async () => {
    const period = await fill();
    await hub.database.transaction(async (db) => {
      await db.query('set local session_replication_role = replica');
      await db.query(`update audit set action = 'audit.listed' where position = 2`);
    });
    const path = await fetchPack(period);
    expect((await verifyPack(path, hub.keys)).isValid).toBe(false);
    const files = await filesOf(path);
    expect(jsonOf(files, 'audit/chain.json')).toMatchObject({ finding: { kind: 'changed', position: 2 } });
    expect(files.get('report.html')?.toString()).toContain('row 2 was changed after it was chained');
  });

  it('of a period without anything is whole as well', async () => {
    const until = new Date(hub.clock.now).toISOString();
    const path = await fetchPack({ since: '2026-04-01T00:00:00Z', until });
    expect(await verifyPack(path, hub.keys)).toMatchObject({ isValid: true, rows: 0 });
  });

  it('is for compliance alone, and who was given it is in the audit', async () => {
    for (const role of ['hospital-it', 'data-science'] as const)
      expect((await get('/api/v1/evidence', role)).status).toBe(403);
    await fetchPack({ since: '2026-05-01T00:00:00Z', until: '2026-05-02T00:00:00Z' });
    const { items } = (await (await get('/api/v1/audit?action=evidence.exported')).json()) as { items: unknown[] };
    expect(items).toMatchObject([
      { actorRole: 'compliance', query: { since: '2026-05-01T00:00:00.000Z', until: '2026-05-02T00:00:00.000Z' } },
    ]);
  });

  it('is refused while the store of anchors is away, before a byte is sent', async () => {
    hub.store.isAway = true;
    const response = await get('/api/v1/evidence');
    hub.store.isAway = false;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'HILUM_STORE_UNAVAILABLE' });
    // and another one may be asked for
    expect((await get('/api/v1/evidence')).status).toBe(200);
  });

  it('that nobody waits for any more leaves nothing behind', async () => {
    const period = await fill();
    await hub.database.query(
      `insert into policy_transitions (policy, site, from_state, to_state, message, at, recorded_at)
       select 'policy-kafka-tls-only', 'st-agnes', 'compliant', 'unknown', md5(n::text) || md5(n::text || 'x'), $1, $1
         from generate_series(1, 200000) n`,
      [new Date(Date.parse(period.since) + 60_000)],
    );
    const response = await get(`/api/v1/evidence?${new URLSearchParams(period).toString()}`);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await expect.poll(async () => (await get('/api/v1/evidence?since=2026-05-04T00:00:00Z')).status).toBe(200);
  });
});

describe('a period', () => {
  const now = Date.parse('2026-05-04T12:00:00Z');
  it('is the last 30 days when none is given', () => {
    expect(evidencePeriod({}, now)).toEqual({
      since: new Date('2026-04-04T12:00:00Z'),
      until: new Date('2026-05-04T12:00:00Z'),
    });
  });

  it.each([
    [{ until: '2026-05-04T12:00:00.001Z' }, 'until: must not be in the future'],
    [{ since: '2026-05-04T12:00:00Z' }, 'since: must be earlier than until'],
    [{ since: '2026-05-03T00:00:00Z', until: '2026-05-02T00:00:00Z' }, 'since: must be earlier than until'],
    [{ since: '2025-03-30T00:00:00Z' }, 'since: must be at most 400 days before until'],
  ])('is refused when it is %j', (asked, detail) => {
    expect(() => evidencePeriod(asked, now)).toThrow(detail);
  });

  it('is refused over HTTP with what is wrong', async () => {
    const response = await get('/api/v1/evidence?since=yesterday');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      detail: expect.stringContaining('since: must be an ISO 8601 time') as unknown,
    });
  });
});

describe('policies/controls.yaml', () => {
  it('names every clause of 164.312 once, and what is not checked', () => {
    const { clauses } = readControls(CONTROLS);
    expect(clauses.map(({ clause }) => clause)).toEqual(
      [
        ...['(a)(1)', '(a)(2)(i)', '(a)(2)(ii)', '(a)(2)(iii)', '(a)(2)(iv)', '(b)', '(c)(1)', '(c)(2)', '(d)'],
        ...['(e)(1)', '(e)(2)(i)', '(e)(2)(ii)'],
      ].map((clause) => `164.312${clause}`),
    );
    // each of the hub's own checks shows something
    expect([...new Set(clauses.flatMap(({ checks }) => checks))].sort()).toEqual([...HUB_CHECKS].sort());
  });

  const valid = {
    ...{ clause: '164.312(b)', title: 'T', standard: 'required', nist: ['AU-2'], policies: [], checks: [] },
    ...{ evidence: [], gap: 'No automated check.' },
  };
  const reportedBy = { local: ['policy-audit-kept'], ocm: [] };
  it.each([
    [{ gap: null }, 'must say so where nothing is checked'],
    [{ clause: '164.308(a)' }, 'must be a clause such as'],
    [{ nist: ['AU'] }, 'must be a control such as AU-9'],
    [{ policies: ['kafka-tls'] }, 'must be policy-<subject>-<rule>'],
    [{ policies: ['policy-of-nobody'] }, 'is reported by nothing'],
    [{ checks: ['check-of-nothing'] }, 'check-audit-chain'],
    [{ colour: 'red' }, 'colour'],
  ])('is refused with %j', (change, problem) => {
    expect(controlsFile.safeParse({ version: 1, reportedBy, clauses: [valid] }).success).toBe(true);
    const refused = controlsFile.safeParse({ version: 1, reportedBy, clauses: [{ ...valid, ...change }] });
    expect(JSON.stringify(refused.error?.issues)).toContain(problem);
  });

  it('is refused with a clause twice', () => {
    expect(
      JSON.stringify(controlsFile.safeParse({ version: 1, reportedBy, clauses: [valid, valid] }).error?.issues),
    ).toContain('is there twice');
  });
});

describe('the state of a clause', () => {
  const controls = readControls(CONTROLS);
  const coverage = (states: ReturnType<typeof stateIn>, sources: ('local' | 'ocm')[]) =>
    coverageOf(controls, { states, violations: new Map(), checks: [], sources: new Set(sources) });
  const stateIn = (state: 'compliant' | 'non-compliant' | 'pending' | 'unknown') =>
    controls.clauses
      .find(({ clause }) => clause === '164.312(e)(2)(ii)')
      ?.policies.map((policy) => ({
        policy,
        site: 'st-agnes',
        state,
        message: '',
        since: '2026-05-04T12:00:00.000Z',
      })) ?? [];
  const stateWith = (states: ReturnType<typeof stateIn>): string | undefined =>
    coverage(states, []).find(({ clause }) => clause === '164.312(e)(2)(ii)')?.state;

  it.each([
    ['held', stateIn('compliant')],
    ['violated', [...stateIn('compliant').slice(1), ...stateIn('non-compliant').slice(0, 1)]],
    ['partly', [...stateIn('compliant').slice(1), ...stateIn('unknown').slice(0, 1)]],
    ['partly', stateIn('pending')],
    ['partly', stateIn('compliant').slice(1)],
    ['not-checked', []],
  ])('is %s', (state, states) => {
    expect(stateWith(states)).toBe(state);
  });

  it('waits for no policy that what tells of the fleet cannot look at', () => {
    const ofOneMachine = stateIn('compliant').filter(({ policy }) => controls.reportedBy.local.includes(policy));
    const find = (sources: ('local' | 'ocm')[]) =>
      coverage(ofOneMachine, sources).find(({ clause }) => clause === '164.312(e)(2)(ii)');
    expect(find(['local'])).toMatchObject({ state: 'held', policies: ofOneMachine.map(({ policy }) => ({ policy })) });
    expect(find(['local', 'ocm'])?.state).toBe('partly');
    expect(find([])?.state).toBe('partly');
  });
});

describe('the hub’s own checks', () => {
  const facts: HubCheckFacts = {
    period: { since: new Date('2026-05-01T12:00:00Z'), until: new Date('2026-05-04T12:00:00Z') },
    chain: { rows: 3, finding: null },
    anchoredAt: ['2026-04-30T00:00:10Z', '2026-05-02T00:00:10Z', '2026-05-03T23:59:00Z'],
    auditDays: 2_192,
    signIn: { hasTokens: false, hasOidc: true },
    suspicious: [],
  };
  const resultOf = (name: string, change: Partial<HubCheckFacts> = {}) =>
    checkHub({ ...facts, ...change }).find((check) => check.name === name);

  it('pass when all is well', () => {
    expect(checkHub(facts).map(({ name, result }) => [name, result])).toEqual(HUB_CHECKS.map((name) => [name, 'pass']));
  });

  it.each([
    [
      'check-audit-chain',
      {
        chain: {
          rows: 1,
          finding: { kind: 'changed', position: 2, id: 'hub-2', detail: 'row 2 was changed' } as const,
        },
      },
      'fail',
      'row 2 was changed',
    ],
    ['check-audit-anchored', { anchoredAt: [] }, 'fail', 'never'],
    ['check-audit-anchored', { anchoredAt: facts.anchoredAt.slice(0, 2) }, 'fail', 'not on 1 day(s): 2026-05-03'],
    // before the first anchor there was no audit to be anchored
    ['check-audit-anchored', { anchoredAt: ['2026-05-03T10:00:00Z'] }, 'pass', 'since the first'],
    ['check-audit-retention', { auditDays: 400 }, 'fail', '400'],
    ['check-sign-in-personal', { signIn: { hasTokens: true, hasOidc: true } }, 'warn', 'generated tokens'],
    ['check-sign-in-personal', { signIn: { hasTokens: true, hasOidc: false } }, 'fail', 'not a person'],
    ['check-privacy-boundary', { suspicious: [{ site: 'riverside', total: 2 }] }, 'fail', '2 of riverside'],
  ] as const)('%s with %j: %s', (name, change, result, detail) => {
    expect(resultOf(name, change as Partial<HubCheckFacts>)).toMatchObject({
      result,
      detail: expect.stringContaining(detail) as unknown,
    });
  });
});
