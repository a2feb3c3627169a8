import { siteTopics } from '@hilum/contracts';
import { GRACEFUL_STOP_MS } from '@hilum/runtime';
import type { CodeFacts } from './code-facts.js';
import { nameOf, ofKind, theOne, type KubeObject } from './kube-object.js';
import { containerOf, valueOf, workloadsOf, type Workload } from './workload.js';

export interface KafkaSource extends KubeObject {
  spec: {
    topics: string[];
    consumerGroup: string;
    initialOffset: string;
    ordering: string;
    delivery: {
      retry: number;
      backoffPolicy: string;
      backoffDelay: string;
      timeout: string;
      deadLetterSink: { ref: { kind: string; name: string } };
    };
    sink: { ref: { kind: string; name: string } };
  };
}

interface KafkaSink extends KubeObject {
  spec: { topic: string };
}

type Facts = Pick<CodeFacts, 'configs' | 'groups' | 'deliveryTimeoutMs' | 'retryBackoff' | 'waitingForEach'>;

/** What delivers uploads to the scoring service: exactly one of the two forms. */
export function deliveryForms(objects: readonly KubeObject[]): string[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'KafkaSource' || (kind === 'Deployment' && metadata.name === 'dispatcher'))
    .map(nameOf);
}

/** A KafkaSource reads what the dispatcher reads, as its group, and has its numbers. */
export function kafkaSourceProblems(objects: readonly KubeObject[], facts: Facts): string[] {
  const source = theOne<KafkaSource>(objects, 'KafkaSource', 'dispatcher');
  const { spec } = source;
  const retries = facts.configs.dispatcher.settings['retries']?.schema.parse(undefined);
  const sink = ofKind<KafkaSink>(objects, 'KafkaSink').find(
    ({ metadata }) => metadata.name === spec.delivery.deadLetterSink.ref.name,
  );
  const settings = facts.configs.dispatcher.file;
  const same: [string, unknown, unknown, string][] = [
    ['topics', spec.topics.join(), siteTopics.uploads, 'packages/contracts/src/topics.ts'],
    ['consumerGroup', spec.consumerGroup, facts.groups.dispatcher, 'edge/src/consumer-groups.ts'],
    ['initialOffset', spec.initialOffset, 'earliest', 'the dispatcher begins there too'],
    ['ordering', spec.ordering, 'unordered', 'docs/architecture.md'],
    ['delivery.retry', spec.delivery.retry, retries, `HILUM_DISPATCHER_RETRIES in ${settings}`],
    ['delivery.backoffPolicy', spec.delivery.backoffPolicy, 'exponential', 'edge/src/dispatcher/dispatcher.ts'],
    [
      'delivery.backoffDelay',
      spec.delivery.backoffDelay,
      `PT${facts.retryBackoff.firstMs / 1000}S`,
      'RETRY in edge/src/dispatcher/dispatcher.ts',
    ],
    [
      'delivery.timeout',
      spec.delivery.timeout,
      `PT${facts.deliveryTimeoutMs / 1000}S`,
      `DELIVERY_TIMEOUT_MS in ${settings}`,
    ],
    [
      'delivery.deadLetterSink, its topic',
      sink?.spec.topic,
      siteTopics.uploadsDeadLetter,
      'packages/contracts/src/topics.ts',
    ],
    ['sink', spec.sink.ref.name, 'inference', 'gitops/apps/inference'],
  ];
  return same
    .filter(([, given, wanted]) => given !== wanted)
    .map(
      ([field, given, wanted, from]) =>
        `${nameOf(source)}: ${field} is ${String(given)}, not ${String(wanted)} (${from})`,
    );
}

/** Limits of time and number on the way from the dispatcher to a score: each holds the next. */
export function scoringLimitProblems(objects: readonly KubeObject[], facts: Facts): string[] {
  const inference = theOne<Workload>(objects, 'Service', 'inference');
  const container = containerOf(inference);
  const { timeoutSeconds = 0, containerConcurrency = 0 } = inference.spec.template.spec;
  const annotations = inference.spec.template.metadata.annotations ?? {};
  const number = (name: string): number => Number(valueOf(container, name));
  const [concurrency, maxWaitMs, workDeadlineMs] = [
    number('HILUM_INFERENCE_CONCURRENCY'),
    number('HILUM_INFERENCE_MAX_WAIT_MS'),
    number('HILUM_INFERENCE_WORK_DEADLINE_MS'),
  ];
  const target = Number(annotations['autoscaling.knative.dev/target']);
  const most = Number(annotations['autoscaling.knative.dev/max-scale']);
  const least = Number(annotations['autoscaling.knative.dev/min-scale']);
  const where = nameOf(inference);
  const rules: [boolean, string][] = [
    [
      containerConcurrency === concurrency * (1 + facts.waitingForEach),
      `containerConcurrency is ${containerConcurrency}, but the service admits ${concurrency * (1 + facts.waitingForEach)}: HILUM_INFERENCE_CONCURRENCY and WAITING_FOR_EACH times as many (inference/service/src/settings.ts)`,
    ],
    [target === concurrency, `the autoscaler's target is ${target}, not HILUM_INFERENCE_CONCURRENCY, ${concurrency}`],
    [least >= 0 && least <= most && most > 0, `min-scale ${least} and max-scale ${most} do not fit`],
    [
      // work-deadline.ts tells within a second behind it
      maxWaitMs + workDeadlineMs + 1000 < facts.deliveryTimeoutMs,
      `waiting (${maxWaitMs} ms) and work (${workDeadlineMs} ms and a second) last beyond DELIVERY_TIMEOUT_MS, ${facts.deliveryTimeoutMs} (edge/src/dispatcher/dispatcher-settings.ts)`,
    ],
    [
      timeoutSeconds * 1000 > facts.deliveryTimeoutMs,
      `timeoutSeconds is ${timeoutSeconds}, not above DELIVERY_TIMEOUT_MS, ${facts.deliveryTimeoutMs} (edge/src/dispatcher/dispatcher-settings.ts)`,
    ],
  ];
  const dispatcher = workloadsOf(objects).find(({ metadata }) => metadata.name === 'dispatcher');
  if (dispatcher !== undefined) {
    const deliveries = Number(valueOf(containerOf(dispatcher), 'HILUM_DISPATCHER_CONCURRENCY'));
    rules.push([
      deliveries === concurrency * most,
      `HILUM_DISPATCHER_CONCURRENCY is ${deliveries}, not what all scoring services score at once, ${concurrency * most}`,
    ]);
  }
  return rules.filter(([holds]) => !holds).map(([, problem]) => `${where}: ${problem}`);
}

/** A process has its time for a graceful stop before it is killed. */
export function stopProblems(objects: readonly KubeObject[]): string[] {
  return workloadsOf(objects).flatMap((workload) => {
    // Knative grants a pod the time of its longest request
    const { terminationGracePeriodSeconds, timeoutSeconds } = workload.spec.template.spec;
    const granted = (terminationGracePeriodSeconds ?? timeoutSeconds ?? 0) * 1000;
    const before = (containerOf(workload).lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
    return granted > before + GRACEFUL_STOP_MS
      ? []
      : [
          `${nameOf(workload)}: is killed after ${granted} ms, ${before} ms of which it is not told yet; its stop takes up to GRACEFUL_STOP_MS, ${GRACEFUL_STOP_MS} (packages/runtime/src/lifecycle/run-process.ts)`,
        ];
  });
}
