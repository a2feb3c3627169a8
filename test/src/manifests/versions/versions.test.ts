import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { strimziVersion } from '../definitions/strimzi-definitions.js';
import { PROGRAMS_MODULE } from '../programs/manifest-programs.js';
import { HUB_PLATFORMS, SITE_PLATFORMS } from '../render/platforms.js';
import { objectsOf, rootKustomizations } from '../testing/manifests.js';
import { readVersions } from './versions.js';

const versions = readVersions();
const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');
const part = (name: string): string => versions.parts[name]?.version ?? `${name} is not in gitops/versions.yaml`;
const required = (goMod: string, module: string): string | undefined =>
  new RegExp(`^\\s*(?:require )?${module.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(goMod)?.[1];

interface ChartApplication {
  metadata: { name: string };
  spec: { project: string; source: { repoURL: string; chart?: string; targetRevision: string } };
}

/** Every Application of a chart, and every project, of all that is applied. */
async function applied(): Promise<{ charts: ChartApplication[]; repositories: string[] }> {
  const roots = rootKustomizations().filter(({ folder }) => folder.startsWith('gitops/infrastructure/controllers/'));
  const objects = (await Promise.all(roots.map(({ folder }) => objectsOf(folder)))).flat();
  const charts = objects.filter(({ kind }) => kind === 'Application') as unknown as ChartApplication[];
  const projects = objects.filter(
    ({ kind, metadata }) => kind === 'AppProject' && metadata?.name === 'hilum-operators',
  );
  const repositories = (projects[0] as unknown as { spec: { sourceRepos: string[] } }).spec.sourceRepos;
  return { charts: charts.filter(({ spec }) => spec.source.chart !== undefined), repositories };
}

describe('the versions of gitops/versions.yaml', () => {
  it('are those of the clusters that are tried', () => {
    const clusters = read('test/clusters/tools/go.mod');
    expect(required(clusters, 'k8s.io/kubernetes')).toBe(versions.kubernetes);
    expect(required(clusters, 'github.com/argoproj/argo-cd/v3')).toBe(part('argo-cd'));
    expect(required(clusters, 'open-cluster-management.io/ocm')).toBe(part('open-cluster-management'));
    expect(required(clusters, 'open-cluster-management.io/governance-policy-propagator')).toBe(
      part('governance-policies'),
    );
    expect(required(clusters, 'open-cluster-management.io/config-policy-controller')).toBe(
      part('configuration-policies'),
    );
  });

  it('are those that manifests are rendered and judged with', () => {
    const programs = readFileSync(join(PROGRAMS_MODULE, 'go.mod'), 'utf8');
    expect(required(programs, 'k8s.io/kubernetes')).toBe(versions.kubernetes);
    expect(required(programs, 'sigs.k8s.io/kustomize/kustomize/v5')).toBe(versions.kustomize);
    expect(strimziVersion('v1')).toBe(part('strimzi'));
    expect(strimziVersion('v1beta2')).toBe(part('strimzi-v1beta2'));
  });

  it('have the same Kafka as one machine, and so have the brokers', async () => {
    expect(/<kafka\.version>([^<]+)</.exec(read('packages/local/kafka/pom.xml'))?.[1]).toBe(versions.kafka);
    const overlays = [
      ...HUB_PLATFORMS.map((platform) => `hub/${platform}`),
      ...SITE_PLATFORMS.map((platform) => `edge/${platform}`),
    ];
    for (const folder of overlays.map((overlay) => `gitops/infrastructure/configs/${overlay}`)) {
      const kafka = (await objectsOf(folder)).find(({ kind }) => kind === 'Kafka') as unknown as {
        spec: { kafka: { version?: string; metadataVersion?: string } };
      };
      // Streams brings its own, and takes no other
      if (folder.includes('/openshift')) {
        expect(kafka.spec.kafka, folder).not.toHaveProperty('version');
        expect(kafka.spec.kafka, folder).not.toHaveProperty('metadataVersion');
        continue;
      }
      expect(kafka.spec.kafka.version, folder).toBe(versions.kafka);
      expect(kafka.spec.kafka.metadataVersion, folder).toMatch(
        new RegExp(`^${versions.kafka.split('.').slice(0, 2).join('\\.')}-IV\\d+$`),
      );
    }
  });

  it('are those of the definitions, where a part ships its own', () => {
    const others = ['knative', 'openshift'];
    for (const [name, { version, definitions }] of Object.entries(versions.parts))
      if (definitions !== undefined && !others.includes(name)) expect(definitions.version, name).toBe(version);
    for (const file of versions.parts['knative']?.definitions?.files.filter((name) => name.startsWith('cmd/')) ?? [])
      expect(`${part('knative')}/`).toContain(/\/(\d+\.\d+)/.exec(file)?.[1]);
  });

  it('are those of the charts, which are those that the project of operators allows', async () => {
    const { charts, repositories } = await applied();
    const listed = Object.values(versions.parts).flatMap(({ chart }) => (chart === undefined ? [] : [chart]));
    const found = new Map(charts.map(({ spec }) => [spec.source.chart, spec.source.targetRevision]));
    expect(found).toEqual(new Map(listed.map(({ name, version }) => [name, version])));
    expect(new Set(charts.map(({ spec }) => spec.source.repoURL))).toEqual(new Set(repositories));
    expect(new Set(charts.map(({ spec }) => spec.project))).toEqual(new Set(['hilum-operators']));
  });

  it('are those of Knative that its operator is asked for', async () => {
    const objects = await objectsOf('gitops/infrastructure/configs/edge/kubernetes');
    const asked = objects.filter(({ apiVersion }) => apiVersion === 'operator.knative.dev/v1beta1');
    expect(asked.map((object) => (object as unknown as { spec: { version: string } }).spec.version)).toEqual([
      part('knative'),
      part('knative'),
    ]);
  });
});

describe('readVersions', () => {
  it.each([
    ['a version that is none', 'kafka: 4.3.1', 'kafka: newest', 'kafka: '],
    ['a field that nobody reads', 'kustomize:', 'customize:', 'customize'],
    ['a sum that is none', 'sum: h1:2+Qe', 'sum: h2:2+Qe', 'parts.rook.definitions.sum'],
  ])('refuses %s and names it', (_what, right, wrong, named) => {
    const text = read('gitops/versions.yaml');
    expect(text).toContain(right);
    expect(() => readVersions(text.replace(right, wrong))).toThrow(named);
  });
});
