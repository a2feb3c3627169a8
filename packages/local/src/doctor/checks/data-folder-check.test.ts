import { describe, expect, it } from 'vitest';
import { sampleExamination } from '../testing/sample-examination.js';
import { dataFolderCheck, secrecyFindings, type FileFacts } from './data-folder-check.js';

const changedAt = new Date('2026-03-01T10:00:00.000Z');
const folder: FileFacts = { path: '/data', uid: 7, mode: 0o700, changedAt };
const secret = (path: string, mode: number, at = changedAt): FileFacts => ({ path, uid: 7, mode, changedAt: at });

describe('the secrets of a data folder', () => {
  it('are well when their owner alone may read them', () => {
    expect(secrecyFindings(folder, [secret('/data/state.json', 0o600), secret('/data/k', 0o400)], 7)).toEqual([]);
  });

  it.each([0o644, 0o640, 0o604, 0o620, 0o777])('are failed with mode %o', (mode) => {
    expect(secrecyFindings(folder, [secret('/data/state.json', mode)], 7)).toMatchObject([
      { state: 'failed', since: changedAt.toISOString(), fix: 'chmod 600 /data/state.json' },
    ]);
  });

  it('are named three at a time, since the first was opened, and closed all at once', () => {
    const open = ['a', 'b', 'c', 'd', 'e'].map((name, hour) =>
      secret(`/data/${name}`, 0o644, new Date(Date.UTC(2026, 2, 1, 9 - hour))),
    );
    const [finding] = secrecyFindings(folder, open, 7);
    expect(finding?.detail).toContain('/data/c (mode 0644) and 2 more');
    expect(finding?.since).toBe('2026-03-01T05:00:00.000Z');
    expect(finding?.fix).toContain('chmod -R go= /data');
  });
});

describe('a data folder', () => {
  it('of another user is failed, one that others may enter a warning', () => {
    expect(secrecyFindings({ ...folder, mode: 0o755 }, [], 0)).toMatchObject([
      { state: 'failed', detail: 'the data folder belongs to user 7, not to you (user 0)' },
      { state: 'warning', detail: 'the data folder can be entered by others (mode 0755)', fix: 'chmod 700 /data' },
    ]);
    expect(secrecyFindings(folder, [], null)).toEqual([]);
  });

  it('that is absent, or is no folder, is failed with what to do', async () => {
    const absent = dataFolderCheck(sampleExamination({ exists: false, dataDir: '/nowhere/data' }));
    expect(await absent.run(new AbortController().signal)).toMatchObject({
      state: 'failed',
      fix: 'npx hilum up --data /nowhere/data\nor name the right folder: npx hilum doctor --data DIR',
    });
    const file = dataFolderCheck(sampleExamination({ dataDir: import.meta.filename }));
    expect(await file.run(new AbortController().signal)).toMatchObject({ state: 'failed' });
  });
});
