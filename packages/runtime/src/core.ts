// What every service needs, without the libraries of Kafka, S3, PostgreSQL and OpenID, which take most of the time of a
// start: a service that has to be up quickly loads those that it has beside something else that it waits for.
export { ConfigError, readConfig, type ConfigOf, type Setting, type Settings } from './config/read-config.js';
export {
  choice,
  databaseSettings,
  httpUrl,
  integer,
  kafkaSettings,
  optionalHttpUrl,
  optionalSecret,
  optionalText,
  port,
  processSettings,
  secret,
  siteSettings,
  storeAccessSettings,
  storeSettings,
  text,
} from './config/settings.js';
export { createLogger, type Logger } from './log/logger.js';
export {
  Counter,
  Gauge,
  Histogram,
  Registry,
  STEP_SECONDS,
  counter,
  createRegistry,
  gauge,
  histogram,
  sampled,
  type Sample,
} from './metrics/metrics.js';
export { GRACEFUL_STOP_MS, Readiness, runProcess, type ProcessContext } from './lifecycle/run-process.js';
export { ShutdownSequence, type ShutdownReport } from './lifecycle/shutdown-sequence.js';
export { backoffMs, untilDone, wait, type Backoff } from './lifecycle/backoff.js';
export { Loop } from './lifecycle/loop.js';
export { timeLimited } from './lifecycle/time-limited.js';
export { createHttpApp, listen, type EarlyHandler, type HttpOptions } from './http/http-server.js';
export {
  Problem,
  answerProblem,
  isOfTheClient,
  notFound,
  problemHandler,
  sendProblem,
  tooLargeProblem,
  type ExtensionMembers,
} from './http/problem.js';
export {
  SESSION_SECONDS,
  SignIn,
  type Principal,
  type RoleTokens,
  type SessionAction,
  type SessionMethod,
  type SignInOptions,
  type TokenVerifier,
} from './http/sign-in.js';
export { clockOffsetMs, type ClockReading } from './clock/clock-offset.js';
export { KafkaAdmin, type OffsetRange } from './kafka/kafka-admin.js';
export { kafkaTlsExpiry, kafkaTlsProblems, type KafkaTlsFiles } from './kafka/kafka-tls-problems.js';
export {
  KafkaConsumer,
  type ConsumerOptions,
  type HandleBatch,
  type HandleEach,
  type PartitionOffset,
  type ReceivedMessage,
} from './kafka/kafka-consumer.js';
export { KafkaReader } from './kafka/kafka-reader.js';
export {
  KafkaPublisher,
  KafkaUnavailableError,
  type KafkaMessage,
  type Publisher,
  type RawKafkaMessage,
} from './kafka/kafka-publisher.js';
export {
  ObjectChangedError,
  StoreUnavailableError,
  type ListedObject,
  type ObjectHead,
  type ObjectStore,
} from './s3/object-store.js';
export { assertStoreKeys } from './s3/assert-store-keys.js';
