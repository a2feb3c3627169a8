import type { OffsetRange, ReceivedMessage } from '@hilum/runtime';
import { isWithin } from './dead-letter-id.js';
import type { DeadLetterTopic } from './dead-letter-topic.js';

export class FakeDeadLetterTopic implements DeadLetterTopic {
  readonly records: ReceivedMessage[] = [];
  /** How many records were handed over. */
  readCount = 0;

  ranges(): Promise<OffsetRange[]> {
    const ranges = new Map<number, OffsetRange>();
    for (const { partition, offset } of this.records) {
      const from = ranges.get(partition)?.from ?? Number(offset);
      ranges.set(partition, { partition, from, to: Number(offset) + 1 });
    }
    return Promise.resolve([...ranges.values()].sort((a, b) => a.partition - b.partition));
  }

  read(ranges: readonly OffsetRange[], onRecord: (record: ReceivedMessage) => void): Promise<void> {
    for (const record of this.records) {
      if (!isWithin(ranges, { partition: record.partition, offset: Number(record.offset) })) continue;
      this.readCount += 1;
      onRecord(record);
    }
    return Promise.resolve();
  }
}
