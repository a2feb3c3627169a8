import type { Admin, Kafka } from 'kafkajs';

/** Records of one partition, `from` up to but not including `to`. */
export interface OffsetRange {
  partition: number;
  from: number;
  to: number;
}

/** The few questions that services ask of a broker. */
export class KafkaAdmin {
  readonly #kafka: Kafka;
  #admin: Promise<Admin> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  async listTopics(): Promise<string[]> {
    return this.#ask((admin) => admin.listTopics());
  }

  /** Tells one broker's logs from another's. */
  async clusterId(): Promise<string> {
    return (await this.#ask((admin) => admin.describeCluster())).clusterId;
  }

  /** What a topic holds now, one range for each partition, in their order. */
  async topicRanges(topic: string): Promise<OffsetRange[]> {
    const partitions = await this.#ask((admin) => admin.fetchTopicOffsets(topic));
    return partitions
      .map(({ partition, low, high }) => ({ partition, from: Number(low), to: Number(high) }))
      .sort((a, b) => a.partition - b.partition);
  }

  /** Records of a topic that a consumer group has not committed yet. */
  async lag(groupId: string, topic: string): Promise<number> {
    const [ends, [group]] = await Promise.all([
      this.#ask((admin) => admin.fetchTopicOffsets(topic)),
      this.#ask((admin) => admin.fetchOffsets({ groupId, topics: [topic] })),
    ]);
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return ends.reduce((sum, { partition, low, high }) => {
      // -1: the group has committed nothing in this partition, so it will begin at the earliest record
      const next = Math.max(committed.get(partition) ?? -1, Number(low));
      return sum + Math.max(0, Number(high) - next);
    }, 0);
  }

  /** @throws when the group has members or the broker is away */
  async deleteGroup(groupId: string): Promise<void> {
    await this.#ask((admin) => admin.deleteGroups([groupId]));
  }

  async close(): Promise<void> {
    const admin = await this.#admin?.catch(() => undefined);
    this.#admin = undefined;
    await admin?.disconnect();
  }

  async #ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    this.#admin ??= (async () => {
      const admin = this.#kafka.admin({ retry: { retries: 1 } });
      await admin.connect();
      return admin;
    })();
    try {
      return await question(await this.#admin);
    } catch (error) {
      const broken = await this.#admin?.catch(() => undefined);
      this.#admin = undefined;
      await broken?.disconnect().catch(() => undefined);
      throw error;
    }
  }
}
