import { normaliseNotification, siteTopics, type GiveUpCause, type NotificationOptions } from '@hilum/contracts';
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
import { CALM_MS, LOOK_EVERY_MS, MAX_HOLD_MS, STRIKES_TO_GIVE_UP, giveUpCauseOf, isStrike } from './give-up-rule.js';
import { kafkaSourceEvent, testEvent, type SinkRequest } from './kafka-source-event.js';
import { SinkGate, type GateTimer, type SinkNews, type Ticket } from './sink-gate.js';

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
  /** how long no connection may have been lost before a lost one is held against a record */
  calmMs?: number;
  timer?: GateTimer;
  wait?: (ms: number, signal: AbortSignal) => Promise<boolean>;
  /** milliseconds since the epoch */
  now?: () => number;
}

/** While the sink is away: soon noticed when it is back, yet no load on one that is starting. */
const PAUSE: Backoff = { firstMs: 200, maxMs: 5_000 };
const RETRY: Backoff = { firstMs: 200, maxMs: 10_000 };

/** What a record has done so far, kept while it is in hand; after a restart it has to do it again. */
interface History {
  strikes: number;
  /** a connection was lost over it: it goes alone from now on */
  isSuspect: boolean;
  /** set when that happened while it was alone: held back since then, until nothing was lost for so long */
  held: { sinceMs: number; calmMs: number } | null;
}

/** How far one record was brought. */
type Brought =
  { kind: 'delivered' } | { kind: 'failed'; outcome: DeliveryOutcome } | { kind: 'refused'; outcome: DeliveryOutcome };

/**
 * Hands upload notifications to the scoring service. A record is done (and its offset may be committed) when the sink
 * took it or when it lies in the dead-letter topic; anything else, a failed dead-letter write too, goes on trying.
 *
 * A record that fails for good is handed over once more with the request to give it up, so that the image has an
 * outcome that staff see. Only if that is not taken either does it go to the dead letters.
 */
