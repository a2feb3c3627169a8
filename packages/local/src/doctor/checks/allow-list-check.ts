import { HUB_BOUND_TOPICS, mirroredTopics, parseMirroredTopic } from '@hilum/contracts';
import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hubPrincipals, hubServiceAccessRules, siteAccessRules } from '../../kafka/access-rules.js';
import { commandLine } from '../../parts/command-line.js';
import { withBroker } from '../adapters/broker-session.js';
import { HUB, combine, failed, skipped, warning, type Check, type Finding } from '../check.js';
import { processRecord, whyNotRunning, type Examination } from '../examination.js';
import { brokerAccess } from './broker-check.js';

const {
  AclOperationTypes: Operation,
  AclPermissionTypes: Permission,
  AclResourceTypes: Resource,
  ResourcePatternTypes: Pattern,
} = kafkajs;

/** Java's properties as this project writes them: one `key=value` a line. */
export function parseProperties(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 0 || line.startsWith('#') ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const];
    }),
  );
}

/** Holds a mirror's settings against the allow-list. @param again what has them written anew */
export function mirrorFindings(properties: ReadonlyMap<string, string>, site: string, again: string): Finding[] {
  const findings: Finding[] = [];
  const wrong = (text: string): void => void findings.push(failed(text, { fix: again }));
  const topics = (properties.get(`${site}->hub.topics`) ?? '').split(',').filter((topic) => topic !== '');
  const allowed: readonly string[] = HUB_BOUND_TOPICS;
  const extra = topics.filter((topic) => !allowed.includes(topic));
  const missing = allowed.filter((topic) => !topics.includes(topic));
  if (extra.length > 0) wrong(`the mirror sends what may not leave the hospital: ${extra.join(', ')}`);
  if (missing.length > 0) wrong(`the mirror does not send ${missing.join(', ')}`);
  if (properties.get(`${site}->hub.enabled`) !== 'true') wrong('the mirror to the hub is switched off');
  if (properties.get(`hub->${site}.enabled`) !== 'false') wrong('the mirror also runs from the hub to the hospital');
  if (properties.get('hub.exactly.once.source.support') !== 'enabled') wrong('the mirror does not write exactly once');
  return findings;
}

/** Made by MirrorMaker for itself; holds no records while no consumer groups are carried over. */
const bookkeepingTopic = (site: string): string => `${site}.checkpoints.internal`;

/** Topics at the hub that have a site's prefix but are not of the allow-list. */
export function strayTopics(topics: readonly string[], site: string): string[] {
  const known = new Set([...mirroredTopics(site), bookkeepingTopic(site)]);
  return topics.filter((topic) => topic.startsWith(`${site}.`) && !known.has(topic)).sort();
}

/** Topics at the hub that belong to nobody we know: neither the brokers' own, nor a site's. */
export function foreignTopics(topics: readonly string[], sites: readonly string[]): string[] {
  const isKnown = (topic: string): boolean =>
    topic.startsWith('__') ||
    sites.some((site) => topic.startsWith(`${site}.`) || new RegExp(`^mm2-[a-z-]+\\.${site}\\.internal$`).test(topic));
  return topics.filter((topic) => !isKnown(topic)).sort();
}

/** Holds a principal's rules against those it should have. */
export function ruleFindings(
  expected: readonly AclEntry[],
  found: readonly AclEntry[],
  who: string,
  again: string,
): Finding[] {
  const wanted = new Set(expected.map(ruleText));
  const present = new Set(found.map(ruleText));
  const extra = found.filter((rule) => !wanted.has(ruleText(rule)));
  const missing = expected.filter((rule) => !present.has(ruleText(rule)));
  const findings: Finding[] = [];
  if (extra.length > 0)
    findings.push(
      failed(`${who} may do more at the hub's broker than it needs: ${extra.map(ruleText).join(', ')}`, {
        fix: extra.map(removeRule).join('\n'),
      }),
    );
  if (missing.length > 0)
    findings.push(
      failed(`${who} may not do what it needs at the hub's broker: ${missing.map(ruleText).join(', ')}`, {
        fix: again,
      }),
    );
  return findings;
}

/** What leaves this site: the mirror's settings, the topics at the hub, and what the site may do there. */
export function allowListCheck(examination: Examination, site: string): Check {
  return {
    name: 'allow-list',
    subject: site,
    run: async () => {
      const again = mirrorAgain(examination, site);
      const findings = settingsFindings(examination, site, again);
      const access = brokerAccess(examination, HUB);
      const why = whyNotRunning(examination, `${site}-mirror`, 'hub-kafka');
      if (why !== null || access === null) {
        const settings = combine(findings, '');
        return settings.state === 'ok' ? skipped(why ?? 'state.json does not know the hub') : settings;
      }
      return withBroker(access.what, access.broker, access.identity, async ({ admin }) => {
        const [topics, rules] = await Promise.all([admin.listTopics(), rulesAt(admin)]);
        const stray = strayTopics(topics, site);
        if (stray.length > 0)
          findings.push(
            failed(`the hub has topics of ${site} that are not on the allow-list: ${stray.join(', ')}`, {
              fix: stray
                .map((topic) => `look where it comes from, then: kafka-topics --delete --topic ${topic}`)
                .join('\n'),
            }),
          );
        const own = rules.filter(({ principal }) => principal === `User:${site}`);
        findings.push(...ruleFindings(siteAccessRules(site), own, site, again));
        return combine(findings, `only ${HUB_BOUND_TOPICS.join(', ')} leave, one way, exactly once`);
      });
    },
  };
}

