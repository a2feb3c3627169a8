import { PROBE_KEY_PREFIX, isProbeKey, probeKey } from '@hilum/contracts';
import { describe, expect, it } from 'vitest';
import { AwayError } from '../adapters/away-error.js';
import { sendProbe, sweepProbes, type ProbeStore } from './notification-flow-check.js';

const NOW = Date.UTC(2026, 2, 1);

class FakeProbeStore implements ProbeStore {
  readonly objects = new Map<string, Date>();
  readonly sent: string[] = [];

  list(): Promise<{ key: string; storedAt: Date }[]> {
    return Promise.resolve([...this.objects].map(([key, storedAt]) => ({ key, storedAt })));
  }

  put(key: string): Promise<{ versionId: string | null }> {
    this.sent.push(key);
    this.objects.set(key, new Date(NOW));
    return Promise.resolve({ versionId: null });
  }

  delete(key: string): Promise<void> {
    this.objects.delete(key);
    return Promise.resolve();
  }
}

const options = { now: () => NOW, fix: 'hilum logs st-agnes-store' };

describe('a probe', () => {
  it('that is announced is well, and gone afterwards', async () => {
    const store = new FakeProbeStore();
    const waited: string[] = [];
    const ear = {
      waitFor: (text: string) => {
        waited.push(text);
        return Promise.resolve(25);
      },
    };
    expect(await sendProbe(store, ear, options)).toMatchObject({ state: 'ok' });
    expect(store.sent).toHaveLength(1);
    expect(store.sent.every(isProbeKey)).toBe(true);
    expect(waited).toEqual([store.sent[0]?.slice(PROBE_KEY_PREFIX.length)]);
    expect(store.objects.size).toBe(0);
  });

  it('that is not announced in time is failed, and gone all the same', async () => {
    const store = new FakeProbeStore();
    expect(await sendProbe(store, { waitFor: () => Promise.resolve(null) }, options)).toMatchObject({
      state: 'failed',
      fix: 'hilum logs st-agnes-store',
    });
    expect(store.objects.size).toBe(0);
  });

  it('is gone also when the broker goes away meanwhile', async () => {
    const store = new FakeProbeStore();
    const ear = { waitFor: () => Promise.reject(new AwayError('the broker', 'ECONNRESET')) };
    await expect(sendProbe(store, ear, options)).rejects.toThrow(AwayError);
    expect(store.objects.size).toBe(0);
  });

  it('that was left behind is deleted; a young one, and whatever else lies there, is not', async () => {
    const store = new FakeProbeStore();
    const [old, young] = [probeKey(), probeKey()];
    store.objects.set(old, new Date(NOW - 6 * 60_000));
    store.objects.set(young, new Date(NOW - 60_000));
    store.objects.set(`${PROBE_KEY_PREFIX}chest.jpeg`, new Date(0));
    await sweepProbes(store, NOW);
    expect([...store.objects.keys()]).toEqual([young, `${PROBE_KEY_PREFIX}chest.jpeg`]);
  });
});
