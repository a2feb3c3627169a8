import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { ARGOCD_NAMESPACE } from '../harness/argocd.js';
import { loseSite, replaceSite, type Cluster } from '../harness/cluster-fleet.js';
import { kinds } from '../harness/kinds.js';
import type { KubeClient, KubeKind, KubeObject } from '../harness/kube-client.js';
import { OperatorsStandIn } from '../stand-ins/operators.js';
import { answer } from '../testing/answers.js';
import { bootstrapCommands } from '../testing/documented-commands.js';
import { GitWebhook } from '../testing/git-webhook.js';
import { GitopsFleet, applicationsOf, untilInOrder, untilInStep } from '../testing/gitops-fleet.js';
import { runningFleet } from '../testing/running-fleet.js';

// gitops/ and policies/ as they are in the working tree, brought by the commands of docs/bootstrap.md.

let fleet = runningFleet();
const { hub } = fleet;
const IN_STEP_WITHIN_MS = 120_000;
const IN_ORDER_WITHIN_MS = 200_000;
/** Its own Argo CD delivers. */
const PULLING = 'st-agnes';
/** The hub's does. */
const PUSHED = 'riverside';
const AT_A_HOSPITAL = ['controllers', 'configs', 'inference', 'edge', 'dispatcher'];
const AT_THE_HUB = ['hub-controllers', 'hub-configs', 'hub-apps', 'policies'];
/** Of a hospital, which is not in Git. */
const LATE_PART = 'no-such-part';
const SITE_VALUES = 'hilum-site';
/** Asks Argo CD to look again. */
const REFRESH = { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } };
/** Is delivered by one commit and taken back by another. */
const PASSING = 'passing';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };
const service = { apiVersion: 'v1', kind: 'Service' };
const replicaSet = { apiVersion: 'work.open-cluster-management.io/v1alpha1', kind: 'ManifestWorkReplicaSet' };
const kafkaUser = { apiVersion: 'kafka.strimzi.io/v1', kind: 'KafkaUser' };
const kafkaTopic = { apiVersion: 'kafka.strimzi.io/v1', kind: 'KafkaTopic' };
const mirror = { apiVersion: 'kafka.strimzi.io/v1', kind: 'KafkaMirrorMaker2' };

const operators = new OperatorsStandIn([hub, ...fleet.sites].map(({ admin }) => admin));
/** Of the cluster that takes the place of a lost one. */
let newOperators: OperatorsStandIn | undefined;
const webhook = new GitWebhook(fleet.git, () => [hub, ...fleet.sites]);
/** undefined only when it could not be prepared */
let gitops: GitopsFleet;

beforeAll(async () => {
  gitops = await GitopsFleet.prepare(fleet);
  webhook.start();
});

/** Everything that was brought goes, and the hospitals are where the other tests expect them. */
afterAll(async () => {
  await hub.admin.remove(kinds.application, 'hub-settings', ARGOCD_NAMESPACE);
  const left = await hub.admin.find(kinds.application, 'hub', ARGOCD_NAMESPACE);
  if (left !== null) {
    // the document leaves what runs; here it has to go as well
    const cascade = { metadata: { finalizers: ['resources-finalizer.argocd.argoproj.io'] } };
    await hub.admin.merge(kinds.application, 'hub', cascade, ARGOCD_NAMESPACE);
    await hub.admin.remove(kinds.application, 'hub', ARGOCD_NAMESPACE);
    // what a failed test left waiting would wait for ever
    for (const cluster of [hub, ...fleet.sites])
      for (const [name, { status }] of await applicationsOf(cluster))
        if (status?.operationState?.phase === 'Running')
          await cluster.admin.merge(
            kinds.application,
            name,
            { status: { operationState: { phase: 'Terminating' } } },
            ARGOCD_NAMESPACE,
          );
    await untilGone(hub.admin, kinds.application, 'hub', ARGOCD_NAMESPACE);
  }
  await operators.stop();
  await newOperators?.stop();
  await webhook.stop();
  // operators stay, as the document says; nobody installs these charts, and other tests count Applications
  for (const cluster of [hub, ...fleet.sites])
    for (const [name, { spec }] of await applicationsOf(cluster))
      if (spec.source.chart !== undefined) {
        await cluster.admin.merge(kinds.application, name, { metadata: { finalizers: null } }, ARGOCD_NAMESPACE);
        await cluster.admin.remove(kinds.application, name, ARGOCD_NAMESPACE);
      }
  // not sooner: a hub that still delivers would take them for hospitals that are new
  for (const { name } of fleet.sites)
    await hub.admin.merge(kinds.managedCluster, name, {
      metadata: {
        labels: {
          'cluster.open-cluster-management.io/clusterset': 'hospitals',
          'hilum.org/site': name,
          'hilum.org/delivery': null,
        },
      },
    });
  gitops?.close();
});

