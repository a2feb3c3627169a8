import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Registry, createLogger, type RawKafkaMessage, type ReceivedMessage } from '@hilum/runtime';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Dispatcher, type DispatcherOptions } from './dispatcher.js';
import type { EventSink, SinkAnswer } from './event-sink.js';
import { HttpEventSink } from './http-event-sink.js';
import type { SinkRequest } from './kafka-source-event.js';
import type { GateTimer } from './sink-gate.js';

// What only this file proves: who is blamed when the sink dies again and again, by real deaths and by very many.

const log = createLogger({ process: 'test', level: 'silent' });
const never = new AbortController().signal;
const CONCURRENCY = 4;

function record(offset: number, key: string): ReceivedMessage {
  const notification = {
    Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'xray-intake' }, object: { key } } }],
  };
  return {
    topic: 'xray.uploads.v1',
    partition: 0,
    offset: String(offset),
    key: null,
    value: Buffer.from(JSON.stringify(notification)),
    headers: {},
    timestampMs: 0,
  };
}

/** What became of each record: the cause for which it was given up, or null when its image was scored. */
type Taken = Map<string, string | null>;

/** Hands records over as the consumer does; resolves when all are done. */
async function dispatchAll(
  records: readonly ReceivedMessage[],
  sink: EventSink,
  options: Partial<DispatcherOptions>,
): Promise<{ taken: Taken; buried: RawKafkaMessage[] }> {
  const taken: Taken = new Map();
  const buried: RawKafkaMessage[] = [];
  const watched: EventSink = {
    post: async (request, signal) => {
      const answer = await sink.post(request, signal);
      if (answer.kind === 'answer' && answer.status === 200)
        taken.set(request.headers['ce-id'] ?? '', request.headers['ce-hilumgiveup'] ?? null);
      return answer;
    },
  };
  const dispatcher = new Dispatcher({
    site: 'st-agnes',
    sink: watched,
    deadLetters: { publish: (_topic, messages) => Promise.resolve(void buried.push(...messages)) },
    log,
    registry: new Registry(),
    notification: { intakeBucket: 'xray-intake', keyEncoding: 'raw' },
    concurrency: CONCURRENCY,
    retries: 5,
    ...options,
  });
  const waiting = [...records];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await dispatcher.handle(next, never);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return { taken, buried };
}

describe('a sink that is a process of its own and dies of one record', () => {
  let stop: (() => Promise<void>) | undefined;
  afterEach(() => stop?.());

  /** Started again as soon as it died, as a supervisor does. */
  async function startMortalSink(deadly: string): Promise<{ url: string; deaths: () => number }> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const address = probe.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    probe.close();
    await once(probe, 'close');
    let child: ChildProcess;
    let deaths = 0;
    let isStopping = false;
    const script = fileURLToPath(new URL('testing/mortal-sink.mjs', import.meta.url));
    const start = (): void => {
      child = fork(script, [String(port), deadly], { execArgv: [] });
      child.once('exit', () => {
        if (isStopping) return;
        deaths += 1;
        start();
      });
    };
    start();
    stop = async () => {
      isStopping = true;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    };
    return { url: `http://127.0.0.1:${port}/`, deaths: () => deaths };
  }

  it('serves all others, and is asked to give the one up after three deaths of it alone', async () => {
    const sink = await startMortalSink('poison');
    const records = Array.from({ length: 30 }, (_, index) => record(index, index === 7 ? 'poison' : `good-${index}`));
    // shorter than the calm of production, longer than a connection takes to be lost
    const { taken, buried } = await dispatchAll(records, new HttpEventSink({ url: sink.url, timeoutMs: 5_000 }), {
      calmMs: 300,
    });
    expect(buried).toEqual([]);
    expect(taken.size).toBe(30);
    const givenUp = [...taken].filter(([, cause]) => cause !== null);
    expect(givenUp).toEqual([['partition:0/offset:7', 'crash']]);
    // one with others beside it, one alone but too soon after that to count, three that count
    expect(sink.deaths()).toBeGreaterThanOrEqual(3);
    expect(sink.deaths()).toBeLessThanOrEqual(5);
  });
});

/** Time that moves on as soon as everybody waits for it. */
class VirtualTime implements GateTimer {
  #nowMs = 0;
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();

  now = (): number => this.#nowMs;

  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  wait = (ms: number): Promise<true> => new Promise((resolve) => this.after(ms, () => resolve(true)));

  async runUntil(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    void done.finally(() => (isDone = true)).catch(() => undefined);
    for (;;) {
      // a macrotask: all promises that can go on have gone on
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone) return;
      const next = [...this.#timers].sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined) throw new Error('everybody waits, and nothing will happen any more');
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.callback();
    }
  }
}

/** mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface KilledSinkOptions {
  /** on average, by somebody outside */
  killEveryMs: number;
  deadly: string;
  /** after each death it is away for at least and at most so long */
  downMs: readonly [number, number];
}

/** A sink that somebody kills every few seconds, and that dies of `deadly` records by itself. */
class KilledSink implements EventSink {
  deaths = 0;
  readonly #time: VirtualTime;
  readonly #random: () => number;
  readonly #deadly: string;
  #upAtMs = 0;
  readonly #downMs: readonly [number, number];
  readonly #inFlight = new Set<(answer: SinkAnswer) => void>();

  constructor(time: VirtualTime, random: () => number, options: KilledSinkOptions) {
    this.#time = time;
    this.#random = random;
    this.#deadly = options.deadly;
    this.#downMs = options.downMs;
    const killLater = (): void => {
      time.after(options.killEveryMs * (0.5 + random()), () => {
        if (time.now() >= this.#upAtMs) this.#die();
        killLater();
      });
    };
    if (options.killEveryMs !== Number.POSITIVE_INFINITY) killLater();
  }

  post(request: SinkRequest): Promise<SinkAnswer> {
    if (this.#time.now() < this.#upAtMs) return Promise.resolve({ kind: 'no-connection' });
    return new Promise((resolve) => {
      const settle = (answer: SinkAnswer): void => {
        cancel();
        this.#inFlight.delete(settle);
        resolve(answer);
      };
      const isDeadly = request.body.includes(this.#deadly) && request.headers['ce-hilumgiveup'] === undefined;
      const isTest = request.body.includes('s3:TestEvent');
      // as slow as on a machine that is busy with restarts
      const cancel = this.#time.after(100 + 800 * this.#random(), () =>
        isDeadly
          ? this.#die()
          : settle({ kind: 'answer', status: isTest ? 204 : 200, retryAfterMs: null, problem: null }),
      );
      this.#inFlight.add(settle);
    });
  }

  #die(): void {
    this.deaths += 1;
    const [leastMs, mostMs] = this.#downMs;
    this.#upAtMs = this.#time.now() + leastMs + (mostMs - leastMs) * this.#random();
    for (const settle of [...this.#inFlight]) settle({ kind: 'broken' });
  }
}

/** A sink that answers as it is told at each moment, half a second after it was asked. */
function scriptedSink(time: VirtualTime, statusOf: (offset: number, nowMs: number) => number): EventSink {
  return {
    post: ({ headers }) =>
      new Promise((resolve) => {
        const isGiveUp = headers['ce-hilumgiveup'] !== undefined;
        time.after(500, () => {
          const status = isGiveUp ? 200 : statusOf(Number(headers['ce-id']?.split(':').at(-1)), time.now());
          resolve({ kind: 'answer', status, retryAfterMs: null, problem: null });
        });
      }),
  };
}

describe('a sink that fails', () => {
  it('on everything for a minute costs no record its score, and none goes to the dead letters', async () => {
    const time = new VirtualTime();
    const records = Array.from({ length: 200 }, (_, index) => record(index, `good-${index}`));
    const sink = scriptedSink(time, (_offset, nowMs) => (nowMs >= 10_000 && nowMs < 70_000 ? 500 : 200));
    const all = dispatchAll(records, sink, { timer: time, wait: time.wait });
    await time.runUntil(all);
    const { taken, buried } = await all;
    expect(taken.size).toBe(records.length);
    expect([...taken.values()].filter((cause) => cause !== null)).toEqual([]);
    expect(buried).toEqual([]);
  });

  it('on one record while it scores others is soon asked to give this one up', async () => {
    const time = new VirtualTime();
    const records = Array.from({ length: 200 }, (_, index) => record(index, `good-${index}`));
    const all = dispatchAll(
      records,
      scriptedSink(time, (offset) => (offset === 50 ? 500 : 200)),
      { timer: time, wait: time.wait },
    );
    await time.runUntil(all);
    const { taken, buried } = await all;
    expect([...taken].filter(([, cause]) => cause !== null)).toEqual([['partition:0/offset:50', 'error']]);
    expect(buried).toEqual([]);
    // the 200 of half a second each by four workers, and no wait for a fault to pass
    expect(time.now()).toBeLessThan(40_000);
  });

  it('on everything for good gets the records to the dead letters after minutes, without giving one up', async () => {
    const time = new VirtualTime();
    const records = Array.from({ length: 8 }, (_, index) => record(index, `good-${index}`));
    const all = dispatchAll(
      records,
      scriptedSink(time, () => 500),
      { timer: time, wait: time.wait },
    );
    await time.runUntil(all);
    const { taken, buried } = await all;
    expect(taken.size).toBe(0);
    expect(buried).toHaveLength(8);
    expect(time.now()).toBeGreaterThan(2 * 80_000);
    expect(time.now()).toBeLessThan(2 * 120_000);
  });
});

describe('a sink that dies again and again', () => {
  afterEach(() => vi.restoreAllMocks());

  async function run(options: {
    seed: number;
    records: readonly ReceivedMessage[];
    killEveryMs: number;
    downMs?: readonly [number, number];
  }): Promise<{ taken: Taken; buried: RawKafkaMessage[]; deaths: number; tookMs: number }> {
    const time = new VirtualTime();
    const random = seeded(options.seed);
    vi.spyOn(Math, 'random').mockImplementation(random);
    const sink = new KilledSink(time, random, {
      killEveryMs: options.killEveryMs,
      deadly: 'poison',
      downMs: options.downMs ?? [500, 2_500],
    });
    const all = dispatchAll(options.records, sink, { timer: time, wait: time.wait });
    await time.runUntil(all);
    return { ...(await all), deaths: sink.deaths, tookMs: time.now() };
  }

  it.each([
    [1, 1_500],
    [2, 3_000],
    [3, 3_000],
    [4, 5_000],
    [5, 8_000],
    [6, 12_000],
    [7, 16_000],
    [8, 20_000],
  ])('by kills from outside costs no good record its score (run %d, every %d ms)', async (seed, killEveryMs) => {
    const records = Array.from({ length: killEveryMs / 10 }, (_, index) => record(index, `good-${index}`));
    const { taken, buried, deaths } = await run({ seed, records, killEveryMs });
    expect(deaths).toBeGreaterThan(5);
    expect(taken.size).toBe(records.length);
    expect([...taken.values()].filter((cause) => cause !== null)).toEqual([]);
    expect(buried).toEqual([]);
  });

  it('by four deadly records, next to each other, gives up these four and no other', async () => {
    const isDeadly = (index: number): boolean => index >= 10 && index < 14;
    const records = Array.from({ length: 200 }, (_, index) =>
      record(index, `${isDeadly(index) ? 'poison' : 'good'}-${index}`),
    );
    const { taken, buried } = await run({ seed: 6, records, killEveryMs: Number.POSITIVE_INFINITY });
    expect(taken.size).toBe(records.length);
    const givenUp = [...taken].filter(([, cause]) => cause === 'crash').map(([id]) => id);
    expect(givenUp.sort()).toEqual([10, 11, 12, 13].map((offset) => `partition:0/offset:${offset}`));
    expect(buried).toEqual([]);
  });

  const DOWNTIMES_MS: (readonly [number, number])[] = [
    [500, 2_500],
    [3_000, 6_000],
    [8_000, 18_000],
    [55_000, 70_000],
  ];
  const CASES = [1, 4, 6, 12].flatMap((killers) => DOWNTIMES_MS.map((downMs) => ({ killers, downMs })));

  it.each([...CASES, { killers: 1, downMs: [300_000, 300_000] as const }])(
    'by $killers deadly records, away for $downMs ms each time, gives up these and no other in bounded time',
    async ({ killers, downMs }) => {
      const isDeadly = (index: number): boolean => index >= 20 && index < 20 + 2 * killers && index % 2 === 0;
      const records = Array.from({ length: 100 }, (_, index) =>
        record(index, `${isDeadly(index) ? 'poison' : 'good'}-${index}`),
      );
      const { taken, buried, deaths, tookMs } = await run({
        seed: killers,
        records,
        killEveryMs: Number.POSITIVE_INFINITY,
        downMs,
      });
      expect(buried).toEqual([]);
      expect(taken.size).toBe(records.length);
      const givenUp = [...taken].filter(([, cause]) => cause === 'crash').map(([id]) => Number(id.split(':').at(-1)));
      expect(givenUp.sort((one, other) => one - other)).toEqual(records.map((_, i) => i).filter(isDeadly));
      // once among others, once alone before it is held back, three strikes
      expect(deaths).toBeLessThanOrEqual(5 * killers);
      // after each death: away, the probe that finds it back, the longest calm, and the next look
      expect(tookMs).toBeLessThan(5 * killers * (downMs[1] + 5_000 + 15_000 + 1_000) + 60_000);
    },
  );

  it('by a deadly record while somebody kills it now and then as well gives up this one alone', async () => {
    const records = Array.from({ length: 300 }, (_, index) => record(index, index === 50 ? 'poison' : `good-${index}`));
    const { taken } = await run({ seed: 7, records, killEveryMs: 30_000 });
    expect(taken.size).toBe(records.length);
    expect([...taken].filter(([, cause]) => cause !== null)).toEqual([['partition:0/offset:50', 'crash']]);
  });
});
