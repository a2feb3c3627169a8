import kafkajs, { type Admin } from 'kafkajs';
import { join } from 'node:path';
import type { TopicSpec } from '../../kafka/kafka-admin.js';
import { hubTopicPlan, siteTopicPlan } from '../../kafka/topic-plan.js';
import { commandLine } from '../../parts/command-line.js';
import { AwayError } from '../adapters/away-error.js';
import { withBroker, type BrokerIdentity } from '../adapters/broker-session.js';
import { HUB, combine, failed, skipped, warning, type Check, type Finding } from '../check.js';
import { processRecord, siteState, whyNotRunning, type Examination } from '../examination.js';
import { lastHeardOf, lastReceived } from '../hub-memory.js';
import { heldUpSince, logLines } from '../log-times.js';
import { notAnswering } from '../process-trouble.js';

/** Settings of topics by topic and name, as the broker has them. */
export type TopicSettings = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Holds a broker's topics against the plan. @param again the command that makes missing topics */
export function topicFindings(plan: readonly TopicSpec[], found: TopicSettings, again: string): Finding[] {
  const missing = plan.filter(({ name }) => !found.has(name));
  const findings: Finding[] = [];
  if (missing.length > 0)
    findings.push(
      failed(`missing topics: ${missing.map(({ name }) => name).join(', ')}`, { fix: `${again} (makes them)` }),
    );
  for (const { name, config = {} } of plan) {
    const settings = found.get(name);
    if (settings === undefined) continue;
    for (const [key, wanted] of Object.entries(config)) {
      if (settings[key] === wanted) continue;
      findings.push(
        warning(`${key} of topic ${name} is ${settings[key] ?? 'not set'}, planned is ${wanted}`, {
          fix: `kafka-configs --alter --entity-type topics --entity-name ${name} --add-config ${key}=${wanted}`,
        }),
      );
    }
  }
  return findings;
}

/** How to reach the broker of the hub, or of a site; null when state.json does not know it. */
export function brokerAccess(
  examination: Examination,
  subject: string,
): { what: string; broker: string; identity: BrokerIdentity | null } | null {
  const { state } = examination;
  const what = `the broker of ${subject === HUB ? 'the hub' : subject}`;
  if (subject === HUB) return state === null ? null : { what, broker: state.hub.kafka, identity: state.hub.kafkaTls };
  const site = siteState(examination, subject);
  return site === null ? null : { what, broker: site.kafka, identity: null };
}

/** A broker answers and has the topics of the plan; the hub's refuses whoever comes without TLS. */
export function brokerCheck(examination: Examination, subject: string): Check {
  const process = `${subject}-kafka`;
  return {
    name: 'broker',
    subject,
    run: async (signal) => {
      const access = brokerAccess(examination, subject);
      const why = whyNotRunning(examination, process);
      if (why !== null || access === null) return skipped(why ?? 'state.json does not know it');
      const { what, broker, identity } = access;
      const plan = subject === HUB ? hubPlan(examination) : siteTopicPlan();
      try {
        return await withBroker(what, broker, identity, async ({ admin }) => {
          const again = `${commandLine(examination, 'down')} && ${commandLine(examination, 'up')}`;
          const findings = topicFindings(plan, await settingsOf(admin, plan), again);
          for (const listener of subject === HUB ? hubListeners(examination) : [])
            if (await takesPlainText(listener))
              findings.push(
                failed(`the broker of the hub takes connections without TLS at ${listener}`, {
                  fix: `${again} (with its settings)`,
                }),
              );
          const tls = subject === HUB ? ', and refuses connections without TLS' : '';
          return combine(findings, `answers, has the ${plan.length} topics of the plan${tls}`);
        });
      } catch (error) {
        if (!(error instanceof AwayError)) throw error;
        return notAnswering(examination, process, error, () => since(examination, subject, signal));
      }
    },
  };
}

/** Topics of the sites whose mirror, which makes them, was started. */
function hubPlan(examination: Examination): TopicSpec[] {
  return examination.sites
    .filter((site) => processRecord(examination, `${site}-mirror`) !== null)
    .flatMap((site) => hubTopicPlan(site));
}

async function settingsOf(admin: Admin, plan: readonly TopicSpec[]): Promise<TopicSettings> {
  const existing = new Set(await admin.listTopics());
  const planned = plan.filter(({ name }) => existing.has(name));
  if (planned.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: planned.map(({ name, config = {} }) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: Object.keys(config),
    })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

/**
 * Where the hub's broker listens: for the hub and for hospitals. What hospitals are told may be a gateway elsewhere, so
 * their listener is known by its port here.
 */
export function hubListeners({ state, config }: Pick<Examination, 'state' | 'config'>): string[] {
  if (state === null) return [];
  const wanPort = config?.ports['hub-kafka-wan'];
  return [state.hub.kafka, wanPort === undefined ? state.hub.kafkaWan : `127.0.0.1:${wanPort}`];
}

async function takesPlainText(broker: string): Promise<boolean> {
  try {
    await withBroker('the broker without TLS', broker, null, () => Promise.resolve());
    return true;
  } catch (error) {
    if (error instanceof AwayError) return false;
    throw error;
  }
}

/** What goes through a broker stops when it hangs: the edge's heartbeat is held up, and the hub hears nothing. */
async function since(examination: Examination, subject: string, signal: AbortSignal): Promise<string | null> {
  if (subject === HUB) return lastReceived(examination, signal);
  const log = logLines(join(examination.dataDir, `logs/${subject}-edge.log`));
  return heldUpSince(log, 'the heartbeat') ?? lastHeardOf(examination, subject, signal);
}