describe('the documented way', () => {
  it('brings up a hub by one command, each wave once the one before is healthy', async () => {
    await gitops.guide.follow('source');
    await gitops.guide.follow('hub');
    await until(
      'the first wave is waited for',
      async () => {
        const { operationState } = (await applicationsOf(hub)).get('hub')?.status ?? {};
        return operationState?.message?.includes(
          'waiting for healthy state of argoproj.io/Application/hub-controllers',
        );
      },
      IN_STEP_WITHIN_MS,
    );
    // nobody has made its operators ready
    expect([...(await applicationsOf(hub)).keys()].filter((name) => AT_THE_HUB.includes(name))).toEqual([
      'hub-controllers',
    ]);
    operators.start();
    await untilInOrder(hub, AT_THE_HUB, IN_ORDER_WITHIN_MS);
    await gitops.guide.follow('hub-ready');
    await untilInStep(hub, ['hub-settings', 'hub', ...AT_THE_HUB], { withinMs: IN_STEP_WITHIN_MS });
  });

  it('makes hospitals of one file and a label, one that pulls and one that the hub reaches into', async () => {
    await addHospital(PULLING);
    // side by side: most of the time they wait
    await Promise.all([
      untilItPulls(),
      untilInStep(fleet.site(PULLING), ['controllers'], { withinMs: IN_STEP_WITHIN_MS }).then(pushTo),
    ]);
    // in its own Argo CD, and nothing of it at the hub's
    expect([...(await applicationsOf(hub)).keys()].filter((name) => AT_A_HOSPITAL.includes(name))).toEqual([]);
  });

  it('gives each hospital its own values and those of no other', async () => {
    for (const [name, other] of [
      [PULLING, PUSHED],
      [PUSHED, PULLING],
    ] as const) {
      const { admin } = fleet.site(name);
      expect((await siteValues(name))['site-name']).toBe(name);
      const found = await admin.find<{ spec: { mirrors: { source: { alias: string } }[] } }>(
        mirror,
        'hilum-mirror',
        'hilum-kafka',
      );
      expect(found?.spec.mirrors.map(({ source }) => source.alias)).toEqual([name]);
      for (const kind of [kinds.configMap, deployment, kafkaUser, kafkaTopic, mirror, kinds.application])
        for (const object of await admin.list(kind))
          if (object.metadata.namespace?.startsWith('hilum') || object.metadata.namespace === ARGOCD_NAMESPACE)
            expect(JSON.stringify(withoutFields(object)), `${kind.kind} ${object.metadata.name}`).not.toContain(other);
      const users = await hub.admin.find<{ spec: { authorization: { acls: { resource: { name: string } }[] } } }>(
        kafkaUser,
        name,
        'hilum-kafka',
      );
      const acls = users?.spec.authorization.acls.map(({ resource }) => resource.name) ?? [];
      expect(acls.length).toBeGreaterThan(0);
      expect(acls.filter((acl) => !acl.includes(name))).toEqual([]);
    }
  });

  it("shows a hospital's identity nothing of what the hub delivers to others", async () => {
    const own = fleet.site(PUSHED);
    for (const identity of [own.hub, own.hubForPolicies])
      for (const [kind, namespace] of [
        [kinds.application, ARGOCD_NAMESPACE],
        [kinds.configMap, ARGOCD_NAMESPACE],
        [kinds.secret, ARGOCD_NAMESPACE],
        [replicaSet, 'hilum-hospitals'],
        [kinds.placement, 'hilum-hospitals'],
        [kinds.manifestWork, PULLING],
        [kafkaUser, 'hilum-kafka'],
        [kinds.secret, 'hilum-kafka'],
        [kinds.secret, 'hilum'],
        [kinds.policy, 'hilum-policies'],
      ] as const)
        expect(await answer(identity.list(kind, { namespace })), `${kind.kind} in ${namespace}`).toBe(403);
    const works = await own.hub.list(kinds.manifestWork, { namespace: PUSHED });
    expect(JSON.stringify(works)).not.toContain(PULLING);
  });
});

