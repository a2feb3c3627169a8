import { describe, expect, it } from 'vitest';
import { UsageError } from '../fleet/fleet-config.js';
import { interruptible } from './interruptible.js';

describe('work that a signal may interrupt', () => {
  it('is told of it, cleans up, and says so instead of what the tools it ran complain of', async () => {
    let isClean = false;
    const attempt = interruptible('the backup', async (signal) => {
      process.emit('SIGHUP');
      expect(signal.aborted).toBe(true);
      isClean = await Promise.resolve(true);
      throw new Error('tar ended with SIGINT');
    });
    await expect(attempt).rejects.toThrow(new UsageError('the backup was interrupted; nothing of it stays'));
    expect(isClean).toBe(true);
  });

  it('may finish what must not be cut short, and listens no longer than it lasts', async () => {
    const before = process.listenerCount('SIGHUP');
    const finished = await interruptible('the restore', () => {
      process.emit('SIGHUP');
      return Promise.resolve('all in place');
    });
    expect([finished, process.listenerCount('SIGHUP')]).toEqual(['all in place', before]);
  });
});
