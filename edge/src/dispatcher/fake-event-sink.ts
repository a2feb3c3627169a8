import type { EventSink, SinkAnswer } from './event-sink.js';
import type { SinkRequest } from './kafka-source-event.js';

/** Gives the answers it was told, one after another. */
export class FakeEventSink implements EventSink {
  readonly requests: SinkRequest[] = [];
  /** Takes the place of the list when set. */
  onPost: ((count: number) => SinkAnswer) | undefined;
  readonly #answers: SinkAnswer[];

  constructor(answers: readonly SinkAnswer[]) {
    this.#answers = [...answers];
  }

  post(request: SinkRequest): Promise<SinkAnswer> {
    this.requests.push(request);
    const answer = this.onPost?.(this.requests.length) ?? this.#answers.shift();
    if (answer === undefined) throw new Error('the fake sink has no answer left');
    return Promise.resolve(answer);
  }
}