describe('a commit', () => {
  it('is how an upgrade comes, to the hub and to both hospitals', async () => {
    const [release, digest] = ['v0.2.0', `sha256:${'1'.repeat(64)}`];
    await gitops.guide.run(
      [
        'git clone --quiet $REPOSITORY ../upstream',
        'cd ../upstream',
        `sed -i "s|digest: .*|digest: ${digest}|" gitops/components/images/kustomization.yaml`,
        "printf '  tried: first\\n' >> gitops/components/site/site.yaml",
        `git commit --quiet --all --message "Release ${release}"`,
        `git tag ${release}`,
      ].join('\n'),
    );
    await gitops.guide.follow('upgrade', { UPSTREAM: '../upstream', RELEASE: release });
    const told = await gitops.guide.follow('upgraded', { HOSPITAL: PULLING });
    for (const name of ['edge', 'dispatcher', 'inference'])
      expect(told).toMatch(new RegExp(`^${name} \\S+@${digest}$`, 'm'));
    const revision = await gitops.head();
    await untilInStep(hub, ['hub-apps', `${PUSHED}.edge`], { revision, withinMs: IN_STEP_WITHIN_MS });
    for (const [{ admin }, name] of [
      [hub, 'hub'],
      [fleet.site(PUSHED), 'edge'],
    ] as const)
      expect(JSON.stringify(await admin.find(deployment, name, 'hilum'))).toContain(digest);
    for (const name of [PULLING, PUSHED]) expect((await siteValues(name))['tried']).toBe('first');
  });

  it("to one hospital's file changes that one alone", async () => {
    const before = await siteValues(PULLING);
    const commit = await gitops.change('Rename the worklist', {
      [`gitops/clusters/sites/${PUSHED}/kustomization.yaml`]: (text) =>
        text.replace(/public-host: .*/, 'public-host: xray.riverside.example.org'),
      // and, for all, an object that there was not
      'gitops/apps/edge/base/service-account.yaml': (text) =>
        `${text.trimEnd()}\n---\n${JSON.stringify({ ...kinds.configMap, metadata: { name: PASSING, namespace: 'hilum' } })}\n`,
    });
    await until(
      `${PUSHED} has it`,
      async () => (await siteValues(PUSHED))['public-host'] === 'xray.riverside.example.org',
      IN_STEP_WITHIN_MS,
    );
    await untilInStep(fleet.site(PULLING), ['edge'], { revision: commit, withinMs: IN_STEP_WITHIN_MS });
    expect(await siteValues(PULLING)).toEqual(before);
    for (const { name, admin } of fleet.sites)
      await until(`${name} has it`, () => admin.find(kinds.configMap, PASSING, 'hilum'), IN_STEP_WITHIN_MS);
  });

  it('is taken back by the documented commands', async () => {
    await gitops.guide.follow('back', { GOOD: 'HEAD~1' });
    await until(
      `${PUSHED} has the earlier name`,
      async () => (await siteValues(PUSHED))['public-host'] === 'hilum.riverside.example.org',
      IN_STEP_WITHIN_MS,
    );
    for (const name of [PULLING, PUSHED]) {
      expect((await siteValues(name))['tried']).toBe('first');
      await untilGone(fleet.site(name).admin, kinds.configMap, PASSING, 'hilum');
    }
  });
});

