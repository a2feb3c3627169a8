import { afterEach, describe, expect, it } from 'vitest';
import { anchorAudit } from './audit-command.js';
import { keptTerminal, startStandInEdge } from './testing/stand-in-edge.js';

let edge: Awaited<ReturnType<typeof startStandInEdge>> | undefined;
afterEach(async () => {
  await edge?.close();
  edge = undefined;
});

async function anchored(answer: { position: number; loss: { kept: number; covered: number } | null }): Promise<string> {
  edge = await startStandInEdge([], () => ({ status: 200, body: { number: 1, ...answer } }));
  const terminal = keptTerminal();
  expect(await anchorAudit({ dataDir: edge.dataDir, acceptLoss: undefined }, terminal)).toBe(0);
  expect(edge.requests).toMatchObject([{ path: '/api/v1/audit/anchors', authorization: 'Bearer compliance-token' }]);
  return terminal.written.out;
}

describe('hilum audit anchor', () => {
  it('says up to which row the anchor goes', async () => {
    expect(await anchored({ position: 12, loss: null })).toBe('Anchor 1 covers the audit up to row 12.\n');
  });

  it('says plainly that there is no row yet', async () => {
    expect(await anchored({ position: 0, loss: null })).toBe('The audit has no row yet: anchor 1 covers none.\n');
  });

  it('says which rows are lost, and that none is left', async () => {
    expect(await anchored({ position: 0, loss: { kept: 0, covered: 3 } })).toBe(
      'It notes that rows 1 to 3 are lost.\nThe audit has no row: anchor 1 covers none.\n',
    );
  });

  it('says which one it is when it is one', async () => {
    expect(await anchored({ position: 4, loss: { kept: 4, covered: 5 } })).toBe(
      'It notes that row 5 is lost.\nAnchor 1 covers the audit up to row 4.\n',
    );
  });
});
