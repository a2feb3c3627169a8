import type { CloudEvent, StudyScored } from '@hilum/contracts';
import { KafkaUnavailableError } from '@hilum/runtime/core';
import type { ScoredPublisher } from './scored-publisher.js';

/** Keeps what was published; answers as if the broker were away while `isAway`. */
export class FakeScoredPublisher implements ScoredPublisher {
  readonly events: CloudEvent<StudyScored>[] = [];
  isAway = false;

  async publish(event: CloudEvent<StudyScored>): Promise<void> {
    await Promise.resolve();
    if (this.isAway) throw new KafkaUnavailableError(new Error('connect ECONNREFUSED'));
    this.events.push(event);
  }
}