describe('what somebody changes by hand', () => {
  it('is put back, by pull and by push', async () => {
    for (const name of [PULLING, PUSHED]) {
      const { admin } = fleet.site(name);
      await admin.merge(kinds.configMap, SITE_VALUES, { data: { tried: 'by hand' } }, 'hilum');
      await admin.remove(service, 'edge', 'hilum');
      await untilBack(name);
    }
  });

  it('is put back at a hospital that pulls while nobody at the hub answers, and a commit arrives', async () => {
    const apiServer = fleet.pidOf('hub-apiserver');
    const { admin } = fleet.site(PULLING);
    process.kill(apiServer, 'SIGSTOP');
    try {
      await admin.merge(kinds.configMap, SITE_VALUES, { data: { tried: 'by hand' } }, 'hilum');
      await admin.remove(service, 'edge', 'hilum');
      await untilBack(PULLING);
      await gitops.change('Change the value', {
        'gitops/components/site/site.yaml': (text) => text.replace('tried: first', 'tried: second'),
      });
      await until(
        'the commit arrives',
        async () => (await siteValues(PULLING))['tried'] === 'second',
        IN_STEP_WITHIN_MS,
      );
    } finally {
      process.kill(apiServer, 'SIGCONT');
    }
    await until('the other follows', async () => (await siteValues(PUSHED))['tried'] === 'second', IN_STEP_WITHIN_MS);
  });

  it('stays where delivery was stopped as documented, and there alone, until it goes on', async () => {
    const { admin } = fleet.site(PULLING);
    const names = { HOSPITAL: PULLING, APPLICATION: 'edge' };
    await gitops.guide.follow('pause', names);
    await admin.merge(kinds.configMap, SITE_VALUES, { data: { tried: 'by hand' } }, 'hilum');
    const commit = await gitops.change('Change the value again', {
      'gitops/components/site/site.yaml': (text) => text.replace('tried: second', 'tried: third'),
    });
    await untilInStep(fleet.site(PULLING), ['dispatcher', 'hospital'], {
      revision: commit,
      withinMs: IN_STEP_WITHIN_MS,
    });
    expect((await siteValues(PULLING))['tried']).toBe('by hand');
    await gitops.guide.follow('resume', names);
    await until('it is as in Git', async () => (await siteValues(PULLING))['tried'] === 'third', IN_STEP_WITHIN_MS);
  });
});

describe('certificates', () => {
  it('are renewed by the documented commands, which no delivery takes back', async () => {
    const site = fleet.site(PULLING);
    const certificate = (): string => readFileSync(join(fleet.folder, PULLING, 'hub-identity/tls.crt'), 'utf8');
    const before = certificate();
    const names = { HOSPITAL: PULLING };
    await gitops.guide.follow('renew-agent', names);
    await until('the agent has another certificate', () => Promise.resolve(certificate() !== before));
    await gitops.guide.follow('rejoined', names);

    await gitops.guide.follow('renew-users', names);
    await gitops.guide.follow('renew-copies', names);
    await gitops.guide.follow('renew-web', names);
    await gitops.guide.follow('restart', names);
    const lookedAt = async (): Promise<string | undefined> =>
      (await applicationsOf(site)).get('edge')?.status?.reconciledAt;
    const lookedBefore = await lookedAt();
    await site.admin.merge(kinds.application, 'edge', REFRESH, ARGOCD_NAMESPACE);
    await until('Argo CD has looked again', async () => (await lookedAt()) !== lookedBefore, IN_STEP_WITHIN_MS);
    await untilInStep(site, AT_A_HOSPITAL, { withinMs: IN_STEP_WITHIN_MS });
    for (const name of ['edge', 'dispatcher', 'inference', 'mirror'])
      expect((await site.admin.find(kafkaUser, name, 'hilum-kafka'))?.metadata.annotations).toHaveProperty([
        'strimzi.io/force-renew',
      ]);
    for (const name of ['edge', 'dispatcher'])
      expect(JSON.stringify(await site.admin.find(deployment, name, 'hilum'))).toContain('restartedAt');
  });
});

describe('a delivery that hangs', () => {
  it('is ended by the documented command and takes the commit that helps it', async () => {
    const file = 'gitops/clusters/edge/root/applications.yaml';
    // new parts, since of one that is there Argo CD may still see the health that it had; and one more in the last wave, for
    // which the one before is waited for
    const part = (text: string, name: string, wave: number): string =>
      text
        .slice(text.lastIndexOf('---\n'))
        .replace('name: dispatcher', `name: ${name}`)
        .replace("sync-wave: '2'", `sync-wave: '${wave}'`)
        .replace('gitops/apps/dispatcher/overlays/', 'gitops/apps/no-such/overlays/');
    let before = '';
    await gitops.change('Add parts that are not there', {
      [file]: (text) => {
        before = text;
        return [text.trimEnd(), part(text, LATE_PART, 1), part(text, 'after-it', 2)].join('\n');
      },
    });
    const site = fleet.site(PULLING);
    const pushed = `push-${PUSHED}`;
    await untilItHangs(site, 'hospital');
    await untilItHangs(hub, pushed);
    // at the newest commit already: it has to be told
    await gitops.guide.follow('end-delivery', { HOSPITAL: 'hub', APPLICATION: pushed });
    await gitops.guide.follow('try-again', { HOSPITAL: 'hub', APPLICATION: pushed });
    await untilItHangs(hub, pushed);
    const commit = await gitops.change('Leave them out', { [file]: () => before });
    // what runs is left alone meanwhile
    expect(await site.admin.find(deployment, 'dispatcher', 'hilum')).not.toBeNull();
    await gitops.guide.follow('end-delivery', { HOSPITAL: PULLING, APPLICATION: 'hospital' });
    await gitops.guide.follow('end-delivery', { HOSPITAL: 'hub', APPLICATION: pushed });
    await untilInStep(site, ['hospital', 'dispatcher'], { revision: commit, withinMs: IN_STEP_WITHIN_MS });
    await untilInStep(hub, [pushed], { revision: commit, withinMs: IN_STEP_WITHIN_MS });
  });
});

