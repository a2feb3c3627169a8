import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { reportOf } from '../judge/finding.js';
import type { ManifestDocument } from '../judge/judge.js';
import { strimziApiOf } from '../render/platforms.js';
import { judgeOfVersions } from '../testing/manifests.js';
import { DeliveredTree, type Delivery, type DeliveredObject } from './deliveries.js';
import { readSiteFile } from './site-file.js';

// What Argo CD would deliver to the hub and to every hospital, followed from what a person applies.

const SITES_FOLDER = 'gitops/clusters/sites';
const SOURCE_FILE = 'gitops/clusters/source/source.yaml';
const SITES = readdirSync(join(repositoryRoot, SITES_FOLDER)).sort();
/** On platforms that none of the hospitals in Git may have. */
const ADDED = new Map([
  ['on-openshift', 'openshift'],
  ['on-older-streams', 'openshift-v1beta2'],
]);
const ALL_SITES = [...SITES, ...ADDED.keys()];
const STAYS = 'Delete=false,Prune=false';
/** Kinds that hold data, or take along what does. */
const HOLD_DATA = [
  ...['Namespace', 'PersistentVolumeClaim', 'Kafka', 'KafkaNodePool', 'KafkaTopic'],
  ...['Cluster', 'CephCluster', 'CephBlockPool', 'CephObjectStore', 'ObjectBucketClaim'],
];

let tree: DeliveredTree;
let deliveries: Delivery[];
/** Those of a hub with the older API, for the same hospitals. */
let ofOlderHub: Delivery[];

beforeAll(async () => {
  tree = new DeliveredTree(repositoryRoot, inject('manifestTools').kustomize);
  const [example = ''] = SITES;
  const file = tree.read(`${SITES_FOLDER}/${example}/kustomization.yaml`);
  for (const [name, platform] of ADDED)
    tree.addSite(name, file.replaceAll(example, name).replace(/platform: \S+/, `platform: ${platform}`));
  deliveries = [
    ...(await tree.deliveries('gitops/clusters/hub/bootstrap', ALL_SITES)),
    ...(await tree.deliveries('gitops/clusters/hub/bootstrap-openshift', [])),
  ];
  ofOlderHub = (await tree.deliveries('gitops/clusters/hub/bootstrap-openshift-v1beta2', SITES)).filter(
    (delivery) => clusterOf(delivery) === 'hub',
  );
}, 240_000);

afterAll(() => tree.close());

describe('a hospital', () => {
  it.each(SITES)('%s has a file with a right value on every line', (site) => {
    const text = readFileSync(join(repositoryRoot, SITES_FOLDER, site, 'kustomization.yaml'), 'utf8');
    expect(readSiteFile(site, text)['site-name']).toBe(site);
    // it can be made by hand
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(12);
  });

  it.each(ALL_SITES)('%s gets all of its platform, and nothing of another hospital', (site) => {
    const own = deliveries.filter(({ argoCd }) => argoCd === site);
    expect(own.map(({ application }) => application).sort()).toEqual(
      ['settings', 'hospital', 'controllers', 'configs', 'inference', 'edge', 'dispatcher'].sort(),
    );
    const platform = ADDED.get(site) ?? platformOf(site);
    for (const { spec, wave } of own.filter((delivery) => delivery.application in waves))
      expect(spec.source.path.split('/'), `wave ${wave}`).toContain(platform);
    const others = ALL_SITES.filter((other) => other !== site);
    const text = JSON.stringify(own);
    expect(others.filter((other) => text.includes(other))).toEqual([]);
    for (const { objects } of own)
      for (const { metadata, kind } of objects)
        expect(metadata.annotations?.['hilum.org/site-name'], `${kind} ${metadata.name}`).toBe(site);
  });

  it('keeps whatever holds data when it leaves or a commit forgets it, and so does the hub', () => {
    // policies hold none
    const holding = deliveries
      .filter(({ application }) => application !== 'policies')
      .flatMap(({ objects }) => objects)
      .filter(({ kind }) => HOLD_DATA.includes(kind));
    // with an operator's chart go its definitions, and with these every object of theirs
    const charts = deliveries
      .filter(({ application }) => /^(hub-)?controllers$/.test(application))
      .flatMap(({ objects }) => objects)
      .filter(({ kind }) => kind === 'Application');
    expect(charts.length).toBeGreaterThan(0);
    holding.push(...charts);
    expect(holding.length).toBeGreaterThan(0);
    expect(holding.filter((object) => !optionsOf(object).includes(STAYS)).map(nameOf)).toEqual([]);
  });

  it('is pushed the same as it would pull, but for the operators', () => {
    for (const site of SITES) {
      const pushed = deliveries.filter(({ application }) => application.startsWith(`${site}.`));
      expect(pushed.map(({ application }) => application).sort()).toEqual(
        ['configs', 'dispatcher', 'edge', 'inference'].map((name) => `${site}.${name}`),
      );
      for (const { application, objects, spec } of pushed) {
        const pulled = deliveries.find(
          (delivery) => delivery.argoCd === site && `${site}.${delivery.application}` === application,
        );
        expect(objects).toEqual(pulled?.objects);
        expect(spec.destination.name).toBe(site);
        expect(spec.project.startsWith(`${site}.`)).toBe(true);
      }
    }
  });
});

