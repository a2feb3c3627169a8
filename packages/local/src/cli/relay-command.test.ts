import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../fleet/fleet-config.js';
import { replay } from './relay-command.js';
import { keptTerminal, startStandInEdge } from './testing/stand-in-edge.js';

type Edge = Awaited<ReturnType<typeof startStandInEdge>>;

let edge: Edge | undefined;
afterEach(async () => {
  await edge?.close();
  edge = undefined;
});

const OPTIONS = { site: 'st-agnes', from: 5, wait: true, timeoutMs: 10_000 };
const PROBLEM = { title: 'Bad range', detail: 'from: must be at most 4, the latest event of this site' };

/** An edge that took the replay and sends all in so many looks at it. */
async function start(answer: Record<string, unknown>, looks: number): Promise<Edge> {
  let left = looks;
  edge = await startStandInEdge(['st-agnes', 'riverside'], ({ method }) => {
    if (method === 'POST') return { status: 202, body: answer };
    left -= 1;
    return { status: 200, body: { published: 9, replaying: Math.max(0, left) } };
  });
  return edge;
}

describe('hilum relay replay', () => {
  it('asks the edge as hospital IT and waits until all is sent', async () => {
    const { dataDir, requests } = await start({ queued: 5, from: 5, to: 9, oldestKept: 1, gone: null }, 3);
    const terminal = keptTerminal();
    expect(await replay({ ...OPTIONS, dataDir }, terminal)).toBe(0);
    expect(requests[0]).toEqual({
      method: 'POST',
      path: '/api/v1/relay/replay',
      authorization: 'Bearer it-token',
      body: { from: 5 },
    });
    expect(requests.slice(1).map(({ path }) => path)).toEqual(Array(3).fill('/api/v1/relay'));
    expect(terminal.written.out).toBe(
      'st-agnes: 5 event(s) of 5 to 9 queued to be sent again\nst-agnes: all sent; the hub drops what it has already\n',
    );
  });

  it('says what is no longer kept, and that with its exit code too', async () => {
    const { dataDir, requests } = await start(
      { queued: 2, from: 5, to: 9, oldestKept: 8, gone: { from: 5, to: 7 } },
      1,
    );
    const terminal = keptTerminal();
    expect(await replay({ ...OPTIONS, dataDir, to: 9, wait: false }, terminal)).toBe(1);
    expect(terminal.written.err).toContain('st-agnes can no longer send 5 to 7');
    expect(terminal.written.err).toContain('the oldest kept is 8');
    expect(requests).toHaveLength(1);
    expect(requests[0]?.body).toEqual({ from: 5, to: 9 });
  });

  it('stops waiting when it takes too long, and says that it goes on', async () => {
    const { dataDir } = await start({ queued: 5, from: 5, to: 9, oldestKept: 1, gone: null }, 1_000);
    await expect(replay({ ...OPTIONS, dataDir, timeoutMs: 1 }, keptTerminal())).rejects.toThrow('it goes on by itself');
  });

  it('waits on while the edge is away, since a replay goes on after its restart', async () => {
    let looks = 0;
    edge = await startStandInEdge(['st-agnes'], ({ method }) => {
      if (method === 'POST') return { status: 202, body: { queued: 5, from: 5, to: 9, oldestKept: 1, gone: null } };
      looks += 1;
      return looks < 3 ? 'hang-up' : { status: 200, body: { published: 9, replaying: 0 } };
    });
    const terminal = keptTerminal();
    expect(await replay({ ...OPTIONS, dataDir: edge.dataDir }, terminal)).toBe(0);
    expect([looks, terminal.written.out]).toEqual([3, expect.stringContaining('all sent')]);
  });

  it('stops waiting for an edge that stays away when the time is over', async () => {
    edge = await startStandInEdge(['st-agnes'], ({ method }) =>
      method === 'POST' ? { status: 202, body: { queued: 5, from: 5, to: 9, oldestKept: 1, gone: null } } : 'hang-up',
    );
    await expect(replay({ ...OPTIONS, dataDir: edge.dataDir, timeoutMs: 1 }, keptTerminal())).rejects.toThrow(
      'st-agnes does not answer after 0.001 s; it goes on by itself',
    );
  });

  it('passes on what the edge says against it', async () => {
    edge = await startStandInEdge(['st-agnes'], () => ({ status: 400, body: PROBLEM }));
    const attempt = replay({ ...OPTIONS, dataDir: edge.dataDir }, keptTerminal());
    await expect(attempt).rejects.toBeInstanceOf(UsageError);
    await expect(attempt).rejects.toThrow('st-agnes answered 400: Bad range: from: must be at most 4');
  });

  it('names the sites there are when the one asked for is unknown', async () => {
    const { dataDir } = await start({}, 1);
    await expect(replay({ ...OPTIONS, dataDir, site: 'nowhere' }, keptTerminal())).rejects.toThrow(
      'there is no site nowhere; there are: st-agnes, riverside',
    );
  });

  it('says so when no fleet runs, and when the edge does not answer', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'hilum-cli-'));
    await expect(replay({ ...OPTIONS, dataDir: empty }, keptTerminal())).rejects.toThrow('nothing runs in');
    rmSync(empty, { recursive: true });
    edge = await startStandInEdge(['st-agnes'], () => ({ status: 500, body: {} }));
    await edge.stopServer();
    await expect(replay({ ...OPTIONS, dataDir: edge.dataDir }, keptTerminal())).rejects.toThrow(
      'st-agnes does not answer at',
    );
  });
});