describe('a hospital whose cluster is lost', () => {
  it('is there again once a new cluster has joined in its place', async () => {
    await loseSite(fleet, PULLING);
    fleet = await replaceSite(fleet, PULLING);
    const site = fleet.site(PULLING);
    await gitops.admit(fleet, site);
    newOperators = new OperatorsStandIn([site.admin]);
    newOperators.start();
    await gitops.guide.follow('rejoined', { HOSPITAL: PULLING });
    await gitops.guide.follow('hospital-ready', { HOSPITAL: PULLING });
    await untilInStep(site, ['settings', 'hospital', ...AT_A_HOSPITAL], {
      revision: await gitops.head(),
      withinMs: IN_STEP_WITHIN_MS,
    });
    expect((await siteValues(PULLING))['site-name']).toBe(PULLING);
    await until('it has its policies', async () => (await policiesAt(PULLING)).length > 0, IN_STEP_WITHIN_MS);
  });
});

describe('a hospital that is taken away', () => {
  it('loses its applications and policies and keeps its data', async () => {
    const { admin } = fleet.site(PULLING);
    expect((await policiesAt(PULLING)).length).toBeGreaterThan(0);
    await gitops.guide.follow('hospital-away', { HOSPITAL: PULLING });
    await until(
      'nothing is delivered there any more',
      async () => ![...(await applicationsOf(fleet.site(PULLING))).values()].some(isOurs),
      IN_STEP_WITHIN_MS,
    );
    for (const name of ['edge', 'dispatcher']) expect(await admin.find(deployment, name, 'hilum')).toBeNull();
    await until('it has no policies', async () => (await policiesAt(PULLING)).length === 0, IN_STEP_WITHIN_MS);
    expect((await admin.list(kafkaTopic, { namespace: 'hilum-kafka' })).length).toBeGreaterThan(0);
    expect(await gitops.guide.follow('what-is-left', { HOSPITAL: PULLING })).toContain('hilum-kafka');
    // Argo CD itself stays
    expect(await admin.find(kinds.configMap, 'argocd-cm', ARGOCD_NAMESPACE)).not.toBeNull();
  });

  it('has no identity at the hub any more once its file is gone, while its topics stay', async () => {
    await gitops.guide.follow('hospital-file-away', { HOSPITAL: PULLING });
    await untilGone(hub.admin, kafkaUser, PULLING, 'hilum-kafka');
    await untilGone(hub.admin, replicaSet, `hospital.${PULLING}`, 'hilum-hospitals');
    expect(await hub.admin.find(kafkaTopic, `${PULLING}.results.deid.v1`, 'hilum-kafka')).not.toBeNull();
    expect(await hub.admin.find(kafkaUser, PUSHED, 'hilum-kafka')).not.toBeNull();
  });

  it('leaves the others as they are; one that was pushed to goes the same way', async () => {
    await untilInStep(hub, [`${PUSHED}.edge`], { withinMs: IN_STEP_WITHIN_MS });
    expect(await fleet.site(PUSHED).admin.find(deployment, 'edge', 'hilum')).not.toBeNull();
    await gitops.guide.follow('hospital-away', { HOSPITAL: PUSHED });
    await untilGone(hub.admin, kinds.application, `push-${PUSHED}`, ARGOCD_NAMESPACE);
    await untilGone(fleet.site(PUSHED).admin, deployment, 'edge', 'hilum');
  });
});

