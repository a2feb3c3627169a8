import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { discardDeadLetters } from './dlq-command.js';
import { send } from './send-command.js';
import { NoAnswerError, callSite, runningFleet, siteNamed } from './site-client.js';
import { keptTerminal, startStandInEdge } from './testing/stand-in-edge.js';

let edge: Awaited<ReturnType<typeof startStandInEdge>> | undefined;
afterEach(async () => {
  await edge?.close();
  edge = undefined;
});

describe('asking a site', () => {
  it('ends after its time when the edge hangs, and says what tells more', async () => {
    edge = await startStandInEdge(['st-agnes'], () => 'silence');
    const site = siteNamed(runningFleet(edge.dataDir), 'st-agnes');
    const attempt = callSite(site, 'staff', '/api/v1/studies', {}, 50);
    await expect(attempt).rejects.toBeInstanceOf(NoAnswerError);
    await expect(attempt).rejects.toThrow(
      `st-agnes does not answer at ${site.url} within 0.05 s; what hangs is told by: npx hilum doctor --data ${edge.dataDir}`,
    );
  });
});

describe('several things for an edge that is away', () => {
  it('are given up with the first, since each would take as long', async () => {
    edge = await startStandInEdge(['st-agnes'], () => 'hang-up');
    const { dataDir, requests } = edge;
    const discarded = discardDeadLetters(
      { dataDir, site: 'st-agnes', ids: ['0-1', '0-2'], why: 'test' },
      keptTerminal(),
    );
    await expect(discarded).rejects.toBeInstanceOf(NoAnswerError);
    expect(requests).toHaveLength(1);
  });

  it('are given up with the first file that is sent', async () => {
    edge = await startStandInEdge(['st-agnes'], () => 'silence');
    const { dataDir } = edge;
    await edge.stopServer();
    const folder = mkdtempSync(join(tmpdir(), 'hilum-send-'));
    const files = ['a', 'b', 'c'].map((name) => join(folder, name));
    for (const file of files) writeFileSync(file, 'image');
    const terminal = keptTerminal();
    expect(await send({ dataDir, files, site: 'st-agnes', wait: true, timeoutMs: 1_000 }, terminal)).toBe(1);
    expect(terminal.written.err).toMatch(/^\S+\/a: st-agnes does not answer at .*\n2 more file\(s\) were not sent\n$/);
    rmSync(folder, { recursive: true });
  });
});
