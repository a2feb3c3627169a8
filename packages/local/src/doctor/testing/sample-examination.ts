import type { FleetState, ProcessRecord } from '../../fleet/fleet-state.js';
import type { ProcessTable } from '../adapters/process-table.js';
import type { Examination } from '../examination.js';

export const NOW = new Date('2026-03-01T12:00:00.000Z');

/** So many seconds before {@link NOW}. */
export const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

export function processRecord(name: string, change: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    name,
    pid: 100,
    log: `/data/logs/${name}.log`,
    state: 'ready',
    restarts: 0,
    givenUp: false,
    startedAt: ago(3_600).toISOString(),
    startTime: '1',
    stopSignal: 'SIGTERM',
    error: null,
    ...change,
  };
}

export function fleetState(processes: ProcessRecord[], change: Partial<FleetState> = {}): FleetState {
  const s3 = {
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    accessKeyId: 'HILUMACCESSKEY',
    secretAccessKey: 'a-secret-access-key',
  };
  return {
    version: 1,
    supervisor: { pid: 1, startedAt: ago(3_600).toISOString(), problem: null },
    hub: {
      url: 'http://127.0.0.1:1',
      tokens: { 'hospital-it': 'hilum_token-it-0', 'data-science': 'hilum_token-ds-0', compliance: 'hilum_token-co-0' },
      kafka: '127.0.0.1:1',
      kafkaWan: '127.0.0.1:2',
      kafkaTls: { ca: '/ca', cert: '/cert', key: '/key' },
      databaseUrl: 'postgres://hilum:hub-password@127.0.0.1:1/hilum',
      s3: { ...s3, auditBucket: 'hilum-audit' },
      auditPublicKey: '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n',
    },
    sites: [
      {
        name: 'st-agnes',
        url: 'http://127.0.0.1:1',
        tokens: { staff: 'hilum_token-staff', 'hospital-it': 'hilum_token-site-it' },
        inferenceUrl: 'http://127.0.0.1:1',
        kafka: '127.0.0.1:1',
        databaseUrl: 'postgres://hilum:site-password@127.0.0.1:1/hilum',
        s3: { ...s3, intakeBucket: 'xray-intake', resultsBucket: 'xray-results' },
      },
    ],
    processes,
    ...change,
  };
}

/** A fleet of one site that runs and is well, as far as files and the system tell. */
export function sampleExamination(change: Partial<Examination> = {}): Examination {
  return {
    dataDir: '/data',
    exists: true,
    env: {},
    now: () => NOW,
    supervisor: { pid: 1, startTime: '1' },
    work: null,
    state: fleetState([processRecord('st-agnes-edge')]),
    stateProblem: null,
    config: { version: 1, sites: ['st-agnes'], ports: { 'st-agnes-edge': 20_001 } },
    configProblem: null,
    sites: ['st-agnes'],
    table: sampleTable(),
    isAlive: () => true,
    ...change,
  };
}

export function sampleTable(change: Partial<ProcessTable> = {}): ProcessTable {
  return {
    isFrozen: () => false,
    listenerOn: () => ({ pids: [100] }),
    isLoopbackOnly: () => true,
    hasVariable: () => false,
    ...change,
  };
}
