import { kafkaHeader } from '@hilum/contracts';
import type { ReceivedMessage } from '@hilum/runtime';

/** An HTTP request to the sink. */
export interface SinkRequest {
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * A plain Kafka record as the binary-mode CloudEvent that Knative's KafkaSource makes of it
 * (https://knative.dev/docs/eventing/sources/kafka-source/), so that the sink cannot tell which of the two feeds it.
 * The value goes untouched: reading it is the sink's business.
 */
export function kafkaSourceEvent(site: string, message: ReceivedMessage): SinkRequest {
  const traceparent = kafkaHeader(message.headers, 'traceparent');
  return {
    headers: {
      'ce-specversion': '1.0',
      'ce-type': 'dev.knative.kafka.event',
      'ce-source': `/apis/v1/namespaces/${site}/kafkasources/dispatcher#${message.topic}`,
      'ce-id': `partition:${message.partition}/offset:${message.offset}`,
      'ce-subject': `partition:${message.partition}#${message.offset}`,
      'ce-time': new Date(message.timestampMs).toISOString(),
      'content-type': 'application/json',
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    body: message.value ?? Buffer.alloc(0),
  };
}
