import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFleetState, type FleetState } from '../fleet/fleet-state.js';
import { program } from './program.js';
import { keptTerminal } from './testing/stand-in-edge.js';

const PACK = Buffer.from('PK stands for a pack');

let folder: string;
let server: Server;
let asked: string[];
/** what the stand-in for the hub does with a request for evidence */
let behaviour: 'whole' | 'refused' | 'breaks off';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-evidence-cli-'));
  asked = [];
  behaviour = 'whole';
  server = createServer((request, response) => {
    asked.push(`${request.headers.authorization} ${request.url}`);
    if (behaviour === 'refused')
      response.writeHead(400).end(JSON.stringify({ title: 'Bad query', detail: 'since: must be earlier than until' }));
    else if (behaviour === 'whole') response.writeHead(200).end(PACK);
    else
      response.writeHead(200, { 'content-length': 1_000 }).write(PACK, () => {
        response.destroy();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  writeFleetState(folder, {
    version: 1,
    supervisor: { pid: process.pid, startedAt: new Date().toISOString(), problem: null },
    hub: { url: `http://127.0.0.1:${port}`, tokens: { compliance: 'token-co' }, auditPublicKey: 'no key at all' },
    sites: [],
    processes: [],
  } as unknown as FleetState);
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

async function hilum(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const terminal = keptTerminal();
  let code: number | null = null;
  await program(terminal, (exitCode) => (code = exitCode)).parseAsync(['node', 'hilum', ...args]);
  return { code, ...terminal.written };
}

describe('hilum evidence', () => {
  it('fetches the pack of a period as compliance, and has it under its name only when it is whole', async () => {
    const out = join(folder, 'q1.zip');
    const period = ['--since', '2026-01-01', '--until', '2026-04-01T00:00:00+02:00'];
    expect(await hilum('evidence', '--data', folder, ...period, '--out', out)).toMatchObject({
      code: 0,
      out: `${out}\n`,
    });
    expect(asked).toEqual([
      'Bearer token-co /api/v1/evidence?since=2026-01-01T00%3A00%3A00.000Z&until=2026-04-01T00%3A00%3A00%2B02%3A00',
    ]);
    expect(readFileSync(out)).toEqual(PACK);
  });

  it('leaves nothing behind when the hub breaks off or refuses, and says why', async () => {
    const fetching = (): Promise<unknown> => hilum('evidence', '--data', folder, '--out', join(folder, 'q1.zip'));
    behaviour = 'breaks off';
    await expect(fetching()).rejects.toThrow('the hub broke off');
    behaviour = 'refused';
    await expect(fetching()).rejects.toThrow('the hub answered 400: Bad query: since: must be earlier than until');
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  it.each([
    [['--since', 'yesterday', '--out', 'x.zip'], '--since: must be a day such as 2026-05-04'],
    [['--since', '2026-01-01'], 'say where the pack goes with --out FILE'],
  ])('refuses %j and says what to give', async (flags, message) => {
    await expect(hilum('evidence', '--data', folder, ...flags)).rejects.toThrow(message);
  });
});

describe('hilum evidence verify', () => {
  it('takes the public key of the data folder that is named behind it, or that of a file', async () => {
    const pack = join(folder, 'q1.zip');
    writeFileSync(pack, PACK);
    // both are no keys, which is said of the one that was taken
    const refused = { code: 78, err: expect.stringContaining('HILUM_HUB_AUDIT_PUBLIC_KEYS: must be') as string };
    expect(await hilum('evidence', 'verify', pack, '--data', folder)).toMatchObject(refused);
    const nowhere = join(folder, 'nowhere');
    const key = join(folder, 'key.pem');
    writeFileSync(key, 'no key either');
    expect(await hilum('evidence', 'verify', pack, '--data', nowhere, '--public-key', key)).toMatchObject(refused);
    // without a key the pack is looked at all the same, and this one is none
    expect(await hilum('evidence', 'verify', pack, '--data', nowhere)).toMatchObject({
      code: 1,
      err: expect.stringContaining('it is no ZIP that can be read') as string,
    });
  });
});
