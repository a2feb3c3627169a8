import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  HILUM_POLICIES_NAMESPACE,
  POLICIES_FOLDER,
  documentsOf,
  policyFolders,
  policySets,
  type PolicyCase,
  type PolicyFolder,
} from '../../policies/policy-folders.js';
import { repositoryRoot } from '../../support/repository.js';
import { until } from '../../support/until.js';
import { HOSPITALS } from '../harness/ocm-hub.js';
import { kinds } from '../harness/kinds.js';
import { KubeClient } from '../harness/kube-client.js';
import type { Compliance } from '../stand-ins/policy-sync.js';
import { statusOf } from '../testing/answers.js';
import { HubService } from '../testing/hub-service.js';
import { inOlderForm, serveStrimzi } from '../testing/older-strimzi.js';
import { untilPlacedOn } from '../testing/placements.js';
import { nameOfDefinition } from '../testing/part-definitions.js';
import { CaseRound, definitionsFor, openshiftDefinitionsFor, prepareForCases } from '../testing/policy-cases.js';
import { runningFleet } from '../testing/running-fleet.js';

// The policies of policies/, applied as an administrator or Argo CD does, judged by the real controllers over their cases.

const fleet = runningFleet();
const { hub } = fleet;
/** Its policies are those of hospitals. */
const hospital = fleet.site('st-agnes');
/** Stands in for the hub's own cluster, which a hub manages like any other. */
const hubCluster = fleet.site('riverside');
const HUBS = 'hubs';
const CLUSTER_SET = 'cluster.open-cluster-management.io/clusterset';
const JUDGED_WITHIN_MS = 120_000;
const run = promisify(execFile);
const folders = policyFolders();

/** The policies that a cluster has. */
const audiences = [
  { cluster: hospital, folders: placedOn('hospitals', 'everywhere') },
  { cluster: hubCluster, folders: placedOn('hubs', 'everywhere') },
];
const rounds = new Map(audiences.map(({ cluster }) => [cluster.name, new CaseRound(cluster.admin)]));
/** Its violating case breaks every policy that reads the status object: it has a test of its own. */
const FRESH = 'policy-status-fresh';
/** How many more ways there are to break a policy than the first. */
const VARIANTS = Math.max(...folders.map(({ cases }) => cases.filter(({ isCompliant }) => !isCompliant).length)) - 1;

let service: HubService;
/** All of policies/ in one file; undefined before it is there. */
let rendered: string | undefined;

beforeAll(async () => {
  const definitions = await definitionsFor(folders);
  for (const { cluster } of audiences) await prepareForCases(cluster.admin, definitions);
  await hub.admin.apply({
    ...kinds.managedClusterSet,
    metadata: { name: HUBS },
    spec: { clusterSelector: { selectorType: 'ExclusiveClusterSetLabel' } },
  });
  await hub.admin.merge(kinds.managedCluster, hubCluster.name, { metadata: { labels: { [CLUSTER_SET]: HUBS } } });
  rendered = join(mkdtempSync(join(tmpdir(), 'hilum-policies-')), 'policies.yaml');
  writeFileSync(rendered, lookingOftener(await kubectl('kustomize', POLICIES_FOLDER)));
  await kubectl('apply', '--server-side', '-f', rendered);
  const place = (audience: string, names: string[]): Promise<void> =>
    untilPlacedOn(hub.admin, `placement-${audience}`, HILUM_POLICIES_NAMESPACE, names);
  await place('hospitals', [hospital.name]);
  await place('hubs', [hubCluster.name]);
  await place('everywhere', [hospital.name, hubCluster.name]);
  service = await HubService.start(hub, HILUM_POLICIES_NAMESPACE);
}, 300_000);

afterAll(async () => {
  try {
    await service?.stop();
    if (rendered !== undefined) {
      // waiting for each of a hundred objects in turn takes longer than all of them need
      await kubectl('delete', '--ignore-not-found', '--wait=false', '-f', rendered);
      await until(
        'the policies are gone',
        async () => (await hub.admin.find(kinds.namespace, HILUM_POLICIES_NAMESPACE)) === null,
        JUDGED_WITHIN_MS,
      );
      rmSync(dirname(rendered), { recursive: true });
    }
    for (const round of rounds.values()) await round.clear();
  } finally {
    // whatever failed: all files after this one need both hospitals
    await hub.admin.merge(kinds.managedCluster, hubCluster.name, {
      metadata: { labels: { [CLUSTER_SET]: HOSPITALS } },
    });
  }
}, 300_000);

