import { describe, expect, it } from 'vitest';
import { NOW, ago } from '../testing/sample-examination.js';
import { migrationsFinding, outboxFinding } from './database-check.js';

describe('the schema of a database', () => {
  it('is well when it is that of the files', () => {
    expect(migrationsFinding(['0001_a', '0002_b'], ['0001_a', '0002_b'], 'kill 7')).toMatchObject({
      state: 'ok',
      detail: '2 of 2 migrations applied',
    });
  });

  it('is failed when it is older, and a restart mends it', () => {
    expect(migrationsFinding(['0001_a', '0002_b'], ['0001_a'], 'kill 7')).toEqual({
      state: 'failed',
      detail: 'migrations not applied: 0002_b',
      since: null,
      fix: 'kill 7 (applies them)',
    });
  });

  it('is failed when a newer version made it, and a restart does not', () => {
    const finding = migrationsFinding(['0001_a'], ['0001_a', '0002_b'], 'kill 7');
    expect(finding).toMatchObject({ state: 'failed' });
    expect(finding.detail).toContain('does not know: 0002_b');
    expect(finding.fix).not.toContain('kill');
  });
});

describe('the outbox', () => {
  it('is well while nothing waits, or not for long', () => {
    expect(outboxFinding(0, null, NOW, 'x').state).toBe('ok');
    expect(outboxFinding(3, ago(59), NOW, 'x').state).toBe('ok');
  });

  it('is a warning when something waits for a minute, since it was queued', () => {
    expect(outboxFinding(1, ago(60), NOW, 'hilum logs')).toEqual({
      state: 'warning',
      detail: '1 event waits in the outbox for the broker',
      since: ago(60).toISOString(),
      fix: 'hilum logs',
    });
  });
});
