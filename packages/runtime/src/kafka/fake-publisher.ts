import { KafkaUnavailableError, type KafkaMessage, type Publisher } from './kafka-publisher.js';

/** Keeps what was published; answers as if the broker were away while `isAway`. */
export class FakePublisher implements Publisher {
  readonly published: { topic: string; message: KafkaMessage }[] = [];
  isAway = false;

  async publish(topic: string, messages: readonly KafkaMessage[]): Promise<void> {
    await Promise.resolve();
    if (this.isAway) throw new KafkaUnavailableError(new Error('connect ECONNREFUSED'));
    this.published.push(...messages.map((message) => ({ topic, message })));
  }
}