describe('the policies of a hub and its hospitals', () => {
  it('come to the clusters of their audience, and to no other', async () => {
    for (const { cluster, folders: wanted } of audiences)
      await until(
        `${cluster.name} has its policies`,
        async () => {
          const placed = await hub.admin.list(kinds.policy, { namespace: cluster.name });
          const names = placed
            .map(({ metadata }) => metadata.name)
            .filter((name) => name.startsWith(`${HILUM_POLICIES_NAMESPACE}.`));
          return (
            names.sort().join() ===
            wanted
              .map(({ name }) => `${HILUM_POLICIES_NAMESPACE}.${name}`)
              .sort()
              .join()
          );
        },
        JUDGED_WITHIN_MS,
      );
  });

  it('are all kept when each one’s compliant case is there', async () => {
    await roundOf(({ cases }) => compliantCase(cases));
    await untilJudged(() => 'Compliant');
  });

  it('are all broken when each one’s violating case is there, but for those that mend it', async () => {
    await roundOf(({ name, cases }) => (name === FRESH ? undefined : violatingCase(cases)));
    await untilJudged((folder) => (staysKept(folder) ? 'Compliant' : 'NonCompliant'));
  });

  it('mend what must be there', async () => {
    const { admin } = hospital;
    const deny = await admin.find<{ spec: object }>(kinds.networkPolicy, 'default-deny', 'hilum');
    expect(deny?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const namespace = await admin.find(kinds.namespace, 'hilum');
    expect(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
    const role = await admin.find<{ rules: { verbs: string[] }[] }>(kinds.clusterRole, 'hilum-break-glass');
    expect(role?.rules.flatMap(({ verbs }) => verbs)).not.toContain('*');
  });

  it('are told by the hub service as they stand, with what became of each', async () => {
    const wanted = audiences.flatMap(({ cluster, folders: placed }) =>
      placed.map((folder) => `${folder.name} ${cluster.name} ${staysKept(folder) ? 'compliant' : 'non-compliant'}`),
    );
    let told: string[] = [];
    await until(
      'the hub service tells every state',
      async () => {
        const states = await service.items<{ policy: string; site: string; state: string }>(
          '/api/v1/compliance?limit=500',
        );
        told = states.map(({ policy, site, state }) => `${policy} ${site} ${state}`);
        return wanted.every((state) => told.includes(state));
      },
      JUDGED_WITHIN_MS,
    ).catch((error: unknown) => {
      const missing = wanted.filter((state) => !told.includes(state)).join(', ');
      throw new Error(
        `it does not tell ${missing}; it said:
${service.process.output}`,
        { cause: error },
      );
    });
    expect(told.sort()).toEqual(wanted.sort());

    const history = await service.items<{ to: string }>(
      `/api/v1/compliance/history?policy=policy-kafka-tls-only&site=${hospital.name}`,
    );
    expect(history.map(({ to }) => to).slice(0, 2)).toEqual(['non-compliant', 'compliant']);
    const [tls] = await service.items<{ message: string }>(
      `/api/v1/compliance?policy=policy-kafka-tls-only&site=${hospital.name}`,
    );
    expect(tls?.message).toContain('answers without TLS');
    const policies = await service.items<{ name: string; controls: string[]; policySets: string[] }>(
      '/api/v1/compliance/policies',
    );
    expect(policies.find(({ name }) => name === 'policy-kafka-tls-only')).toMatchObject({
      controls: expect.arrayContaining(['164.312(e)(1)', 'SC-8']) as string[],
      policySets: policySets()
        .filter(({ policies: members }) => members.includes('policy-kafka-tls-only'))
        .map(({ name }) => name),
    });
  });

  it('are broken in every other way that has a case, too', async () => {
    for (let variant = 1; variant <= VARIANTS; variant += 1) {
      await roundOf(({ cases }) => {
        const more = cases.filter(({ isCompliant }) => isCompliant);
        return (more[variant] ?? more[0])?.text;
      });
      await untilJudged(() => 'Compliant');
      const others = ({ cases }: PolicyFolder): string | undefined => violatingVariant(cases, variant);
      await roundOf(others);
      await untilJudged((folder) => (others(folder) === undefined ? undefined : 'NonCompliant'));
    }
  });

  it('make the sets tell how they stand as a whole', async () => {
    await roundOf(({ cases }) => compliantCase(cases));
    await untilJudged(() => 'Compliant');
    for (const { name } of policySets())
      await until(
        `${name} is kept`,
        async () => {
          const set = await hub.admin.find<{ status?: { compliant?: Compliance } }>(
            kinds.policySet,
            name,
            HILUM_POLICIES_NAMESPACE,
          );
          return set?.status?.compliant === 'Compliant';
        },
        JUDGED_WITHIN_MS,
      );
  });
});

describe('the policies of the broker, where Streams knows only the older API,', () => {
  const strimzi = folders.filter(({ policy }) => JSON.stringify(policy).includes('lookup $strimzi'));
  const isStrimzis = ({ name }: PolicyFolder): boolean => strimzi.some((folder) => folder.name === name);
  const older = (choose: (cases: readonly PolicyCase[]) => string | undefined): Promise<void> =>
    roundOf((folder) => {
      const text = isStrimzis(folder) ? choose(folder.cases) : undefined;
      return text === undefined ? undefined : inOlderForm(text);
    });

  beforeAll(async () => {
    expect(strimzi.length).toBe(4);
    await withoutCasesOf(isStrimzis);
    for (const { cluster } of audiences) await serveStrimzi(cluster.admin, 'v1beta2');
  });

  afterAll(async () => {
    await withoutCasesOf(isStrimzis);
    for (const { cluster } of audiences) await serveStrimzi(cluster.admin, 'v1');
  });

  it('are kept and broken by the same', async () => {
    await older(compliantCase);
    await untilJudged((folder) => (isStrimzis(folder) ? 'Compliant' : undefined));
    for (let variant = 0; variant <= VARIANTS; variant += 1) {
      const violating = (cases: readonly PolicyCase[]): string | undefined => violatingVariant(cases, variant);
      if (strimzi.every(({ cases }) => violating(cases) === undefined)) continue;
      await older(violating);
      await untilJudged((folder) =>
        isStrimzis(folder) && violating(folder.cases) !== undefined ? 'NonCompliant' : undefined,
      );
      await older(compliantCase);
      await untilJudged((folder) => (isStrimzis(folder) ? 'Compliant' : undefined));
    }
  });
});

describe('the policies that look elsewhere on OpenShift', () => {
  const isConcerned = ({ openshiftCases }: PolicyFolder): boolean => openshiftCases.length > 0;
  const caseNamed = (name: string) => (folder: PolicyFolder) =>
    isConcerned(folder) ? (folder.openshiftCases.find((one) => one.name === name)?.text ?? '') : undefined;

  let definitions: string[] = [];

  beforeAll(async () => {
    await withoutCasesOf(isConcerned);
    definitions = await openshiftDefinitionsFor(folders);
    for (const { cluster } of audiences) await prepareForCases(cluster.admin, definitions);
  });

  afterAll(async () => {
    await withoutCasesOf(isConcerned);
    for (const { cluster } of audiences)
      for (const definition of definitions) await cluster.admin.remove(kinds.definition, nameOfDefinition(definition));
  });

  it('are kept and broken by its own objects', async () => {
    const names = new Set(folders.flatMap(({ openshiftCases }) => openshiftCases.map(({ name }) => name)));
    expect(names.size).toBeGreaterThan(1);
    for (const name of names) {
      await roundOf(caseNamed(name));
      await untilJudged((folder) => {
        const found = folder.openshiftCases.find((one) => one.name === name);
        if (found === undefined) return undefined;
        return found.isCompliant ? 'Compliant' : 'NonCompliant';
      });
    }
  });
});

describe('the status object of a site', () => {
  const status = (namespace: string, name: string) => ({
    ...kinds.configMap,
    metadata: { name, namespace },
    data: { site: hospital.name },
  });

  it('that is too old breaks every policy that rests on it', async () => {
    const old = violatingCase(folders.find(({ name }) => name === FRESH)?.cases ?? []) ?? '';
    await rounds.get(hospital.name)?.replace(new Map([[FRESH, old]]));
    await untilJudged((folder) => (readsStatus(folder) ? 'NonCompliant' : undefined));
  });

  it('that is missing breaks every policy that rests on it', async () => {
    await hospital.admin.remove(kinds.configMap, 'hilum-site-status', 'hilum');
    await untilJudged((folder) => (readsStatus(folder) ? 'NonCompliant' : undefined));
  });

  it('is written by the edge service’s account, which may do nothing else', async () => {
    const { admin } = hospital;
    await admin.apply({ ...kinds.serviceAccount, metadata: { name: 'hilum-edge', namespace: 'hilum' } });
    for (const object of documentsOf('edge/fleet/role.yaml')) await admin.apply(object);
    const token = await admin.token('hilum-edge', 'hilum');
    const edge = new KubeClient({ server: hospital.url, ca: hospital.ca, as: { token } });
    // made, and changed
    expect(await statusOf(edge.apply(status('hilum', 'hilum-site-status')))).toBe(200);
    expect(await statusOf(edge.apply(status('hilum', 'hilum-site-status')))).toBe(200);
    for (const [name, namespace] of [
      ['other', 'hilum'],
      ['hilum-site-status', 'hilum-kafka'],
    ] as const)
      expect(await statusOf(edge.apply(status(namespace, name))), `${namespace}/${name}`).toBe(403);
    expect(await statusOf(edge.find(kinds.configMap, 'hilum-site-status', 'hilum'))).toBe(403);
    expect(await statusOf(edge.list(kinds.secret, { namespace: 'hilum' }))).toBe(403);
    expect(await statusOf(edge.remove(kinds.configMap, 'hilum-site-status', 'hilum'))).toBe(403);
  });
});

function placedOn(...wanted: string[]): PolicyFolder[] {
  return folders.filter(({ binding }) => wanted.includes(binding.placementRef.name.replace('placement-', '')));
}

function enforces({ policy }: PolicyFolder): boolean {
  return policy.spec['policy-templates'].some(
    ({ objectDefinition }) => objectDefinition.spec.remediationAction === 'enforce',
  );
}

/** Whether it is kept when all violating cases are there. */
function staysKept(folder: PolicyFolder): boolean {
  return folder.name === FRESH || enforces(folder);
}

function compliantCase(cases: readonly PolicyCase[]): string | undefined {
  return cases.find(({ name }) => name === 'compliant')?.text;
}

/** The nth of the ways to break a policy, in the order of their names. */
function violatingVariant(cases: readonly PolicyCase[], nth: number): string | undefined {
  return cases.filter(({ isCompliant }) => !isCompliant)[nth]?.text;
}

function violatingCase(cases: readonly PolicyCase[]): string | undefined {
  return cases.find(({ name }) => name === 'violating')?.text;
}

function readsStatus({ policy }: PolicyFolder): boolean {
  return policy.spec['policy-templates'].some(({ objectDefinition }) =>
    objectDefinition.spec['object-templates-raw'].includes('hilum-site-status'),
  );
}

/** Takes away what the cases of some policies left. */
function withoutCasesOf(isConcerned: (folder: PolicyFolder) => boolean): Promise<void> {
  return roundOf((folder) => (isConcerned(folder) ? '' : undefined));
}

/** @param choose the case of a policy; undefined: it stays as it is */
async function roundOf(choose: (folder: PolicyFolder) => string | undefined): Promise<void> {
  await Promise.all(
    audiences.map(async ({ cluster, folders: placed }) => {
      const chosen = placed.flatMap((folder) => {
        const text = choose(folder);
        return text === undefined ? [] : [[folder.name, text] as const];
      });
      await rounds.get(cluster.name)?.replace(new Map(chosen));
    }),
  );
}

/** Waits until every policy is judged so at every cluster that it is placed on. @param wanted undefined: whatever it is */
async function untilJudged(wanted: (folder: PolicyFolder) => Compliance | undefined): Promise<void> {
  let wrong: string[] = [];
  await until(
    'all policies are judged as they should be',
    async () => {
      wrong = [];
      for (const { cluster, folders: placed } of audiences) {
        const copies = await hub.admin.list<{
          status?: { compliant?: Compliance; details?: { history?: { message: string }[] }[] };
        }>(kinds.policy, { namespace: cluster.name });
        for (const folder of placed) {
          const copy = copies.find(({ metadata }) => metadata.name === `${HILUM_POLICIES_NAMESPACE}.${folder.name}`);
          const expected = wanted(folder);
          const messages = copy?.status?.details?.map(({ history }) => history?.[0]?.message ?? 'not judged');
          if (expected !== undefined && copy?.status?.compliant !== expected)
            wrong.push(
              `${folder.name} at ${cluster.name}, not ${expected}: ${(messages ?? ['not there']).join(' | ')}`,
            );
        }
      }
      return wrong.length === 0;
    },
    JUDGED_WITHIN_MS,
    500,
  ).catch((error: unknown) => {
    throw new Error(`not judged as they should be:\n${wrong.join('\n')}`, { cause: error });
  });
}

/** With the quarter of a minute, after which those look again that time alone can break, made shorter: it would be most of the run. */
function lookingOftener(text: string): string {
  const shortened = text.replaceAll(/^( +(?:non)?compliant): 15s$/gm, '$1: 2s');
  if (shortened === text) throw new Error('no policy looks again after 15 s any more');
  return shortened;
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run(join(fleet.binFolder, 'kubectl'), args, {
    cwd: repositoryRoot,
    env: { ...process.env, KUBECONFIG: hub.kubeconfig },
    maxBuffer: 2 ** 24,
  });
  return stdout;
}
