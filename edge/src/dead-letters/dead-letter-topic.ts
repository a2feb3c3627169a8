import { siteTopics } from '@hilum/contracts';
import {
  KafkaUnavailableError,
  type KafkaAdmin,
  type KafkaReader,
  type OffsetRange,
  type ReceivedMessage,
} from '@hilum/runtime';

/** Port for reading what could not be delivered. */
export interface DeadLetterTopic {
  /** What the topic holds now, one range for each partition, in their order. @throws KafkaUnavailableError */
  ranges(): Promise<OffsetRange[]>;
  /** Hands over the records of the ranges; those that have expired are left out. @throws KafkaUnavailableError */
  read(ranges: readonly OffsetRange[], onRecord: (record: ReceivedMessage) => void): Promise<void>;
}

/** The {@link DeadLetterTopic} of the site's broker. */
export class KafkaDeadLetterTopic implements DeadLetterTopic {
  readonly #admin: KafkaAdmin;
  readonly #reader: KafkaReader;

  constructor(admin: KafkaAdmin, reader: KafkaReader) {
    this.#admin = admin;
    this.#reader = reader;
  }

  async ranges(): Promise<OffsetRange[]> {
    try {
      return await this.#admin.topicRanges(siteTopics.uploadsDeadLetter);
    } catch (error) {
      throw new KafkaUnavailableError(error, 'the broker did not tell what the dead-letter topic holds');
    }
  }

  read(ranges: readonly OffsetRange[], onRecord: (record: ReceivedMessage) => void): Promise<void> {
    return this.#reader.read(siteTopics.uploadsDeadLetter, ranges, onRecord);
  }
}
