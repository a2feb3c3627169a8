import { Registry, createLogger, type RawKafkaMessage, type ReceivedMessage } from '@hilum/runtime';
import { describe, expect, it, vi } from 'vitest';
import { Dispatcher } from './dispatcher.js';
import { FakeEventSink } from './fake-event-sink.js';
import type { SinkAnswer } from './event-sink.js';

const log = createLogger({ process: 'test', level: 'silent' });
const never = new AbortController().signal;

function answer(status: number, problem: { code: string | null; detail: string | null } | null = null): SinkAnswer {
  return { kind: 'answer', status, retryAfterMs: null, problem };
}

function message(offset: string, key = 'a.jpeg'): ReceivedMessage {
  const notification = {
    Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'xray-intake' }, object: { key } } }],
  };
  return {
    topic: 'xray.uploads.v1',
    partition: 0,
    offset,
    key: Buffer.from([0xff, 0x00]),
    value: Buffer.from(JSON.stringify(notification)),
    headers: { traceparent: Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01') },
    timestampMs: Date.UTC(2026, 0, 2),
  };
}

function dispatcherWith(
  answers: SinkAnswer[],
  options: { retries?: number; failingPublishes?: number; onWait?: () => Promise<void> } = {},
) {
  const sink = new FakeEventSink(answers);
  const buried: RawKafkaMessage[] = [];
  const waits: number[] = [];
  let failingPublishes = options.failingPublishes ?? 0;
  const dispatcher = new Dispatcher({
    site: 'st-agnes',
    sink,
    deadLetters: {
      publish: (_topic, messages) => {
        if (failingPublishes > 0) {
          failingPublishes -= 1;
          return Promise.reject(new Error('away'));
        }
        buried.push(...messages);
        return Promise.resolve();
      },
    },
    log,
    registry: new Registry(),
    notification: { intakeBucket: 'xray-intake', keyEncoding: 'raw' },
    concurrency: 4,
    retries: options.retries ?? 5,
    // time that passes at once
    timer: {
      now: () => waits.length * 1e6,
      after: (ms, callback) => (waits.push(ms), queueMicrotask(callback), () => undefined),
    },
    wait: async (ms) => {
      waits.push(ms);
      await options.onWait?.();
      return true;
    },
    now: () => Date.UTC(2026, 0, 3),
  });
  return { dispatcher, sink, buried, waits };
}

const BROKEN: SinkAnswer = { kind: 'broken' };

/** What each request asked for: undefined, to score the image; else why to give it up. */
function causes(sink: FakeEventSink): (string | undefined)[] {
  return sink.requests.map(({ headers }) => headers['ce-hilumgiveup']);
}

