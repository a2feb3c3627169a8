import { normaliseNotification, siteTopics, type NotificationOptions } from '@hilum/contracts';
import {
  type Counter,
  backoffMs,
  counter,
  gauge,
  wait,
  type Backoff,
  type HandleEach,
  type Logger,
  type ReceivedMessage,
  type Registry,
} from '@hilum/runtime';
import { deadLetterOf, type DeadLetterPublisher, type DeadLetterReason } from './dead-letter.js';
import { deliveryVerdict, type DeliveryOutcome, type DeliveryVerdict } from './delivery-rule.js';
import type { EventSink, SinkAnswer } from './event-sink.js';
import { kafkaSourceEvent, type SinkRequest } from './kafka-source-event.js';
import { SinkGate, type GateTimer, type SinkNews } from './sink-gate.js';

export interface DispatcherOptions {
  site: string;
  sink: EventSink;
  deadLetters: DeadLetterPublisher;
  log: Logger;
  registry: Registry;
  notification: NotificationOptions;
  /** deliveries under way at once, over all partitions */
  concurrency: number;
  /** further tries after a 5xx that is not "away" */
  retries: number;
  timer?: GateTimer;
  wait?: (ms: number, signal: AbortSignal) => Promise<boolean>;
  /** milliseconds since the epoch */
  now?: () => number;
}

/** While the sink is away: soon noticed when it is back, yet no load on one that is starting. */
const PAUSE: Backoff = { firstMs: 200, maxMs: 5_000 };
const RETRY: Backoff = { firstMs: 200, maxMs: 10_000 };

/**
 * Hands upload notifications to the scoring service. A record is done (and its offset may be committed) when the sink
 * took it or when it lies in the dead-letter topic; anything else, a failed dead-letter write too, goes on trying.
 */
