import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFleetState, type FleetState, type SiteState } from '../../fleet/fleet-state.js';
import type { Terminal } from '../terminal.js';

export interface AskedFor {
  method: string;
  path: string;
  authorization: string | undefined;
  body: unknown;
}

/** Silence is an edge that hangs; a hang-up one that dies. */
export type StandInAnswer = { status: number; body: unknown } | 'silence' | 'hang-up';

/**
 * A data folder whose state.json names a running fleet with one site for each of the names, all of them served by one
 * stand-in for the edge, which answers as the site `hub` what the hub is asked.
 * @param answer what is answered: a status and a body sent as JSON
 */
export async function startStandInEdge(
  names: readonly string[],
  answer: (request: AskedFor, site: string) => StandInAnswer,
): Promise<{
  dataDir: string;
  requests: AskedFor[];
  /** From now on nobody answers. */
  stopServer: () => Promise<void>;
  close: () => Promise<void>;
}> {
  const requests: AskedFor[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const [, site = '', ...rest] = (request.url ?? '').split('/');
      const asked: AskedFor = {
        method: request.method ?? '',
        path: `/${rest.join('/')}`,
        authorization: request.headers.authorization,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      requests.push(asked);
      const given = answer(asked, site);
      if (given === 'silence') return;
      if (given === 'hang-up') {
        request.socket.destroy();
        return;
      }
      const { status, body } = given;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const dataDir = mkdtempSync(join(tmpdir(), 'hilum-cli-'));
  writeFleetState(dataDir, {
    version: 1,
    supervisor: { pid: process.pid, startedAt: new Date().toISOString(), problem: null },
    hub: { url: `http://127.0.0.1:${port}/hub`, tokens: { compliance: 'compliance-token' } },
    sites: names.map((name) => ({
      name,
      url: `http://127.0.0.1:${port}/${name}`,
      tokens: { staff: 'staff-token', 'hospital-it': 'it-token' },
    })) as SiteState[],
    processes: [],
  } as unknown as FleetState);
  const stopServer = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return {
    dataDir,
    requests,
    stopServer,
    close: async () => {
      await stopServer();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** A terminal that keeps what is written. */
export function keptTerminal(): Terminal & { written: { out: string; err: string } } {
  const written = { out: '', err: '' };
  return {
    written,
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    isTerminal: false,
    hasColours: false,
    columns: () => 80,
  };
}
