import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics, type MetricType } from 'prom-client';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds, from one millisecond to a minute: what one step of an image's way may take. */
export const STEP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A registry of its own per process, so that tests can make many; with Node's own process metrics. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** A counter whose labels' values are closed sets; never a patient, study or file name. */
export function counter<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Counter<Label> {
  return new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
}

/** @param collect sets the value when a scrape asks for it */
export function gauge<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
  collect?: (gauge: Gauge<Label>) => void | Promise<void>,
): Gauge<Label> {
  return new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    ...(collect === undefined
      ? {}
      : {
          collect(this: Gauge<Label>) {
            return collect(this);
          },
        }),
  });
}

export function histogram<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  buckets: readonly number[],
  labelNames: readonly Label[] = [],
): Histogram<Label> {
  return new Histogram({ name, help, buckets: [...buckets], labelNames: [...labelNames], registers: [registry] });
}

/** One line of a scrape. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
  /** of the series of a histogram */
  suffix?: '_bucket' | '_sum' | '_count';
}

/**
 * A metric that keeps nothing: each scrape asks for its samples, and a series that is left out is gone. For what somebody
 * else counted (a counter or histogram that arrived in an event), and for what must not outlive the news it came with.
 */
export function sampled(
  registry: Registry,
  description: { name: string; help: string; type: 'gauge' | 'counter' | 'histogram' },
  samples: () => Iterable<Sample>,
): void {
  registry.registerMetric(new SampledMetric(description, samples));
}

class SampledMetric extends Gauge {
  readonly #type: string;
  readonly #samples: () => Iterable<Sample>;

  constructor(description: { name: string; help: string; type: string }, samples: () => Iterable<Sample>) {
    super({ name: description.name, help: description.help, registers: [] });
    this.#type = description.type;
    this.#samples = samples;
  }

  override async get(): ReturnType<Gauge['get']> {
    const metric = await super.get();
    return {
      ...metric,
      // the library's types say enumeration, its code a word
      type: this.#type as unknown as MetricType,
      values: [...this.#samples()].map(({ labels, value, suffix }) => ({
        labels,
        value,
        ...(suffix === undefined ? {} : { metricName: `${metric.name}${suffix}` }),
      })),
    };
  }
}