export class Dispatcher implements HandleEach {
  readonly concurrency: number;
  readonly #options: DispatcherOptions;
  readonly #gate: SinkGate;
  readonly #deliveries: Counter<'outcome'>;
  readonly #givenUp: Counter<'cause'>;
  readonly #calmMs: number;
  readonly #monotonicMs: () => number;
  readonly #wait: (ms: number, signal: AbortSignal) => Promise<boolean>;
  readonly #now: () => number;
  /** What is in hand, for the age of the oldest. */
  readonly #inHand = new Set<ReceivedMessage>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.concurrency = options.concurrency;
    this.#wait = options.wait ?? wait;
    this.#now = options.now ?? Date.now;
    this.#calmMs = options.calmMs ?? CALM_MS;
    this.#monotonicMs = options.timer?.now ?? (() => performance.now());
    this.#gate = new SinkGate({
      capacity: options.concurrency,
      backoff: PAUSE,
      ...(options.timer === undefined ? {} : { timer: options.timer }),
    });
    const { registry } = options;
    this.#deliveries = counter(registry, 'hilum_dispatcher_deliveries_total', 'attempts by what came of them', [
      'outcome',
    ]);
    this.#givenUp = counter(registry, 'hilum_dispatcher_given_up_total', 'records given up, by what they did', [
      'cause',
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
    const brought = await this.#bring(message, null, signal);
    if (brought.kind === 'delivered') return;
    const { outcome } = brought;
    const cause = brought.kind === 'failed' ? giveUpCauseOf(outcome) : null;
    if (cause !== null) {
      const { partition, offset } = message;
      this.#options.log.error({ partition, offset, cause }, 'a record is given up: the image becomes unreadable');
      const last = await this.#bring(message, cause, signal);
      this.#givenUp.inc({ cause });
      if (last.kind === 'delivered') return;
    }
    await this.#bury(message, outcome, signal);
  }

  /** Delivers a record however long the sink is away; failed: it was tried to the end, refused: no use in trying. */
  async #bring(message: ReceivedMessage, giveUp: GiveUpCause | null, signal: AbortSignal): Promise<Brought> {
    const request = kafkaSourceEvent(this.#options.site, message, giveUp);
    const history: History = { strikes: 0, isSuspect: false, held: null };
    for (let failures = 0; ;) {
      await this.#hold(history, signal);
      const { outcome, verdict, ticket } = await this.#attempt(request, history.isSuspect, signal);
      this.#deliveries.inc({ outcome: verdict });
      switch (verdict) {
        case 'delivered':
          return { kind: 'delivered' };
        case 'wait':
          this.#note(history, outcome, ticket);
          if (history.strikes >= STRIKES_TO_GIVE_UP) return { kind: 'failed', outcome };
          continue;
        case 'retry':
          this.#note(history, outcome, ticket);
          if (failures >= this.#options.retries) return { kind: 'failed', outcome };
          await this.#wait(backoffMs(RETRY, failures), signal);
          failures += 1;
          continue;
        case 'dead-letter':
          return { kind: 'refused', outcome };
      }
    }
  }

  #note(history: History, outcome: DeliveryOutcome, ticket: Ticket): void {
    // that a record hangs shows by the others that are answered meanwhile, so it must not go alone
    if (outcome.kind === 'no-answer') history.isSuspect = false;
    if (outcome.kind !== 'broken') return;
    history.isSuspect = true;
    if (isStrike(outcome, ticket, this.#calmMs)) history.strikes += 1;
    if (!ticket.isAlone) return;
    // the random part keeps two dispatchers, or a killer with a rhythm, from meeting this record each time
    history.held = { sinceMs: this.#monotonicMs(), calmMs: this.#calmMs * (1 + Math.random() / 2) };
  }

  /** Keeps a suspect out of the gate until no connection was lost for a while; not for ever, for it may be innocent. */
  async #hold({ held }: History, signal: AbortSignal): Promise<void> {
    if (held === null) return;
    while (!signal.aborted) {
      const missingMs = held.calmMs - this.#gate.calmMs;
      const leftMs = held.sinceMs + MAX_HOLD_MS - this.#monotonicMs();
      if (missingMs <= 0 || leftMs <= 0) return;
      const answersBefore = this.#gate.answers;
      await this.#wait(Math.min(missingMs, leftMs, LOOK_EVERY_MS), signal);
      const isLast = held.calmMs <= this.#gate.calmMs;
      if (isLast || this.#gate.answers !== answersBefore) continue;
      await this.#attempt(testEvent(this.#options.site, new Date(this.#now())), false, signal);
    }
  }

  /** @throws the signal's reason when it aborts: the record then stays uncommitted and comes again */
  async #attempt(
    request: SinkRequest,
    goesAlone: boolean,
    signal: AbortSignal,
  ): Promise<{ outcome: DeliveryOutcome; verdict: DeliveryVerdict; ticket: Ticket }> {
    const ticket = await this.#gate.enter(signal, { goesAlone });
    if (ticket === null || signal.aborted) {
      // admitted in the moment of the abort: the place is for somebody else
      if (ticket !== null) this.#gate.leave(ticket, { kind: 'unknown' });
      signal.throwIfAborted();
      throw new Error('the gate gave no ticket although nothing was aborted');
    }
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
    this.#logChange(wasPaused, outcome);
    return { outcome, verdict, ticket };
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
  if (outcome.kind === 'no-connection' || outcome.kind === 'broken') return { kind: 'lost' };
  if (verdict === 'wait')
    return { kind: 'away', retryAfterMs: outcome.kind === 'answer' ? outcome.retryAfterMs : null };
  return outcome.kind === 'answer' ? { kind: 'answered' } : { kind: 'unknown' };
}

function reasonOf(outcome: DeliveryOutcome): DeadLetterReason {
  if (outcome.kind === 'broken')
    return {
      code: 'HILUM_DISPATCHER_SINK_DIED',
      status: null,
      detail: 'the sink went away over this, again and again',
    };
  if (outcome.kind !== 'answer')
    return { code: 'HILUM_DISPATCHER_NO_ANSWER', status: null, detail: 'the sink answered others, but not this' };
  const { status, problem } = outcome;
  const fallback = status >= 500 ? 'HILUM_DISPATCHER_SINK_FAILED' : 'HILUM_DISPATCHER_SINK_REFUSED';
  return { code: problem?.code ?? fallback, status, detail: problem?.detail ?? null };
}
