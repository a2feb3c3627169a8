import type { RawKafkaMessage, ReceivedMessage } from '@hilum/runtime';

/** Port for the dead-letter topic. */
export interface DeadLetterPublisher {
  publish(topic: string, messages: readonly RawKafkaMessage[]): Promise<void>;
}

export interface DeadLetterReason {
  code: string;
  /** of the sink's last answer; null when it gave none */
  status: number | null;
  detail: string | null;
}

/** Long enough to understand the fault; the sink's words are not ours to trust with more. */
const MAX_DETAIL_CHARACTERS = 500;

/** The record as it came, key, value and headers, with headers that say why it lies here and where it came from. */
export function deadLetterOf(message: ReceivedMessage, reason: DeadLetterReason, at: Date): RawKafkaMessage {
  return {
    key: message.key,
    value: message.value,
    headers: {
      ...message.headers,
      hilum_error_code: reason.code,
      ...(reason.status === null ? {} : { hilum_error_status: String(reason.status) }),
      ...(reason.detail === null ? {} : { hilum_error_detail: reason.detail.slice(0, MAX_DETAIL_CHARACTERS) }),
      hilum_error_at: at.toISOString(),
      hilum_original_topic: message.topic,
      hilum_original_partition: String(message.partition),
      hilum_original_offset: message.offset,
    },
  };
}