export class Dispatcher implements HandleEach {
  readonly concurrency: number;
  readonly #options: DispatcherOptions;
  readonly #gate: SinkGate;
  readonly #deliveries: Counter<'outcome'>;
  readonly #wait: (ms: number, signal: AbortSignal) => Promise<boolean>;
  readonly #now: () => number;
  /** What is in hand, for the age of the oldest. */
  readonly #inHand = new Set<ReceivedMessage>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.concurrency = options.concurrency;
    this.#wait = options.wait ?? wait;
    this.#now = options.now ?? Date.now;
    this.#gate = new SinkGate({
      capacity: options.concurrency,
      backoff: PAUSE,
      ...(options.timer === undefined ? {} : { timer: options.timer }),
    });
    const { registry } = options;
    this.#deliveries = counter(registry, 'hilum_dispatcher_deliveries_total', 'attempts by what came of them', [
      'outcome',
    ]);
    gauge(registry, 'hilum_dispatcher_paused', '1 while the sink is away', [], (g) =>
      g.set(this.#gate.isPaused ? 1 : 0),
    );
    gauge(registry, 'hilum_dispatcher_deliveries_in_flight', 'requests to the sink under way', [], (g) =>
      g.set(this.#gate.inFlight),
    );
    gauge(
      registry,
      'hilum_dispatcher_oldest_record_age_seconds',
      'age of the oldest record in hand, 0 when there is none',
      [],
      (g) => g.set(this.#oldestAgeSeconds()),
    );
  }

  /** Notifications of one object one after another: scored at once by two workers it would be scored twice. */
  orderKeyOf = (message: ReceivedMessage): string | null => {
    const notification = normaliseNotification(message.value, this.#options.notification);
    return notification.kind === 'objects' ? (notification.objects[0]?.key ?? null) : null;
  };

  handle = async (message: ReceivedMessage, signal: AbortSignal): Promise<void> => {
    this.#inHand.add(message);
    try {
      await this.#deliver(message, signal);
    } finally {
      this.#inHand.delete(message);
    }
  };

  async #deliver(message: ReceivedMessage, signal: AbortSignal): Promise<void> {
    const request = kafkaSourceEvent(this.#options.site, message);
    for (let failures = 0; ;) {
      const { outcome, verdict } = await this.#attempt(request, signal);
      switch (verdict) {
        case 'delivered':
          return;
        case 'wait':
          continue;
        case 'retry':
          if (failures >= this.#options.retries) return this.#bury(message, outcome, signal);
          await this.#wait(backoffMs(RETRY, failures), signal);
          failures += 1;
          continue;
        case 'dead-letter':
          return this.#bury(message, outcome, signal);
      }
    }
  }

  /** @throws the signal's reason when it aborts: the record then stays uncommitted and comes again */
  async #attempt(
    request: SinkRequest,
    signal: AbortSignal,
  ): Promise<{ outcome: DeliveryOutcome; verdict: DeliveryVerdict }> {
    const ticket = await this.#gate.enter(signal);
    signal.throwIfAborted();
    if (ticket === null) throw new Error('the gate gave no ticket although nothing was aborted');
    const answersBefore = this.#gate.answers;
    const answer = await this.#options.sink.post(request, signal);
    if (signal.aborted) {
      this.#gate.leave(ticket, { kind: 'unknown' });
      signal.throwIfAborted();
    }
    const outcome = outcomeOf(answer, this.#gate.answers !== answersBefore);
    const verdict = deliveryVerdict(outcome);
    const wasPaused = this.#gate.isPaused;
    this.#gate.leave(ticket, newsOf(outcome, verdict));
    this.#deliveries.inc({ outcome: verdict });
    this.#logChange(wasPaused, outcome);
    return { outcome, verdict };
  }

  #logChange(wasPaused: boolean, outcome: DeliveryOutcome): void {
    if (wasPaused === this.#gate.isPaused) return;
    const { log } = this.#options;
    if (wasPaused) log.info('the sink is back');
    else
      log.warn(
        { why: outcome.kind, status: outcome.kind === 'answer' ? outcome.status : undefined },
        'the sink is away, deliveries wait',
      );
  }

  async #bury(message: ReceivedMessage, outcome: DeliveryOutcome, signal: AbortSignal): Promise<void> {
    const { deadLetters, log } = this.#options;
    const reason = reasonOf(outcome);
    const { partition, offset } = message;
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        await deadLetters.publish(siteTopics.uploadsDeadLetter, [deadLetterOf(message, reason, new Date(this.#now()))]);
        break;
      } catch (error) {
        log.warn({ err: error, partition, offset, attempt }, 'the dead-letter topic did not take a record yet');
        await this.#wait(backoffMs(RETRY, attempt), signal);
      }
    }
    log.error({ partition, offset, code: reason.code, status: reason.status }, 'a record went to the dead letters');
  }

  #oldestAgeSeconds(): number {
    let oldestMs = this.#now();
    for (const { timestampMs } of this.#inHand) oldestMs = Math.min(oldestMs, timestampMs);
    return Math.max(0, this.#now() - oldestMs) / 1000;
  }
}

function outcomeOf(answer: SinkAnswer, hasSinkAnsweredOthers: boolean): DeliveryOutcome {
  return answer.kind === 'timeout' ? { kind: 'no-answer', hasSinkAnsweredOthers } : answer;
}

function newsOf(outcome: DeliveryOutcome, verdict: DeliveryVerdict): SinkNews {
  if (verdict === 'wait')
    return { kind: 'away', retryAfterMs: outcome.kind === 'answer' ? outcome.retryAfterMs : null };
  return outcome.kind === 'answer' ? { kind: 'answered' } : { kind: 'unknown' };
}

function reasonOf(outcome: DeliveryOutcome): DeadLetterReason {
  if (outcome.kind !== 'answer')
    return { code: 'HILUM_DISPATCHER_NO_ANSWER', status: null, detail: 'the sink answered others, but not this' };
  const { status, problem } = outcome;
  const fallback = status >= 500 ? 'HILUM_DISPATCHER_SINK_FAILED' : 'HILUM_DISPATCHER_SINK_REFUSED';
  return { code: problem?.code ?? fallback, status, detail: problem?.detail ?? null };
}