/** What others than the sites may do at the hub's broker, and topics there that are nobody's. */
export function hubAccessCheck(examination: Examination): Check {
  return {
    name: 'allow-list',
    subject: HUB,
    run: async () => {
      const access = brokerAccess(examination, HUB);
      const why = whyNotRunning(examination, 'hub-kafka');
      if (why !== null || access === null) return skipped(why ?? 'state.json does not know the hub');
      return withBroker(access.what, access.broker, access.identity, async ({ admin }) => {
        const [topics, rules] = await Promise.all([admin.listTopics(), rulesAt(admin)]);
        const { service } = hubPrincipals;
        const again = `${commandLine(examination, 'down')} && ${commandLine(examination, 'up')} (gives it its rules)`;
        const own = rules.filter(({ principal }) => principal === `User:${service}`);
        const findings = ruleFindings(hubServiceAccessRules(), own, 'the hub service', again);
        const known = [service, ...examination.sites].map((name) => `User:${name}`);
        const others = rules.filter(({ principal }) => !known.includes(principal));
        if (others.length > 0) findings.push(...ruleFindings([], others, 'somebody unknown', again));
        const foreign = foreignTopics(topics, examination.sites);
        if (foreign.length > 0)
          findings.push(
            warning(`the hub has topics of no site that is known here: ${foreign.slice(0, 5).join(', ')}`, {
              fix: foreign.some((topic) => parseMirroredTopic(topic) !== null)
                ? 'a site that was removed, or one that runs elsewhere: delete its topics when it is not to come back'
                : 'look where they come from, then delete them with kafka-topics --delete',
            }),
          );
        return combine(findings, 'nobody but the hub service and the sites may do anything at the broker');
      });
    },
  };
}

function settingsFindings({ dataDir, supervisor }: Examination, site: string, again: string): Finding[] {
  const file = join(dataDir, 'sites', site, 'mirror/mirror.properties');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return supervisor === null ? [] : [failed(`${file} cannot be read`, { fix: again })];
  }
  return mirrorFindings(parseProperties(text), site, again);
}

/** Settings and rules are written at each start of the mirror. */
function mirrorAgain(examination: Examination, site: string): string {
  const pid = processRecord(examination, `${site}-mirror`)?.pid ?? null;
  if (examination.supervisor === null || pid === null) return `${commandLine(examination, 'up')} (writes them anew)`;
  return `kill ${pid} (the supervisor starts ${site}-mirror anew, with the right ones)`;
}

async function rulesAt(admin: Admin): Promise<AclEntry[]> {
  const { resources } = await admin.describeAcls({
    resourceType: Resource.ANY,
    resourcePatternType: Pattern.ANY,
    operation: Operation.ANY,
    permissionType: Permission.ANY,
  });
  return resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
    acls.map((acl) => ({ ...acl, resourceType, resourceName, resourcePatternType })),
  );
}

/** Such as `Allow WRITE on TOPIC st-agnes.* from *`. */
function ruleText(rule: AclEntry): string {
  const { operation, resourceType, resourceName, resourcePatternType, permissionType, host } = rule;
  const resource = `${resourceName}${resourcePatternType === Pattern.PREFIXED ? '*' : ''}`;
  const hosts = host === '*' ? '' : ` from ${host}`;
  const permission = permissionType === Permission.ALLOW ? '' : 'not ';
  return `${permission}${nameIn(Operation, operation)} on ${nameIn(Resource, resourceType)} ${resource}${hosts}`;
}

function removeRule(rule: AclEntry): string {
  const { principal, operation, resourceType, resourceName, resourcePatternType } = rule;
  const pattern = nameIn(Pattern, resourcePatternType).toLowerCase();
  const resource = nameIn(Resource, resourceType).toLowerCase().replaceAll('_', '-');
  return (
    `kafka-acls --remove --allow-principal ${principal} --operation ${nameIn(Operation, operation)} ` +
    `--${resource} '${resourceName}' --resource-pattern-type ${pattern}`
  );
}

function nameIn(names: object, value: number): string {
  return Object.entries(names).find(([, candidate]) => candidate === value)?.[0] ?? String(value);
}