const waves = {
  ...{ controllers: 0, configs: 1, inference: 2, edge: 2, dispatcher: 2 },
  ...{ 'hub-controllers': 0, 'hub-configs': 1, 'hub-apps': 2, policies: 3 },
} as const;

describe('what is delivered', () => {
  it('comes in waves: operators, what they are asked for, services, then policies and hospitals', () => {
    for (const [name, wave] of Object.entries(waves)) {
      const found = deliveries.filter(({ application }) => application === name);
      expect(found.length, name).toBeGreaterThan(0);
      expect(new Set(found.map((delivery) => delivery.wave)), name).toEqual(new Set([wave]));
    }
  });

  it('does not ask for definitions that are still on their way with the operators', () => {
    const found = deliveries.filter(({ application }) => application in waves);
    for (const { spec, application } of found)
      expect(spec.syncPolicy.syncOptions, application).toContain('SkipDryRunOnMissingResource=true');
  });

  it('has every name and address put in', () => {
    const text = JSON.stringify(deliveries);
    expect(text.match(/\b(SITE|PLATFORM|REPOSITORY|REVISION)\b/g)).toBeNull();
  });

  it('is what a cluster takes', async () => {
    const isOlder = (delivery: Delivery): boolean => strimziApiOf(ADDED.get(clusterOf(delivery)) ?? '') === 'v1beta2';
    const judged = [
      ...(await judgeOfVersions('v1').judge(deliveries.filter((one) => !isOlder(one)).map(documentOf))),
      ...(await judgeOfVersions('v1beta2').judge([...deliveries.filter(isOlder), ...ofOlderHub].map(documentOf))),
    ];
    expect(reportOf(judged)).toEqual([]);
  });

  it('is the same for Streams that knows only the older API, but for that', () => {
    const namesAt = (site: string): string[] =>
      deliveries
        .filter(({ argoCd }) => argoCd === site)
        .flatMap(({ objects }) => objects.map(nameOf))
        .sort();
    expect(namesAt('on-older-streams')).toEqual(
      namesAt('on-openshift').map((name) => name.replace('on-openshift', 'on-older-streams')),
    );
    const kafkaApis = ofOlderHub
      .flatMap(({ objects }) => objects)
      .flatMap(({ apiVersion }) => (apiVersion.startsWith('kafka.strimzi.io/') ? [apiVersion] : []));
    // broker, its nodes, the hub's user, and for each hospital a user and its topics
    expect(kafkaApis.length).toBeGreaterThan(2 + SITES.length * 2);
    expect(new Set(kafkaApis)).toEqual(new Set(['kafka.strimzi.io/v1beta2']));
  });

  it('comes from one repository at one revision, which are said in one place', async () => {
    const { repoURL, targetRevision } = deliveries[0]?.spec.source ?? {};
    for (const { spec, application } of deliveries)
      expect(spec.source, application).toMatchObject({ repoURL, targetRevision });
    const before = tree.read(SOURCE_FILE);
    const other = 'https://git.example.net/fork.git';
    tree.write(SOURCE_FILE, before.replace(/repository: \S+/, `repository: ${other}`));
    try {
      const forked = await tree.deliveries('gitops/clusters/hub/bootstrap', SITES.slice(0, 1));
      expect(forked.map(({ spec }) => spec.source.repoURL).filter((url) => url !== other)).toEqual([]);
      expect(JSON.stringify(forked)).not.toContain(repoURL);
    } finally {
      tree.write(SOURCE_FILE, before);
    }
  }, 120_000);
});

