import { imageIdOf, studyIdOf } from '@hilum/contracts';
import { KafkaUnavailableError, type RawKafkaMessage } from '@hilum/runtime';
import { describe, expect, it } from 'vitest';
import { notification, sampleDeadLetter } from '../testing/sample-dead-letter.js';
import { SITE_KEY } from '../testing/sample-result.js';
import { DeadLetters } from './dead-letters.js';
import { FakeDeadLetterTopic } from './fake-dead-letter-topic.js';
import { FakeSettlementStore } from './fake-settlement-store.js';

const NOW = Date.UTC(2026, 2, 2);

function deadLettersWith(...values: string[]) {
  const topic = new FakeDeadLetterTopic();
  topic.records.push(...values.map((value, offset) => sampleDeadLetter(offset, value)));
  const queued: { topic: string; messages: readonly RawKafkaMessage[] }[] = [];
  const broker = { isAway: false };
  const clock = { now: NOW };
  const deadLetters = new DeadLetters({
    topic,
    settlements: new FakeSettlementStore(),
    uploads: {
      publish: (name, messages) => {
        if (broker.isAway) return Promise.reject(new KafkaUnavailableError(new Error('away')));
        queued.push({ topic: name, messages });
        return Promise.resolve();
      },
    },
    notification: { intakeBucket: 'xray-intake', keyEncoding: 'raw' },
    siteKey: SITE_KEY,
    now: () => clock.now,
  });
  return { deadLetters, topic, queued, broker, clock };
}

const at = (offset: number) => ({ partition: 0, offset });

describe('the list of dead letters', () => {
  it('says why each could not be delivered and which image it names, but not its key', async () => {
    const { deadLetters } = deadLettersWith(notification('demo_Jane Doe.jpeg'), 'not JSON');
    const { items } = await deadLetters.list('open', null, 100);
    const object = {
      bucket: 'xray-intake',
      key: 'demo_Jane Doe.jpeg',
      versionId: null,
      eTag: 'b656300ad194ddb0bc576537d7262272',
    };
    const common = {
      state: 'open',
      code: 'HILUM_NOTIFICATION_NOT_JSON',
      status: 400,
      detail: 'the message is not JSON',
      at: '2026-03-01T00:00:00.000Z',
      settled: null,
    };
    expect(items).toEqual([
      {
        ...common,
        id: '0-0',
        objects: 1,
        imageId: imageIdOf(SITE_KEY, object),
        studyId: studyIdOf(SITE_KEY, object),
      },
      { ...common, id: '0-1', objects: 0, imageId: null, studyId: null },
    ]);
    expect(JSON.stringify(items)).not.toContain('Jane');
  });

  it('comes in pages, each read from where the page before ended', async () => {
    const { deadLetters, topic } = deadLettersWith('a', 'b', 'c', 'd', 'e');
    await deadLetters.discard(at(2), 'hospital-it', 'why');
    const first = await deadLetters.list('open', null, 2);
    expect(first.items.map(({ id }) => id)).toEqual(['0-0', '0-1']);
    expect(topic.readCount).toBe(2);
    const second = await deadLetters.list('open', first.last, 2);
    expect(second.items.map(({ id }) => id)).toEqual(['0-3', '0-4']);
    expect((await deadLetters.list('open', second.last, 2)).items).toEqual([]);
  });

  it('with the settled ones says what was done about them', async () => {
    const { deadLetters } = deadLettersWith('a', 'b', 'c');
    await deadLetters.resend(at(0), 'hospital-it');
    await deadLetters.discard(at(1), 'hospital-it', 'a drill');
    const by = { by: 'hospital-it', at: new Date(NOW).toISOString() };
    expect((await deadLetters.list('all', null, 10)).items).toMatchObject([
      { id: '0-0', state: 'resent', settled: { ...by, why: null } },
      { id: '0-1', state: 'discarded', settled: { ...by, why: 'a drill' } },
      { id: '0-2', state: 'open', settled: null },
    ]);
  });
});

describe('sending a dead letter again', () => {
  it('puts it back into the queue as it came there first, once', async () => {
    const { deadLetters, queued, topic } = deadLettersWith(notification('a.jpeg'));
    expect(await deadLetters.resend(at(0), 'hospital-it')).toMatchObject({ kind: 'settled' });
    const [record] = topic.records;
    expect(queued).toEqual([
      {
        topic: 'xray.uploads.v1',
        messages: [
          { key: record?.key, value: record?.value, headers: { traceparent: record?.headers['traceparent'] } },
        ],
      },
    ]);
    expect(await deadLetters.resend(at(0), 'hospital-it')).toMatchObject({
      kind: 'settled-before',
      settlement: { state: 'resent' },
    });
    expect(await deadLetters.discard(at(0), 'hospital-it', 'why')).toMatchObject({ kind: 'settled-before' });
    expect(queued).toHaveLength(1);
  });

  it('leaves it open until the broker has taken it', async () => {
    const { deadLetters, broker } = deadLettersWith('a');
    broker.isAway = true;
    await expect(deadLetters.resend(at(0), 'hospital-it')).rejects.toBeInstanceOf(KafkaUnavailableError);
    expect(await deadLetters.openCount()).toBe(1);
    broker.isAway = false;
    expect(await deadLetters.resend(at(0), 'hospital-it')).toMatchObject({ kind: 'settled' });
  });

  it('knows none that the topic does not hold', async () => {
    const { deadLetters } = deadLettersWith('a');
    expect(await deadLetters.resend(at(1), 'hospital-it')).toEqual({ kind: 'unknown' });
    expect(await deadLetters.discard({ partition: 1, offset: 0 }, 'hospital-it', 'why')).toEqual({ kind: 'unknown' });
  });
});

describe('the number of open dead letters', () => {
  it('is counted without reading a record, and falls as they are settled', async () => {
    const { deadLetters, topic } = deadLettersWith('a', 'b', 'c');
    expect(await deadLetters.openCount()).toBe(3);
    expect(topic.readCount).toBe(0);
    await deadLetters.discard(at(0), 'hospital-it', 'why');
    await deadLetters.resend(at(2), 'hospital-it');
    expect(await deadLetters.openCount()).toBe(1);
    topic.records.push(sampleDeadLetter(3));
    expect(await deadLetters.openCount()).toBe(2);
  });

  it('is right when settled ones expire, and when the topic begins anew', async () => {
    const { deadLetters, topic, clock } = deadLettersWith('a', 'b', 'c');
    for (const offset of [0, 1, 2]) await deadLetters.discard(at(offset), 'hospital-it', 'why');
    clock.now += 3_600_000;
    topic.records.splice(0, 2);
    expect(await deadLetters.openCount()).toBe(0);
    topic.records.splice(0);
    expect(await deadLetters.openCount()).toBe(0);
    topic.records.push(sampleDeadLetter(0), sampleDeadLetter(1), sampleDeadLetter(2));
    expect(await deadLetters.openCount()).toBe(3);
  });
});
