import type { FleetReport } from '@hilum/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ComplianceReporter } from './compliance-reporter.js';

const report = (checkedAt: string): FleetReport => ({
  ...{ version: 1, checkedAt, clusters: [], policySets: [], policies: [], states: [] },
});
let reporter: ComplianceReporter;

afterEach(() => reporter.stop());

async function start(options: Partial<ConstructorParameters<typeof ComplianceReporter>[0]>): Promise<void> {
  reporter = new ComplianceReporter({
    token: 'secret',
    check: () => Promise.resolve(report('2026-05-04T12:00:00.000Z')),
    whenReady: () => Promise.resolve(),
    ...options,
  });
  await reporter.listen();
  reporter.begin();
}
const ask = (path = '/fleet', token = 'secret') =>
  fetch(`${reporter.url}${path}`, { headers: { authorization: `Bearer ${token}` } });

describe('the supervisor', () => {
  it('tells how policies stand to whoever has the token, and to nobody else', async () => {
    await start({});
    await vi.waitFor(async () => expect((await ask()).status).toBe(200));
    expect(await (await ask()).json()).toMatchObject({ checkedAt: '2026-05-04T12:00:00.000Z' });
    expect((await ask('/fleet', 'guess')).status).toBe(401);
    expect((await ask('/fleet', 'secre7')).status).toBe(401);
    expect((await fetch(`${reporter.url}/fleet`)).status).toBe(401);
    expect((await ask('/other')).status).toBe(404);
    expect(new URL(reporter.url).hostname).toBe('127.0.0.1');
  });

  it('says that there is nothing to tell before the first checks, which wait until all is ready', async () => {
    let ready: () => void = () => undefined;
    await start({ whenReady: () => new Promise<void>((resolve) => (ready = resolve)) });
    expect((await ask()).status).toBe(503);
    ready();
    await vi.waitFor(async () => expect((await ask()).status).toBe(200));
  });

  it('checks also when the start failed', async () => {
    await start({ whenReady: () => Promise.reject(new Error('a process was given up')) });
    await vi.waitFor(async () => expect((await ask()).status).toBe(200));
  });

  it('checks again and again, and no longer once it stops', async () => {
    let rounds = 0;
    await start({
      intervalMs: 5,
      check: () => Promise.resolve(report(new Date(Date.UTC(2026, 4, 4, 12) + rounds++).toISOString())),
    });
    await vi.waitFor(() => expect(rounds).toBeGreaterThan(2));
    await reporter.stop();
    const done = rounds;
    await new Promise((resolve) => setImmediate(resolve));
    expect(rounds).toBe(done);
  });
});
