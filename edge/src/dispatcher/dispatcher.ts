import {
  GIVE_UP_CAUSES,
  listedKeyOf,
  normaliseNotification,
  siteTopics,
  type GiveUpCause,
  type NotificationOptions,
} from '@hilum/contracts';
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
import { CALM_MS, LOOK_EVERY_MS, STRIKES_TO_GIVE_UP, giveUpCauseOf, isStrike } from './give-up-rule.js';
import { kafkaSourceEvent, testEvent, type SinkRequest } from './kafka-source-event.js';
import { SinkGate, type GateTimer, type SinkNews, type Ticket } from './sink-gate.js';
import { SuspectLine, type Held } from './suspect-line.js';

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
/** Between the tries of a record that failed; a KafkaSource's `backoffDelay` is the same first wait. */
export const RETRY: Backoff = { firstMs: 200, maxMs: 10_000 };

/**
 * Between the second and later tries of a record as long as nothing else is scored either: the five of the default take
 * a minute and a half, which a passing fault of the sink does not last.
 */
const RETRY_ALONE: Backoff = { firstMs: 15_000, maxMs: 30_000 };
/** So often a record that waits for its next try looks whether others are scored. */
const PROOF_EVERY_MS = 500;

/** What a record has done so far, kept while it is in hand; after a restart it has to do it again. */
interface History {
  strikes: number;
  /** a connection was lost over it: it goes alone from now on */
  isSuspect: boolean;
  /** not null when that happened while it was alone: held back */
  held: Held | null;
  failures: number;
  /** the number of the attempt after which a delivery shows that the sink served others since the first failure */
  failedAt: number | null;
}

/** What came of one attempt. */
interface Attempt {
  outcome: DeliveryOutcome;
  verdict: DeliveryVerdict;
  ticket: Ticket;
  number: number;
}

/** look: it only shows whether the sink is there. give-up: the image is not scored. */
type Purpose = 'score' | 'give-up' | 'look';

const NOT_HELD: Pick<History, 'isSuspect' | 'held'> = { isSuspect: false, held: null };

/** How far one record was brought. */
type Brought =
  | { kind: 'delivered' }
  | { kind: 'failed'; outcome: DeliveryOutcome; wereOthersScored: boolean }
  | { kind: 'refused'; outcome: DeliveryOutcome };

/**
 * Hands upload notifications to the scoring service. A record is done (and its offset may be committed) when the sink
 * took it or when it lies in the dead-letter topic; anything else, a failed dead-letter write too, goes on trying.
 *
 * A record that fails for good while others are scored is handed over once more with the request to give it up, so that
 * the image has an outcome that staff see. If that is not taken either, or nothing else was scored, so that it may be no
 * fault of the record, it goes to the dead letters.
 */