describe('a project', () => {
  /** By cluster and name; a hospital's come twice, for pull and for push. */
  const projects = (): { argoCd: string; project: Project }[] =>
    deliveries.flatMap(({ argoCd, objects }) =>
      objects
        .flatMap((object) => (object.kind === 'ManifestWorkReplicaSet' ? [] : [object]))
        .filter(({ kind, metadata }) => kind === 'AppProject' && metadata.name !== 'hilum-operators')
        .map((project) => ({ argoCd, project: project as unknown as Project })),
    );

  it('allows nothing but what its Applications bring, and all of that, to where they bring it', () => {
    expect(projects().length).toBeGreaterThan(3);
    for (const isHub of [true, false]) {
      const concerned = projects().filter(({ argoCd }) => (argoCd === 'hub') === isHub);
      for (const name of new Set(concerned.map(({ project }) => project.metadata.name))) {
        const own = deliveries.filter(({ argoCd, spec }) => (argoCd === 'hub') === isHub && spec.project === name);
        // those of pushed hospitals are equal to the hospitals' own, which are held to what all platforms bring
        if (name.includes('.')) continue;
        const { spec } = concerned.find(({ project }) => project.metadata.name === name)?.project ?? never(name);
        const objects = own.flatMap((delivery) => delivery.objects);
        const bringing = (isNamespaced: boolean): string[] =>
          sorted(objects.filter((object) => 'namespace' in object.metadata === isNamespaced).map(kindOf));
        expect(sorted(spec.namespaceResourceWhitelist.map(groupKind)), `${name}: namespaceResourceWhitelist`).toEqual(
          bringing(true),
        );
        expect(sorted(spec.clusterResourceWhitelist.map(groupKind)), `${name}: clusterResourceWhitelist`).toEqual(
          bringing(false),
        );
        expect(sorted(spec.destinations.map(({ namespace }) => namespace)), `${name}: destinations`).toEqual(
          sorted([
            ...objects.flatMap(({ metadata }) => metadata.namespace ?? []),
            ...own.map((delivery) => delivery.spec.destination.namespace),
          ]),
        );
        expect(spec.sourceRepos).toEqual([own[0]?.spec.source.repoURL]);
      }
    }
  });

  it('of a pushed hospital reaches that hospital alone', () => {
    const pushed = projects().filter(({ argoCd, project }) => argoCd === 'hub' && project.metadata.name.includes('.'));
    expect(pushed.length).toBeGreaterThan(0);
    for (const { project } of pushed) {
      const [site] = project.metadata.name.split('.');
      expect(new Set(project.spec.destinations.map(({ name }) => name))).toEqual(new Set([site]));
    }
  });
});

interface GroupKind {
  group: string;
  kind: string;
}

interface Project {
  metadata: { name: string };
  spec: {
    sourceRepos: string[];
    destinations: { namespace: string; name?: string }[];
    clusterResourceWhitelist: GroupKind[];
    namespaceResourceWhitelist: GroupKind[];
  };
}

/** Where it is brought to: what the hub pushes is of the hospitals' platforms. */
function clusterOf({ argoCd, spec }: Delivery): string {
  const { name = 'in-cluster' } = spec.destination;
  return name === 'in-cluster' ? argoCd : name;
}

function documentOf({ argoCd, application, objects }: Delivery): ManifestDocument {
  return {
    name: `${argoCd}: ${application}`,
    text: objects.map((object) => JSON.stringify(object)).join('\n---\n'),
  };
}

function platformOf(site: string): string {
  const text = readFileSync(join(repositoryRoot, SITES_FOLDER, site, 'kustomization.yaml'), 'utf8');
  return readSiteFile(site, text).platform;
}

function optionsOf({ metadata }: DeliveredObject): string {
  return metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '';
}

function nameOf({ kind, metadata }: DeliveredObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

function kindOf({ apiVersion, kind }: DeliveredObject): string {
  return groupKind({ group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '', kind });
}

function groupKind({ group, kind }: GroupKind): string {
  return `${group}/${kind}`;
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function never(name: string): never {
  throw new Error(`no project ${name}`);
}
