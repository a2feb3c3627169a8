import { afterEach, describe, expect, it } from 'vitest';
import { discardDeadLetters, listDeadLetters, resendDeadLetters } from './dlq-command.js';
import { keptTerminal, startStandInEdge, type AskedFor } from './testing/stand-in-edge.js';

type Edge = Awaited<ReturnType<typeof startStandInEdge>>;

let edge: Edge | undefined;
afterEach(async () => {
  await edge?.close();
  edge = undefined;
});

const letter = (id: string) => ({
  id,
  state: 'open',
  code: 'HILUM_NOTIFICATION_NOT_JSON',
  status: 400,
  detail: 'not\u001b[31m JSON',
  at: '2026-03-01T00:00:00.000Z',
  imageId: 'a'.repeat(64),
  settled: null,
});

/** Each site has two dead letters, given in pages of one; 0-9 was settled before. */
async function start(): Promise<Edge> {
  edge = await startStandInEdge(['st-agnes', 'riverside'], ({ method, path }) => {
    if (method === 'POST') {
      const id = path.split('/')[4];
      if (id === '0-9') return { status: 409, body: { title: 'Done already', detail: 'it was resent' } };
      return { status: 200, body: { id, state: path.endsWith('/resend') ? 'resent' : 'discarded' } };
    }
    const isFirst = !path.includes('cursor=');
    return { status: 200, body: { items: [letter(isFirst ? '0-1' : '0-2')], nextCursor: isFirst ? 'next' : null } };
  });
  return edge;
}

const posted = (requests: readonly AskedFor[]): string[] =>
  requests.filter(({ method }) => method === 'POST').map(({ path }) => path);

describe('hilum dlq list', () => {
  it('shows the dead letters of all sites, every page, and nothing that steers the terminal', async () => {
    const { dataDir, requests } = await start();
    const terminal = keptTerminal();
    expect(await listDeadLetters({ dataDir, all: false, json: false }, terminal)).toBe(0);
    const lines = terminal.written.out.trim().split('\n');
    expect(lines.map((line) => line.split(/ +/).slice(0, 3).join(' '))).toEqual([
      'SITE ID STATE',
      'st-agnes 0-1 open',
      'st-agnes 0-2 open',
      'riverside 0-1 open',
      'riverside 0-2 open',
    ]);
    expect(terminal.written.out).not.toContain('\u001b');
    expect(requests.every(({ authorization }) => authorization === 'Bearer it-token')).toBe(true);
  });

  it('gives JSON, of one site, with the settled ones when they are asked for', async () => {
    const { dataDir, requests } = await start();
    const terminal = keptTerminal();
    await listDeadLetters({ dataDir, site: 'riverside', all: true, json: true }, terminal);
    expect(JSON.parse(terminal.written.out)).toEqual([
      { site: 'riverside', ...letter('0-1') },
      { site: 'riverside', ...letter('0-2') },
    ]);
    expect(requests[0]?.path).toContain('state=all');
  });

  it('shows what the other sites have when one does not answer', async () => {
    edge = await startStandInEdge(['st-agnes', 'riverside'], (_request, site) =>
      site === 'st-agnes'
        ? { status: 503, body: { title: 'Try again', detail: 'the broker does not answer' } }
        : { status: 200, body: { items: [letter('0-1')], nextCursor: null } },
    );
    const terminal = keptTerminal();
    expect(await listDeadLetters({ dataDir: edge.dataDir, all: false, json: false }, terminal)).toBe(1);
    expect(terminal.written.err).toContain('st-agnes answered 503');
    expect(terminal.written.out).toContain('riverside');
  });
});

describe('hilum dlq resend', () => {
  it('sends those that are named, and goes on after one that is refused', async () => {
    const { dataDir, requests } = await start();
    const terminal = keptTerminal();
    const options = { dataDir, site: 'st-agnes', ids: ['0-9', '0-1'], all: false };
    expect(await resendDeadLetters(options, terminal)).toBe(1);
    expect(posted(requests)).toEqual(['/api/v1/dead-letters/0-9/resend', '/api/v1/dead-letters/0-1/resend']);
    expect(terminal.written).toEqual({
      out: 'st-agnes 0-1: resent\n',
      err: '0-9: st-agnes answered 409: Done already: it was resent\n',
    });
  });

  it('with --all sends each open one of every site once', async () => {
    const { dataDir, requests } = await start();
    expect(await resendDeadLetters({ dataDir, ids: [], all: true }, keptTerminal())).toBe(0);
    expect(posted(requests)).toHaveLength(4);
    expect(requests.some(({ path }) => path.includes('state=all'))).toBe(false);
  });

  it('wants either ids with a site, or --all', async () => {
    const { dataDir, requests } = await start();
    const attempt = (options: { ids: string[]; all: boolean; site?: string }): Promise<number> =>
      resendDeadLetters({ dataDir, ...options }, keptTerminal());
    await expect(attempt({ ids: [], all: false, site: 'st-agnes' })).rejects.toThrow('--all');
    await expect(attempt({ ids: ['0-1'], all: true })).rejects.toThrow('--all');
    await expect(attempt({ ids: ['0-1'], all: false })).rejects.toThrow('--site');
    await expect(attempt({ ids: ['0-1'], all: false, site: 'nowhere' })).rejects.toThrow('there is no site nowhere');
    expect(requests).toEqual([]);
  });
});

describe('hilum dlq discard', () => {
  it('sends the reason with each', async () => {
    const { dataDir, requests } = await start();
    const terminal = keptTerminal();
    const options = { dataDir, site: 'st-agnes', ids: ['0-1', '0-2'], why: 'a drill' };
    expect(await discardDeadLetters(options, terminal)).toBe(0);
    expect(requests.map(({ path, body }) => [path, body])).toEqual([
      ['/api/v1/dead-letters/0-1/discard', { why: 'a drill' }],
      ['/api/v1/dead-letters/0-2/discard', { why: 'a drill' }],
    ]);
    expect(terminal.written.out).toBe('st-agnes 0-1: discarded\nst-agnes 0-2: discarded\n');
  });
});
