import type { KafkaHeaders } from '@hilum/contracts';
import type { Kafka, Producer } from 'kafkajs';

export interface KafkaMessage {
  key: string | null;
  value: string;
  headers: Record<string, string>;
  /** the record's time, milliseconds since the epoch; the broker's clock when absent */
  timestampMs?: number;
}

/** A record passed on as it came: bytes stay bytes, whatever they are. */
export interface RawKafkaMessage {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers: KafkaHeaders;
  timestampMs?: number;
}

/** The broker did not confirm: what was written may or may not be there, so send it again. Or it did not answer. */
export class KafkaUnavailableError extends Error {
  readonly code = 'HILUM_KAFKA_UNAVAILABLE';

  constructor(cause: unknown, message = 'the broker did not confirm the write') {
    super(message, { cause });
    this.name = 'KafkaUnavailableError';
  }
}

/** Port for publishing: resolves only when all in-sync replicas have the messages. */
export interface Publisher {
  /** @throws KafkaUnavailableError */
  publish(topic: string, messages: readonly KafkaMessage[]): Promise<void>;
}

/** Idempotent: a retry inside the client writes nothing twice. A retry of ours may; readers de-duplicate by event id. */
export class KafkaPublisher implements Publisher {
  readonly #kafka: Kafka | (() => Promise<Kafka>);
  #producer: Promise<Producer> | undefined;

  /** @param kafka or what brings it when something is published first: a service can be ready before its library is loaded */
  constructor(kafka: Kafka | (() => Promise<Kafka>)) {
    this.#kafka = kafka;
  }

  async publish(topic: string, messages: readonly (KafkaMessage | RawKafkaMessage)[]): Promise<void> {
    if (messages.length === 0) return;
    let producer: Producer | undefined;
    try {
      producer = await this.#connected();
      await producer.send({
        topic,
        acks: -1,
        messages: messages.map(({ key, value, headers, timestampMs }) => ({
          key,
          value,
          headers,
          ...(timestampMs === undefined ? {} : { timestamp: String(timestampMs) }),
        })),
      });
    } catch (error) {
      // after a failure the client's idempotence state may no longer fit the broker's; a fresh one costs little
      await this.#discard(producer);
      throw new KafkaUnavailableError(error);
    }
  }

  async close(): Promise<void> {
    const producer = await this.#producer?.catch(() => undefined);
    this.#producer = undefined;
    await producer?.disconnect();
  }

  #connected(): Promise<Producer> {
    this.#producer ??= (async () => {
      const kafka = typeof this.#kafka === 'function' ? await this.#kafka() : this.#kafka;
      const producer = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
      });
      await producer.connect();
      return producer;
    })();
    return this.#producer;
  }

  async #discard(producer: Producer | undefined): Promise<void> {
    // a concurrent publish may have replaced it already; only the broken one goes
    const current = await this.#producer?.catch(() => undefined);
    if (current === producer) this.#producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }
}
