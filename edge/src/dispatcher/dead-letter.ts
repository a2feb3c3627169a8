import { kafkaHeader } from '@hilum/contracts';
import type { RawKafkaMessage, ReceivedMessage } from '@hilum/runtime';

/** Port for writing a record as it came: to the dead-letter topic, and from there back into the queue. */
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

/** Headers that {@link deadLetterOf} adds begin so. */
const ADDED_HEADERS = /^hilum_(error|original)_/;

/** The counterpart of {@link deadLetterOf}: the record as it came to the dispatcher. */
export function originalOf({ key, value, headers }: ReceivedMessage): RawKafkaMessage {
  const own = Object.entries(headers).filter(([name]) => !ADDED_HEADERS.test(name));
  return { key, value, headers: Object.fromEntries(own) };
}

/** Why a record lies in the dead-letter topic; `at` ISO 8601. What its headers do not say is null. */
export function reasonOf({ headers }: Pick<ReceivedMessage, 'headers'>): {
  code: string | null;
  status: number | null;
  detail: string | null;
  at: string | null;
} {
  const status = Number(kafkaHeader(headers, 'hilum_error_status') ?? Number.NaN);
  const at = Date.parse(kafkaHeader(headers, 'hilum_error_at') ?? '');
  return {
    code: kafkaHeader(headers, 'hilum_error_code') ?? null,
    status: Number.isInteger(status) ? status : null,
    detail: kafkaHeader(headers, 'hilum_error_detail') ?? null,
    at: Number.isNaN(at) ? null : new Date(at).toISOString(),
  };
}