describe('the dispatcher', () => {
  it('sends the event that KafkaSource would send, its value untouched', async () => {
    const { dispatcher, sink } = dispatcherWith([answer(200)]);
    const record = message('7');
    await dispatcher.handle(record, never);
    expect(sink.requests).toEqual([
      {
        headers: {
          'ce-specversion': '1.0',
          'ce-type': 'dev.knative.kafka.event',
          'ce-source': '/apis/v1/namespaces/st-agnes/kafkasources/dispatcher#xray.uploads.v1',
          'ce-id': 'partition:0/offset:7',
          'ce-subject': 'partition:0#7',
          'ce-time': '2026-01-02T00:00:00.000Z',
          'content-type': 'application/json',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        },
        body: record.value,
      },
    ]);
  });

  it('waits for a sink that is away however long it takes, and dead-letters nothing', async () => {
    const away: SinkAnswer[] = Array.from({ length: 50 }, (_, i) =>
      i % 2 === 0 ? { kind: 'no-connection' } : answer(503),
    );
    const { dispatcher, sink, buried } = dispatcherWith([...away, answer(202)]);
    await dispatcher.handle(message('0'), never);
    expect(sink.requests).toHaveLength(51);
    expect(buried).toEqual([]);
  });

  it('waits for a sink that never answers', async () => {
    const { dispatcher, buried } = dispatcherWith([{ kind: 'timeout' }, { kind: 'timeout' }, answer(200)]);
    await dispatcher.handle(message('0'), never);
    expect(buried).toEqual([]);
  });

  /** Record 0 always fails, unless it is given up; the others get what `others` says. */
  function failing(others: SinkAnswer, options: { retries: number; givenUp?: SinkAnswer[] }) {
    const givenUp = [...(options.givenUp ?? [answer(200)])];
    let offset = 0;
    const built = dispatcherWith([], {
      retries: options.retries,
      onWait: () => built.dispatcher.handle(message(String((offset += 1))), never),
    });
    const { sink } = built;
    sink.onPost = () => {
      const headers = sink.requests.at(-1)?.headers;
      if (headers?.['ce-id'] !== 'partition:0/offset:0') return others;
      return headers['ce-hilumgiveup'] === undefined ? answer(500) : (givenUp.shift() ?? answer(200));
    };
    return {
      ...built,
      ofRecord0: () => sink.requests.filter(({ headers }) => headers['ce-id'] === 'partition:0/offset:0'),
    };
  }

  it('tries a record that fails while others are scored again, then once more with the request to give it up', async () => {
    const { dispatcher, ofRecord0, buried } = failing(answer(200), { retries: 2 });
    await dispatcher.handle(message('0'), never);
    const asked = ofRecord0();
    expect(asked.map(({ headers }) => headers['ce-hilumgiveup'])).toEqual([undefined, undefined, undefined, 'error']);
    const [first, last] = [asked[0], asked.at(-1)];
    expect(last).toEqual({ body: first?.body, headers: { ...first?.headers, 'ce-hilumgiveup': 'error' } });
    expect(buried).toEqual([]);
  });

  it('puts a record to the dead letters as it came when giving it up is refused as well', async () => {
    const { dispatcher, buried } = failing(answer(200), { retries: 2, givenUp: [answer(400)] });
    const record = message('0');
    await dispatcher.handle(record, never);
    expect(buried).toEqual([
      {
        key: record.key,
        value: record.value,
        headers: {
          ...record.headers,
          hilum_error_code: 'HILUM_DISPATCHER_SINK_FAILED',
          hilum_error_status: '500',
          hilum_error_at: '2026-01-03T00:00:00.000Z',
          hilum_original_topic: 'xray.uploads.v1',
          hilum_original_partition: '0',
          hilum_original_offset: '0',
        },
      },
    ]);
  });

  it.each([
    ['names no image', answer(204), 0],
    ['is refused', answer(400), 2],
  ])('gives no record up because one that %s is answered meanwhile', async (_name, others, refused) => {
    const { dispatcher, sink, buried } = failing(others, { retries: 2 });
    await dispatcher.handle(message('0'), never);
    expect(causes(sink).every((cause) => cause === undefined)).toBe(true);
    expect(buried).toHaveLength(1 + refused);
    expect(buried.at(-1)?.headers).toMatchObject({
      hilum_error_code: 'HILUM_DISPATCHER_SINK_FAILED_ALL',
      hilum_original_offset: '0',
    });
  });

  it('gives nothing up when everything fails: it lies in the dead letters with what the sink said', async () => {
    const { dispatcher, sink, buried } = dispatcherWith([], { retries: 2 });
    sink.onPost = () => answer(500, { code: 'HILUM_INFERENCE_FAULT', detail: 'no memory' });
    await Promise.all(['0', '1', '2', '3'].map((offset) => dispatcher.handle(message(offset), never)));
    expect(sink.requests).toHaveLength(12);
    expect(causes(sink).every((cause) => cause === undefined)).toBe(true);
    expect(buried).toHaveLength(4);
    expect(buried[0]?.headers).toMatchObject({
      hilum_error_code: 'HILUM_DISPATCHER_SINK_FAILED_ALL',
      hilum_error_status: '500',
      hilum_error_detail: 'nothing else was scored meanwhile (HILUM_INFERENCE_FAULT: no memory)',
    });
  });

  it('gives a record up over which, alone in flight and held back before, the sink went away three times', async () => {
    const { dispatcher, sink, buried } = dispatcherWith([BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, answer(200)]);
    await dispatcher.handle(message('0'), never);
    // the first time it was not known to be alone, the second time not held back
    expect(causes(sink)).toEqual([undefined, undefined, undefined, undefined, undefined, 'crash']);
    expect(buried).toEqual([]);
  });

  it('holds nothing against a record that is taken in the end', async () => {
    const { dispatcher, sink, buried } = dispatcherWith([BROKEN, BROKEN, BROKEN, answer(200)]);
    await dispatcher.handle(message('0'), never);
    expect(causes(sink)).toEqual([undefined, undefined, undefined, undefined]);
    expect(buried).toEqual([]);
  });

  it('counts no refused connection as a strike', async () => {
    const gone: SinkAnswer[] = Array.from({ length: 20 }, () => ({ kind: 'no-connection' }));
    const { dispatcher, sink } = dispatcherWith([BROKEN, ...gone, BROKEN, ...gone, BROKEN, ...gone, answer(200)]);
    await dispatcher.handle(message('0'), never);
    expect(causes(sink).every((cause) => cause === undefined)).toBe(true);
  });

  it('buries a record with its own code when the sink goes away over giving it up as well', async () => {
    const { dispatcher, sink, buried } = dispatcherWith(Array.from({ length: 9 }, () => BROKEN));
    await dispatcher.handle(message('0'), never);
    expect(causes(sink).filter((cause) => cause === 'crash')).toHaveLength(4);
    expect(buried[0]?.headers).toMatchObject({ hilum_error_code: 'HILUM_DISPATCHER_SINK_DIED' });
    expect(buried[0]?.headers).not.toHaveProperty('hilum_error_status');
  });

  /** Record 0 hangs, unless it is given up, until it is told; the others get `others`. */
  function hanging(others: SinkAnswer, retries: number) {
    const built = dispatcherWith([], { retries });
    const { sink } = built;
    const hung: ((answer: SinkAnswer) => void)[] = [];
    const post = sink.post.bind(sink);
    sink.onPost = () => (sink.requests.at(-1)?.headers['ce-hilumgiveup'] === undefined ? others : answer(200));
    sink.post = (request) => {
      const answered = post(request);
      const isHanging = request.headers['ce-id']?.endsWith(':0') === true && !('ce-hilumgiveup' in request.headers);
      return isHanging ? new Promise((resolve) => hung.push(resolve)) : answered;
    };
    return { ...built, hung };
  }

  it('gives a record up that hangs while others are scored', async () => {
    const { dispatcher, sink, buried, hung } = hanging(answer(200), 1);
    const done = dispatcher.handle(message('0'), never);
    for (const offset of ['1', '2']) {
      await vi.waitFor(() => expect(hung).toHaveLength(1));
      await dispatcher.handle(message(offset), never);
      hung.shift()?.({ kind: 'timeout' });
    }
    await done;
    expect(causes(sink).filter((cause) => cause !== undefined)).toEqual(['timeout']);
    expect(buried).toEqual([]);
  });

  it.each([
    ['name no image', answer(204)],
    ['are refused', answer(400)],
  ])('waits for a record that hangs while others that %s are answered', async (_name, others) => {
    const { dispatcher, sink, hung } = hanging(others, 0);
    const done = dispatcher.handle(message('0'), never);
    await vi.waitFor(() => expect(hung).toHaveLength(1));
    await dispatcher.handle(message('1'), never);
    hung.shift()?.({ kind: 'timeout' });
    await vi.waitFor(() => expect(hung).toHaveLength(1));
    hung.shift()?.(answer(200));
    await done;
    expect(causes(sink).every((cause) => cause === undefined)).toBe(true);
  });

  it('gives the place back that it was given in the moment of a stop', async () => {
    const { dispatcher, sink } = dispatcherWith([]);
    sink.onPost = () => answer(200);
    const stop = new AbortController();
    const stopped = Array.from({ length: 20 }, (_, index) => dispatcher.handle(message(String(index)), stop.signal));
    stop.abort();
    await Promise.allSettled(stopped);
    await dispatcher.handle(message('20'), never);
    expect(sink.requests.at(-1)?.headers['ce-id']).toBe('partition:0/offset:20');
  });

  it("keeps the problem's code and a bounded detail of a refusal, which it does not try again", async () => {
    const refusal = answer(422, { code: 'HILUM_NOTIFICATION_NOT_JSON', detail: 'x'.repeat(2_000) });
    const { dispatcher, sink, buried } = dispatcherWith([refusal]);
    await dispatcher.handle(message('0'), never);
    expect(sink.requests).toHaveLength(1);
    expect(buried[0]?.headers).toMatchObject({
      hilum_error_code: 'HILUM_NOTIFICATION_NOT_JSON',
      hilum_error_status: '422',
      hilum_error_detail: 'x'.repeat(500),
    });
  });

  it('is not done before the dead-letter topic has the record', async () => {
    const { dispatcher, buried, waits } = dispatcherWith([answer(400)], { failingPublishes: 3 });
    await dispatcher.handle(message('0'), never);
    expect(buried).toHaveLength(1);
    expect(waits).toHaveLength(3);
  });

  it('leaves a record undone when it is stopped while the sink is away', async () => {
    const stop = new AbortController();
    const { dispatcher, sink, buried } = dispatcherWith([]);
    sink.onPost = (count) => {
      if (count === 3) stop.abort();
      return { kind: 'no-connection' };
    };
    await expect(dispatcher.handle(message('0'), stop.signal)).rejects.toThrow();
    expect(buried).toEqual([]);
  });

  it('orders notifications by object, and those it cannot read not at all', () => {
    const { dispatcher } = dispatcherWith([]);
    expect(dispatcher.orderKeyOf(message('0', 'b.jpeg'))).toBe('b.jpeg');
    expect(dispatcher.orderKeyOf(message('0', 'scan\u0001.jpeg'))).toBe('scan\ufffd.jpeg');
    expect(dispatcher.orderKeyOf(message('0', 'scan\ufffd.jpeg'))).toBe('scan\ufffd.jpeg');
    expect(dispatcher.orderKeyOf({ ...message('1'), value: Buffer.from('not JSON') })).toBeNull();
    expect(dispatcher.orderKeyOf({ ...message('2'), value: null })).toBeNull();
  });
});
