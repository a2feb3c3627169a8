import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@hilum/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { samplePolicy } from '../../testing/sample-compliance.js';
import type { FleetChange } from '../fleet.js';
import { LocalFleet } from './local-fleet.js';

const NOW = Date.UTC(2026, 4, 4, 12);
const TLS = 'policy-kafka-tls-only';
const CHECKED_AT = '2026-05-04T11:59:30.000Z';
const report = {
  version: 1,
  checkedAt: CHECKED_AT,
  clusters: [{ name: 'st-agnes', message: 'all 7 processes are ready', appVersion: '0.1.0' }],
  policySets: [{ name: 'hilum-hipaa', description: 'HIPAA Security Rule' }],
  policies: [samplePolicy(TLS)],
  states: [{ policy: TLS, site: 'st-agnes', state: 'compliant', message: 'fine', since: '2026-05-04T11:00:00.000Z' }],
};
let server: Server;
let answers: { status: number; body: unknown }[];
let told: (readonly FleetChange[])[];

beforeEach(async () => {
  answers = [];
  told = [];
  server = createServer((request, response) => {
    const isKnown = request.headers.authorization === 'Bearer secret' && request.url === '/fleet';
    const { status, body } = isKnown ? (answers.shift() ?? { status: 500, body: null }) : { status: 401, body: null };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** Follows until all answers were given. */
async function follow(
  token = 'secret',
  tell?: (changes: readonly FleetChange[]) => Promise<void>,
): Promise<LocalFleet> {
  const fleet = new LocalFleet({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    log: createLogger({ process: 'hub-test', level: 'silent' }),
    now: () => NOW,
    pause: () => Promise.resolve(answers.length > 0),
  });
  await fleet.follow(
    tell ??
      ((changes) => {
        told.push(changes);
        return Promise.resolve();
      }),
    new AbortController().signal,
  );
  return fleet;
}

describe('the fleet of one machine', () => {
  it('is told whole, once for each time that it was checked', async () => {
    const later = { ...report, checkedAt: '2026-05-04T11:59:59.000Z', states: [] };
    answers = [report, report, later].map((body) => ({ status: 200, body }));
    const fleet = await follow();
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject([
      {
        type: 'all-objects',
        kind: 'cluster',
        objects: [{ name: 'st-agnes', availability: 'available', version: '0.1.0' }],
      },
      { type: 'all-objects', kind: 'policy-set', objects: [{ name: 'hilum-hipaa', policies: [TLS] }] },
      { type: 'all-policies', policies: [{ name: TLS }] },
      {
        type: 'all-reports',
        reports: [{ policy: TLS, site: 'st-agnes', since: '2026-05-04T11:00:00.000Z', events: [] }],
      },
      { type: 'seen', at: Date.parse(CHECKED_AT) },
    ]);
    expect(fleet.views()).toEqual([
      { kind: 'report', state: 'following', provenAt: Date.parse(later.checkedAt), detail: null },
    ]);
  });

  it.each([
    [
      'checks that are too old',
      200,
      { ...report, checkedAt: '2026-05-04T11:56:59.000Z' },
      /last checks were made at 2026/,
    ],
    ['no checks yet', 503, null, /has not made its checks yet/],
    [
      'another state than there is',
      200,
      { ...report, states: [{ ...report.states[0], state: 'fine' }] },
      /states\.0\.state/,
    ],
    ['something that was not agreed', 200, { ...report, extra: 1 }, /not as agreed/],
    ['an error', 500, null, /answered 500/],
  ])('is not told by %s', async (_, status, body, detail) => {
    answers = [{ status, body }];
    const fleet = await follow();
    expect(told).toEqual([]);
    expect(fleet.views()).toMatchObject([
      { state: 'failing', provenAt: null, detail: expect.stringMatching(detail) as string },
    ]);
  });

  it('is refused to those who do not have the token', async () => {
    const fleet = await follow('wrong');
    expect(fleet.views()).toMatchObject([{ state: 'refused', detail: 'the supervisor does not know the token' }]);
  });

  it('is told again when it could not be kept', async () => {
    answers = [report, report].map((body) => ({ status: 200, body }));
    let tries = 0;
    const fleet = await follow('secret', () => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error('the database is away')) : Promise.resolve();
    });
    expect(tries).toBe(2);
    expect(fleet.views()).toMatchObject([{ state: 'following' }]);
  });
});