it('every command of the document that can run here was run', () => {
  const steps = bootstrapCommands().flatMap(({ step }) => (step === null ? [] : [step]));
  expect([...gitops.guide.ran].sort()).toEqual(steps.sort());
});

/** Waits until a delivery waits for the part that cannot come. */
async function untilItHangs(cluster: Cluster, application: string): Promise<void> {
  await until(
    `${application} at ${cluster.name} waits for what cannot come`,
    async () => {
      const { operationState } = (await applicationsOf(cluster)).get(application)?.status ?? {};
      return operationState?.phase === 'Running' && operationState.message?.includes(LATE_PART);
    },
    IN_STEP_WITHIN_MS,
  );
}

async function untilItPulls(): Promise<void> {
  const site = fleet.site(PULLING);
  await untilInOrder(site, ['controllers', 'configs', 'edge'], IN_ORDER_WITHIN_MS);
  expect(await gitops.guide.follow('hospital-ready', { HOSPITAL: PULLING })).toContain('dispatcher');
  await untilInStep(site, ['settings', 'hospital', ...AT_A_HOSPITAL], { withinMs: IN_STEP_WITHIN_MS });
  await until(
    'the hub knows that it is in step',
    async () => {
      const told = await gitops.guide.follow('hospital-status', { HOSPITAL: PULLING });
      return told.match(/^sync=Synced$/gm)?.length === 2 && told.match(/^health=Healthy$/gm)?.length === 2;
    },
    IN_STEP_WITHIN_MS,
  );
}

async function pushTo(): Promise<void> {
  // its operators are installed by somebody else, as the document asks, and with them their namespaces
  for (const { spec } of (await applicationsOf(fleet.site(PULLING))).values())
    if (spec.source.chart !== undefined)
      await fleet.site(PUSHED).admin.apply({ ...kinds.namespace, metadata: { name: spec.destination.namespace } });
  await gitops.guide.follow('hospital-push', { HOSPITAL: PUSHED });
  await addHospital(PUSHED);
  await untilInOrder(hub, [`${PUSHED}.configs`, `${PUSHED}.edge`], IN_ORDER_WITHIN_MS);
  // operators are Applications of charts, and no Argo CD is there to install them
  const names = AT_A_HOSPITAL.filter((name) => name !== 'controllers').map((name) => `${PUSHED}.${name}`);
  await untilInStep(hub, [`push-${PUSHED}`, ...names], { withinMs: IN_STEP_WITHIN_MS });
  expect((await applicationsOf(hub)).has(`${PUSHED}.controllers`)).toBe(false);
  expect([...(await applicationsOf(fleet.site(PUSHED))).values()].filter(isOurs)).toEqual([]);
  expect(await hub.admin.find(kinds.manifestWork, `hospital.${PUSHED}`, PUSHED)).toBeNull();
}

async function addHospital(name: string): Promise<void> {
  await gitops.guide.follow('hospital-file', { HOSPITAL: name });
  await gitops.guide.follow('hospital-label', { HOSPITAL: name });
}

/** Waits until the edge's service and values are as in Git. */
async function untilBack(site: string): Promise<void> {
  const { admin } = fleet.site(site);
  await until(`${site} has its service`, () => admin.find(service, 'edge', 'hilum'), IN_STEP_WITHIN_MS);
  await until(`${site} has its values`, async () => (await siteValues(site))['tried'] === 'first', IN_STEP_WITHIN_MS);
}

async function untilGone(admin: KubeClient, kind: KubeKind, name: string, namespace: string): Promise<void> {
  await until(
    `${kind.kind} ${name} is gone`,
    async () => (await admin.find(kind, name, namespace)) === null,
    IN_STEP_WITHIN_MS,
  );
}

async function siteValues(site: string): Promise<Record<string, string>> {
  const found = await fleet
    .site(site)
    .admin.find<{ data?: Record<string, string> }>(kinds.configMap, SITE_VALUES, 'hilum');
  return found?.data ?? {};
}

async function policiesAt(site: string): Promise<string[]> {
  const policies = await hub.admin.list(kinds.policy, { namespace: site });
  return policies.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('hilum-policies.'));
}

/** What these tests brought, and not those of other files. */
function isOurs({ spec }: { spec: { source?: { path?: string } } }): boolean {
  return spec.source?.path?.startsWith('gitops/') ?? false;
}

/** Without who wrote what, which names Applications. */
function withoutFields(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } as KubeObject['metadata'] };
}
