import { readFileSync } from 'node:fs';
import kafkajs, { type Kafka as KafkaClient, type LogEntry } from 'kafkajs';
import type { Logger } from '../log/logger.js';

export interface KafkaConfig {
  kafkaBrokers: string[];
  kafkaTlsCaFile?: string | undefined;
  kafkaTlsCertFile?: string | undefined;
  kafkaTlsKeyFile?: string | undefined;
}

/**
 * A client for one cluster; with a CA file over TLS, with certificate and key as that identity. The only place that
 * makes a kafkajs client: everything else in the project speaks to the adapters in this folder.
 */
export function connectKafka(config: KafkaConfig, options: { clientId: string; log: Logger }): KafkaClient {
  const { kafkaTlsCaFile: ca, kafkaTlsCertFile: cert, kafkaTlsKeyFile: key } = config;
  return new kafkajs.Kafka({
    clientId: options.clientId,
    brokers: config.kafkaBrokers,
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 5 },
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => (entry) => forward(options.log, entry),
    ...(ca === undefined
      ? {}
      : {
          ssl: {
            ca: [readFileSync(ca, 'utf8')],
            ...(cert === undefined ? {} : { cert: readFileSync(cert, 'utf8') }),
            ...(key === undefined ? {} : { key: readFileSync(key, 'utf8') }),
          },
        }),
  });
}

/**
 * kafkajs reports as errors what it then heals itself (a coordinator that is still loading, a connection made again).
 * ERROR is kept for what a person must act on, so here its errors are warnings and its news is debug.
 */
function forward(log: Logger, entry: LogEntry): void {
  const { message, error, groupId, broker } = entry.log as { message: string } & Record<string, unknown>;
  const fields = { area: 'kafka', error, groupId, broker };
  if (entry.level <= kafkajs.logLevel.WARN) log.warn(fields, message);
  else log.debug(fields, message);
}
