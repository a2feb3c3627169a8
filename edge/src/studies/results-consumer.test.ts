import { STUDY_SCORED_TYPE, encodeKafkaEvent, sourceOf, type StudyScored } from '@hilum/contracts';
import { Registry, createLogger, type ReceivedMessage } from '@hilum/runtime';
import { describe, expect, it } from 'vitest';
import { SITE, sampleResult } from '../testing/sample-result.js';
import { ResultsConsumer } from './results-consumer.js';
import type { RejectedEvent, StudyStore } from './study-store.js';

const log = createLogger({ process: 'test', level: 'silent' });

function message(offset: string, scored: StudyScored): ReceivedMessage {
  const { headers, value } = encodeKafkaEvent({
    id: offset,
    source: sourceOf(SITE, 'inference'),
    type: STUDY_SCORED_TYPE,
    time: scored.scoredAt,
    subject: scored.studyId,
    trace: null,
    data: scored,
  });
  return {
    topic: 'study.scored.v1',
    partition: 0,
    offset,
    key: null,
    value: Buffer.from(value),
    headers,
    timestampMs: 0,
  };
}

function consumerWith(record: (scored: readonly StudyScored[]) => Promise<StudyScored[]>) {
  const rejected: RejectedEvent[] = [];
  const recorded: StudyScored[] = [];
  let wakes = 0;
  const store = {
    record: async (scored: readonly StudyScored[]) => {
      const fresh = await record(scored);
      recorded.push(...fresh);
      return fresh;
    },
    reject: (event: RejectedEvent) => Promise.resolve(void rejected.push(event)),
  } as unknown as StudyStore;
  const consumer = new ResultsConsumer({ store, log, registry: new Registry(), onRecorded: () => (wakes += 1) });
  return { consumer, rejected, recorded, wakes: () => wakes };
}

describe('the consumer of results', () => {
  it('records a batch at once and wakes those who pass it on', async () => {
    const { consumer, recorded, wakes } = consumerWith((scored) => Promise.resolve([...scored]));
    await consumer.handleBatch([message('0', sampleResult('a')), message('1', sampleResult('b'))]);
    expect(recorded).toEqual([sampleResult('a'), sampleResult('b')]);
    expect(wakes()).toBe(1);
  });

  it('passes over what cannot be read, notes where it lies, and records the rest', async () => {
    const { consumer, rejected, recorded } = consumerWith((scored) => Promise.resolve([...scored]));
    const broken = { ...message('1', sampleResult('b')), value: Buffer.from('{"patient":"Jane Doe"') };
    await consumer.handleBatch([message('0', sampleResult('a')), broken, message('2', sampleResult('c'))]);
    expect(recorded).toHaveLength(2);
    expect(rejected).toMatchObject([{ partition: 0, offset: '1', code: 'HILUM_EVENT_DATA_NOT_JSON' }]);
    expect(JSON.stringify(rejected)).not.toContain('Jane');
  });

  it('passes over the one result that the database cannot hold', async () => {
    const poison = sampleResult('poison');
    const { consumer, rejected, recorded } = consumerWith((scored) =>
      scored.some(({ imageId }) => imageId === poison.imageId)
        ? Promise.reject(Object.assign(new Error('unsupported Unicode escape'), { code: '22P05' }))
        : Promise.resolve([...scored]),
    );
    await consumer.handleBatch([
      message('0', sampleResult('a')),
      message('1', poison),
      message('2', sampleResult('c')),
    ]);
    expect(recorded).toEqual([sampleResult('a'), sampleResult('c')]);
    expect(rejected).toMatchObject([{ offset: '1', code: 'HILUM_EDGE_EVENT_NOT_STORABLE' }]);
  });

  it('fails, so that nothing is committed, when the database is away', async () => {
    const { consumer, rejected } = consumerWith(() =>
      Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
    );
    await expect(consumer.handleBatch([message('0', sampleResult('a'))])).rejects.toThrow('refused');
    expect(rejected).toEqual([]);
  });
});
