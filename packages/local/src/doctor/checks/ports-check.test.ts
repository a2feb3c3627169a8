import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fleetState, processRecord, sampleExamination, sampleTable } from '../testing/sample-examination.js';
import { fixedPortsCheck, portFinding, portsCheck } from './ports-check.js';

const edge = { name: 'st-agnes-edge', port: 20_001, owner: 'st-agnes-edge' };
const listening = (...pids: number[]) => sampleTable({ listenerOn: () => ({ pids }) });
const free = sampleTable({ listenerOn: () => null });
const signal = new AbortController().signal;

describe('a port', () => {
  it('is well when its process holds it, or somebody whom the system does not name', () => {
    expect(portFinding(sampleExamination(), listening(100), edge)).toBeNull();
    expect(portFinding(sampleExamination(), listening(7, 100), edge)).toBeNull();
    expect(portFinding(sampleExamination(), listening(), edge)).toBeNull();
  });

  it('is failed when a stranger holds it', () => {
    expect(portFinding(sampleExamination(), listening(7), edge)).toMatchObject({
      state: 'failed',
      detail: 'port 20001 (st-agnes-edge) is held by process 7, which is not st-agnes-edge',
    });
  });

  it('is failed when it is free while its process is ready, and well while that starts', () => {
    expect(portFinding(sampleExamination(), free, edge)).toMatchObject({ state: 'failed' });
    const starting = sampleExamination({ state: fleetState([processRecord('st-agnes-edge', { state: 'starting' })]) });
    expect(portFinding(starting, free, edge)).toBeNull();
    expect(portFinding(sampleExamination({ state: fleetState([]) }), free, edge)).toBeNull();
  });

  it('of a second listener belongs to the broker as well', async () => {
    const examination = sampleExamination({
      state: fleetState([processRecord('hub-kafka')]),
      config: {
        version: 1,
        sites: [],
        ports: { 'hub-kafka': 20_001, 'hub-kafka-controller': 20_002, 'hub-kafka-wan': 20_003 },
      },
    });
    const check = (table: ReturnType<typeof sampleTable>) => portsCheck({ ...examination, table }, 'hub').run(signal);
    expect(await check(listening(100))).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/^3 ports/) as unknown,
    });
    const withoutWan = sampleTable({ listenerOn: (port) => (port === 20_003 ? null : { pids: [100] }) });
    expect(await check(withoutWan)).toMatchObject({
      state: 'failed',
      detail: 'port 20003 (hub-kafka-wan) is free, but hub-kafka should listen on it',
    });
  });

  it('cannot be looked at where the system tells nothing', async () => {
    expect(await portsCheck(sampleExamination({ table: null }), 'st-agnes').run(signal)).toMatchObject({
      state: 'skipped',
    });
    expect(await portsCheck(sampleExamination(), 'st-agnes').run(signal)).toMatchObject({ state: 'ok' });
  });
});

describe('a port that the environment fixes', () => {
  it('must be free while nothing runs, whether the folder is there or not', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = { HILUM_RIVERSIDE_EDGE_PORT: String(port), HILUM_HUB_PORT: 'x' };
    const absent = sampleExamination({ supervisor: null, exists: false, config: null, sites: [], env });
    const finding = await fixedPortsCheck(absent).run(signal);
    expect(finding).toMatchObject({ state: 'failed' });
    expect(finding.detail).toContain('HILUM_HUB_PORT=x: must be a port number');
    delete (env as Partial<typeof env>).HILUM_HUB_PORT;
    expect((await fixedPortsCheck(absent).run(signal)).detail).toContain(`HILUM_RIVERSIDE_EDGE_PORT=${port}`);
    await new Promise((resolve) => server.close(resolve));
    expect(await fixedPortsCheck(absent).run(signal)).toMatchObject({
      state: 'ok',
      detail: `free: HILUM_RIVERSIDE_EDGE_PORT=${port}`,
    });
  });

  it('is not reserved by looking at it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hilum-ports-test-'));
    vi.stubEnv('TMPDIR', folder);
    try {
      const env = { HILUM_HUB_PORT: '20001' };
      await fixedPortsCheck(sampleExamination({ supervisor: null, env })).run(signal);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  });

  it('is not looked at while it is in use', async () => {
    expect(await fixedPortsCheck(sampleExamination()).run(signal)).toMatchObject({ state: 'skipped' });
  });
});
