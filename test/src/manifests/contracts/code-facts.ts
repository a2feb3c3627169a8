import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Backoff, Settings } from '@hilum/runtime';
import { repositoryRoot, trackedFiles } from '../../support/repository.js';
import type { ProcessName } from './workload.js';

/** What one process reads, and how: the function that its entry file calls first. */
export interface ProcessConfig {
  settings: Settings;
  /** @throws ConfigError with every problem found */
  read: (env: NodeJS.ProcessEnv) => unknown;
  /** the file that says so, for messages */
  file: string;
}

/** What the code says that manifests say as well. */
export interface CodeFacts {
  configs: Record<ProcessName, ProcessConfig>;
  groups: { results: string; dispatcher: string; deadLetters: string; ledger: string };
  /** of one delivery by the dispatcher */
  deliveryTimeoutMs: number;
  /** between the tries of one delivery */
  retryBackoff: Backoff;
  /** how many may wait for each image that is scored at once */
  waitingForEach: number;
}

/** From the compiled processes: test may not import them, and they are what images hold. */
export async function readCodeFacts(): Promise<CodeFacts> {
  const [edge, dispatcher, dispatching, edgeGroups, inference, hub, ledger, runtime] = await Promise.all([
    load('edge/dist/edge-settings.js'),
    load('edge/dist/dispatcher/dispatcher-settings.js'),
    load('edge/dist/dispatcher/dispatcher.js'),
    load('edge/dist/consumer-groups.js'),
    load('inference/service/dist/settings.js'),
    load('hub/dist/hub-config.js'),
    load('hub/dist/ingest/ledger-group.js'),
    import('@hilum/runtime'),
  ]);
  const inferenceSettings = inference['inferenceSettings'] as Settings;
  return {
    configs: {
      hub: config(hub, 'hubSettings', 'readHubConfig', 'hub/src/hub-config.ts'),
      edge: config(edge, 'edgeSettings', 'readEdgeConfig', 'edge/src/edge-settings.ts'),
      dispatcher: config(
        dispatcher,
        'dispatcherSettings',
        'readDispatcherConfig',
        'edge/src/dispatcher/dispatcher-settings.ts',
      ),
      inference: {
        settings: inferenceSettings,
        read: (env) => runtime.readConfig(inferenceSettings, env, runtime.kafkaTlsProblems),
        file: 'inference/service/src/settings.ts',
      },
    },
    groups: {
      ...(edgeGroups['edgeGroups'] as { results: string; dispatcher: string; deadLetters: string }),
      ledger: ledger['LEDGER_GROUP'] as string,
    },
    deliveryTimeoutMs: dispatcher['DELIVERY_TIMEOUT_MS'] as number,
    retryBackoff: dispatching['RETRY'] as Backoff,
    waitingForEach: inference['WAITING_FOR_EACH'] as number,
  };
}

type Module = Record<string, unknown>;

async function load(file: string): Promise<Module> {
  return (await import(pathToFileURL(join(repositoryRoot, file)).href)) as Module;
}

function config(module: Module, settings: string, read: string, file: string): ProcessConfig {
  return { settings: module[settings] as Settings, read: module[read] as ProcessConfig['read'], file };
}

export type TopicUse = 'read' | 'write';

/** Where the sources of a process are, and who else's folder lies within. */
const SOURCES: Record<Exclude<ProcessName, 'hub'>, { within: RegExp; not: RegExp }> = {
  edge: { within: /^edge\/src\//, not: /^edge\/src\/dispatcher/ },
  dispatcher: { within: /^edge\/src\/dispatcher/, not: /^$/ },
  inference: { within: /^inference\/service\/src\//, not: /^$/ },
};

/** How a line that names a topic uses it. `#checked` makes the events that the outbox then publishes. */
const USES: readonly [RegExp, TopicUse][] = [
  [/(publish|#checked)\((siteTopics)/, 'write'],
  [/(consume\(\[|topicRanges\(|reader\.read\(|lag\([\w.]+, )siteTopics/, 'read'],
];

/**
 * Which topics the sources of a process name, and what for: `read study.scored.v1`. The outbox may hold any topic of the
 * allow-list, so that who names the list writes all of it.
 * @throws Error when a line names a topic in a way not known here
 */
export function topicUsesOf(
  process: keyof typeof SOURCES,
  topics: { byName: Readonly<Record<string, string>>; hubBound: readonly string[] },
): Set<string> {
  const { within, not } = SOURCES[process];
  const uses = new Set<string>();
  const files = trackedFiles().filter(
    (file) => within.test(file) && !not.test(file) && !/(\.test|\/fake-[^/]*|\/testing\/.*)\.ts$/.test(file),
  );
  for (const file of files)
    for (const line of readFileSync(join(repositoryRoot, file), 'utf8').split('\n')) {
      if (/\bHUB_BOUND_TOPICS\b/.test(line) && !line.startsWith('import'))
        for (const topic of topics.hubBound) uses.add(`write ${topic}`);
      const name = /\bsiteTopics\.(\w+)/.exec(line)?.[1];
      if (name === undefined) continue;
      const use = USES.find(([pattern]) => pattern.test(line))?.[1];
      if (use === undefined)
        throw new Error(
          `${file}: cannot tell whether siteTopics.${name} is read or written; code-facts.ts has to learn it`,
        );
      uses.add(`${use} ${topics.byName[name]}`);
    }
  return uses;
}
