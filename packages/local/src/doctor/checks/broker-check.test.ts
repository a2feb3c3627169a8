import { describe, expect, it } from 'vitest';
import { fleetState, sampleExamination } from '../testing/sample-examination.js';
import { hubListeners, topicFindings } from './broker-check.js';

const plan = [
  { name: 'a', partitions: 1, config: { 'retention.ms': '1000' } },
  { name: 'b', partitions: 1 },
];

describe('the listeners of the hub’s broker', () => {
  it('are the one for the hub and the one for hospitals, on this machine even behind a gateway', () => {
    const examination = sampleExamination();
    expect(hubListeners(examination)).toEqual(['127.0.0.1:1', '127.0.0.1:2']);
    const { hub } = fleetState([]);
    const behindGateway = {
      state: fleetState([], { hub: { ...hub, kafkaWan: 'hub.example.org:9094' } }),
      config: { version: 1 as const, sites: [], ports: { 'hub-kafka-wan': 20_003 } },
    };
    expect(hubListeners(behindGateway)).toEqual(['127.0.0.1:1', '127.0.0.1:20003']);
    expect(hubListeners({ state: null, config: null })).toEqual([]);
  });
});

describe('the topics of a broker', () => {
  it('are well when all of the plan are there as planned', () => {
    expect(
      topicFindings(
        plan,
        new Map([...['b', 'c'].map((name) => [name, {}] as const), ['a', { 'retention.ms': '1000' }]]),
        'x',
      ),
    ).toEqual([]);
  });

  it('are failed when one is missing, and a warning when one has other settings', () => {
    expect(topicFindings(plan, new Map([['a', { 'retention.ms': '5' }]]), 'hilum up')).toEqual([
      { state: 'failed', detail: 'missing topics: b', since: null, fix: 'hilum up (makes them)' },
      {
        state: 'warning',
        detail: 'retention.ms of topic a is 5, planned is 1000',
        since: null,
        fix: 'kafka-configs --alter --entity-type topics --entity-name a --add-config retention.ms=1000',
      },
    ]);
    expect(
      topicFindings(
        plan,
        new Map([
          ['a', {}],
          ['b', {}],
        ]),
        'x',
      )[0]?.detail,
    ).toContain('is not set');
  });
});