export class Dispatcher implements HandleEach {
  readonly concurrency: number;
  readonly #options: DispatcherOptions;
  readonly #gate: SinkGate;
  readonly #suspects: SuspectLine;
  readonly #deliveries: Counter<'outcome'>;
  readonly #givenUp: Counter<'cause'>;
  readonly #calmMs: number;
  readonly #monotonicMs: () => number;
  readonly #wait: (ms: number, signal: AbortSignal) => Promise<boolean>;
  readonly #now: () => number;
  /** What is in hand, for the age of the oldest. */
  readonly #inHand = new Set<ReceivedMessage>();
  /** Attempts are numbered in the order in which they are sent. */
  #attempts = 0;
  /** The highest number of an attempt by which an image was scored. */
  #newestScored = 0;

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
    this.#suspects = new SuspectLine(this.#gate);
    const { registry } = options;
    this.#deliveries = counter(registry, 'hilum_dispatcher_deliveries_total', 'attempts by what came of them', [
      'outcome',
    ]);
    this.#givenUp = counter(registry, 'hilum_dispatcher_given_up_total', 'records given up, by what they did', [
      'cause',
    ]);
    // an increase is not seen in a series that begins with its first record
    for (const cause of GIVE_UP_CAUSES) this.#givenUp.inc({ cause }, 0);
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

  /**
   * Notifications of one object one after another: scored at once by two workers it would be scored twice. By the listed
   * form of its key, which the reconciler's own notifications have.
   */
  orderKeyOf = (message: ReceivedMessage): string | null => {
    const notification = normaliseNotification(message.value, this.#options.notification);
    const [object] = notification.kind === 'objects' ? notification.objects : [];
    return object === undefined ? null : listedKeyOf(object.key);
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
    const hasFailed = brought.kind === 'failed';
    const cause = hasFailed ? giveUpCauseOf(outcome, brought.wereOthersScored) : null;
    if (cause !== null) {
      const { partition, offset } = message;
      this.#options.log.error({ partition, offset, cause }, 'a record is given up: the image becomes unreadable');
      const last = await this.#bring(message, cause, signal);
      this.#givenUp.inc({ cause });
      if (last.kind === 'delivered') return;
    }
    await this.#bury(message, hasFailed && cause === null ? failedAllReason(outcome) : reasonOf(outcome), signal);
  }

  /** Delivers a record however long the sink is away; failed: it was tried to the end, refused: no use in trying. */
  async #bring(message: ReceivedMessage, giveUp: GiveUpCause | null, signal: AbortSignal): Promise<Brought> {
    const request = kafkaSourceEvent(this.#options.site, message, giveUp);
    const history: History = { strikes: 0, isSuspect: false, held: null, failures: 0, failedAt: null };
    try {
      for (;;) {
        const attempt = await this.#attemptInTurn(history, request, giveUp === null ? 'score' : 'give-up', signal);
        const { outcome, verdict } = attempt;
        this.#deliveries.inc({ outcome: verdict });
        if (verdict === 'delivered') return { kind: 'delivered' };
        if (verdict === 'dead-letter') return { kind: 'refused', outcome };
        if (verdict === 'wait') {
          this.#noteAway(history, attempt);
          if (history.strikes < STRIKES_TO_GIVE_UP) continue;
        } else {
          this.#noteFailure(history, attempt);
          if (history.failures <= this.#options.retries) {
            await this.#waitForRetry(history.failures - 1, signal);
            continue;
          }
        }
        const { failedAt } = history;
        return { kind: 'failed', outcome, wereOthersScored: failedAt !== null && this.#newestScored > failedAt };
      }
    } finally {
      this.#release(history);
    }
  }

  #noteAway(history: History, { outcome, ticket }: Attempt): void {
    // the sink was away before: no fault of this record, which keeps its turn
    if (outcome.kind !== 'broken') return;
    const { held } = history;
    this.#release(history);
    history.isSuspect = true;
    if (isStrike(outcome, ticket, held?.calmMs ?? null)) history.strikes += 1;
    if (held === null && !ticket.isAlone) return;
    // the random part keeps two dispatchers, or a killer with a rhythm, from meeting this record each time
    history.held = this.#suspects.join(this.#calmMs * (1 + Math.random() / 2));
  }

  #noteFailure(history: History, { outcome, number }: Attempt): void {
    history.failures += 1;
    // the sink outlived it; and that a record hangs shows by others, so it must not go alone
    this.#release(history);
    history.isSuspect = false;
    // a record that hangs failed from the moment when it was sent; beside one that was answered, others may have been
    // sent before whatever befell the sink
    history.failedAt ??= outcome.kind === 'no-answer' ? number : this.#attempts;
  }

  #release(history: History): void {
    if (history.held !== null) this.#suspects.leave(history.held);
    history.held = null;
  }

  /** Until soon after the sink has scored others, or until a fault of the sink has had time to pass. */
  async #waitForRetry(retry: number, signal: AbortSignal): Promise<void> {
    const sinceMs = this.#monotonicMs();
    const failedAt = this.#attempts;
    const soonMs = backoffMs(RETRY, retry);
    const lateMs = retry === 0 ? soonMs : backoffMs(RETRY_ALONE, retry - 1);
    while (!signal.aborted) {
      const delayMs = this.#newestScored > failedAt ? soonMs : lateMs;
      const leftMs = sinceMs + delayMs - this.#monotonicMs();
      if (leftMs <= 0) return;
      await this.#wait(Math.min(leftMs, PROOF_EVERY_MS), signal);
    }
  }

  /** Keeps a suspect out of the gate until it is its turn; not for ever, for it may be innocent. */
  async #hold(held: Held, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const missingMs = this.#suspects.missingMs(held);
      const isFirst = this.#suspects.isFirst(held);
      if (isFirst && missingMs <= 0) return;
      const answersBefore = this.#gate.answers;
      await this.#wait(isFirst ? Math.min(missingMs, LOOK_EVERY_MS) : LOOK_EVERY_MS, signal);
      // one who looks is enough, and none while another is under way
      if (!this.#suspects.isFirst(held) || this.#suspects.missingMs(held) <= 0) continue;
      if (this.#gate.answers !== answersBefore) continue;
      await this.#attempt(testEvent(this.#options.site, new Date(this.#now())), 'look', NOT_HELD, signal);
    }
  }

  async #attemptInTurn(
    history: History,
    request: SinkRequest,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<Attempt> {
    for (;;) {
      if (history.held !== null) await this.#hold(history.held, signal);
      const attempt = await this.#attempt(request, purpose, history, signal);
      if (attempt !== null) return attempt;
    }
  }

  /**
   * @returns null when the calm that the record was held back for ended before it came to be sent
   * @throws the signal's reason when it aborts: the record then stays uncommitted and comes again
   */
  async #attempt(
    request: SinkRequest,
    purpose: Purpose,
    { isSuspect, held }: Pick<History, 'isSuspect' | 'held'>,
    signal: AbortSignal,
  ): Promise<Attempt | null> {
    const ticket = await this.#gate.enter(signal, { goesAlone: isSuspect });
    if (ticket === null || signal.aborted) {
      // admitted in the moment of the abort: the place is for somebody else
      if (ticket !== null) this.#gate.leave(ticket, { kind: 'unknown' });
      signal.throwIfAborted();
      throw new Error('the gate gave no ticket although nothing was aborted');
    }
    if (held !== null && !this.#suspects.mayUse(held, ticket)) {
      this.#gate.leave(ticket, { kind: 'unknown' });
      return null;
    }
    this.#attempts += 1;
    const number = this.#attempts;
    const answer = await this.#options.sink.post(request, signal);
    if (signal.aborted) {
      this.#gate.leave(ticket, { kind: 'unknown' });
      signal.throwIfAborted();
    }
    const outcome = outcomeOf(answer, this.#newestScored > number);
    const verdict = deliveryVerdict(outcome);
    if (purpose === 'score' && isScored(outcome)) this.#newestScored = Math.max(this.#newestScored, number);
    const wasPaused = this.#gate.isPaused;
    this.#gate.leave(ticket, newsOf(outcome, verdict));
    this.#logChange(wasPaused, outcome);
    return { outcome, verdict, ticket, number };
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

  async #bury(message: ReceivedMessage, reason: DeadLetterReason, signal: AbortSignal): Promise<void> {
    const { deadLetters, log } = this.#options;
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

/** 204 is the answer to what names no image. */
function isScored(outcome: DeliveryOutcome): boolean {
  return outcome.kind === 'answer' && outcome.status >= 200 && outcome.status < 300 && outcome.status !== 204;
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

/** For a record that failed while nothing else was scored either; what the sink said of it goes into the detail. */
function failedAllReason(outcome: DeliveryOutcome): DeadLetterReason {
  const { code, status, detail } = reasonOf(outcome);
  const words = detail === null ? code : `${code}: ${detail}`;
  return { code: 'HILUM_DISPATCHER_SINK_FAILED_ALL', status, detail: `nothing else was scored meanwhile (${words})` };
}
