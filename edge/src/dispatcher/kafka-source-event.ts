import { GIVE_UP_ATTRIBUTE, kafkaHeader, type GiveUpCause } from '@hilum/contracts';
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
 * @param giveUp not null: the same event, asking for an outcome without another try
 */
export function kafkaSourceEvent(
  site: string,
  message: ReceivedMessage,
  giveUp: GiveUpCause | null = null,
): SinkRequest {
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
      ...(giveUp === null ? {} : { [`ce-${GIVE_UP_ATTRIBUTE}`]: giveUp }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    body: message.value ?? Buffer.alloc(0),
  };
}

/**
 * An event of the same form that asks for nothing: its data are the test notification that every store sends when it is
 * set up. The sink answers without doing anything, which shows that it is there.
 */
export function testEvent(site: string, at: Date): SinkRequest {
  return {
    headers: {
      'ce-specversion': '1.0',
      'ce-type': 'dev.knative.kafka.event',
      'ce-source': `/apis/v1/namespaces/${site}/kafkasources/dispatcher`,
      'ce-id': `test:${at.getTime()}`,
      'ce-subject': 'test',
      'ce-time': at.toISOString(),
      'content-type': 'application/json',
    },
    body: Buffer.from(JSON.stringify({ Service: 'hilum', Event: 's3:TestEvent' })),
  };
}
