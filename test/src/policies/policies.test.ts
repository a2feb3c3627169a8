import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HUB_BOUND_TOPICS } from '@hilum/contracts';
import { LOCAL_POLICIES } from '@hilum/local';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/repository.js';
import { COVERAGE_PAGE, coveragePage } from './coverage-page.js';
import {
  HILUM_POLICIES_NAMESPACE,
  caseObjects,
  controlsFile,
  documentsOf,
  policyFolders,
  policySets,
  setNames,
  type PolicyFolder,
} from './policy-folders.js';

const GROUP = 'policy.open-cluster-management.io';
const folders = policyFolders();
const named = folders.map((folder) => [folder.name, folder] as const);
const sets = policySets();
const names = folders.map(({ name }) => name);
const placements = documentsOf('policies/placements/placements.yaml').map(({ metadata }) => metadata.name);
const textOf = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');
const templatesOf = ({ policy }: PolicyFolder) =>
  policy.spec['policy-templates'].map(({ objectDefinition }) => objectDefinition);
const notesOf = ({ policy }: PolicyFolder): Record<string, string> => policy.metadata.annotations ?? {};
const clausesOf = (folder: PolicyFolder): string[] =>
  (notesOf(folder)[`${GROUP}/controls`] ?? '').split(', ').filter((control) => control.startsWith('164.312'));
const resourcesOf = (path: string): string[] => (documentsOf(path)[0] as unknown as { resources: string[] }).resources;

describe('each policy', () => {
  it('has a name of its own, and there are at least 25', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(25);
  });

  it.each(named)('%s is called as its folder, and its parts after it', (name, folder) => {
    expect(name).toMatch(/^policy-[a-z0-9]+(-[a-z0-9]+)+$/);
    // Open Cluster Management makes labels of namespace and name, which may have 63 characters
    expect(`${HILUM_POLICIES_NAMESPACE}.${name}`.length).toBeLessThanOrEqual(63);
    expect(folder.policy).toMatchObject({
      kind: 'Policy',
      metadata: { name, namespace: HILUM_POLICIES_NAMESPACE },
      spec: { disabled: false },
    });
    for (const { kind, metadata } of templatesOf(folder)) {
      expect(kind).toBe('ConfigurationPolicy');
      expect(metadata.name.startsWith(name)).toBe(true);
    }
  });

  it.each(named)('%s says in a few lines why it is there', (_, { why }) => {
    expect(why.length).toBeGreaterThanOrEqual(3);
    expect(why.length).toBeLessThanOrEqual(5);
    for (const line of why) expect(line.length).toBeGreaterThan(15);
  });

  it.each(named)('%s has a title, a reason and what it is mapped to', (_, folder) => {
    const notes = notesOf(folder);
    expect(notes['hilum.org/title']).toMatch(/^.{10,80}$/);
    expect(notes[`${GROUP}/description`]).toMatch(/\.$/);
    expect(notes[`${GROUP}/standards`]).toBe('HIPAA Security Rule, NIST SP 800-53');
    for (const category of (notes[`${GROUP}/categories`] ?? '').split(/, (?=[A-Z]{2} )/))
      expect(category).toMatch(/^[A-Z]{2} [A-Z]/);
    for (const control of (notes[`${GROUP}/controls`] ?? '').split(', '))
      expect(control).toMatch(/^(164\.\d{3}(\([a-zA-Z0-9]+\))+|[A-Z]{2}-\d{1,2})$/);
  });

  it.each(named)('%s has cases that keep it and cases that break it', (_, { cases }) => {
    expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining(['compliant', 'violating']));
    for (const { name } of cases) expect(name).toMatch(/^(compliant|violating)(-[a-z0-9]+)*$/);
    for (const { text } of cases)
      for (const object of caseObjects(text, new Date())) expect(object.metadata.name).not.toBe('');
  });

  it.each(named)('%s has cases for OpenShift if it looks elsewhere there', (_, folder) => {
    const looksElsewhere = templatesOf(folder).some(({ spec }) =>
      spec['object-templates-raw'].includes('openshift.io'),
    );
    const caseNames = folder.openshiftCases.map(({ name }) => name);
    expect(caseNames).toEqual(looksElsewhere ? expect.arrayContaining(['compliant', 'violating']) : []);
    for (const name of caseNames) expect(name).toMatch(/^(compliant|violating)(-[a-z0-9]+)*$/);
  });

  it.each(named)('%s is placed by a binding of its own', (name, { binding }) => {
    expect(binding).toMatchObject({
      kind: 'PlacementBinding',
      metadata: { name, namespace: HILUM_POLICIES_NAMESPACE },
      subjects: [{ kind: 'Policy', name }],
    });
    expect(placements).toContain(binding.placementRef.name);
  });

  it.each(named)('%s belongs to the set of its folder, and is applied with it', (name, { set }) => {
    expect(sets.find((one) => one.name === set)?.policies).toContain(name);
    expect(resourcesOf(`policies/${set}/kustomization.yaml`)).toContain(`${name}/policy.yaml`);
  });

  it.each(named)('%s only looks, or what it makes is looked at by another', (name, folder) => {
    const actions = new Set(templatesOf(folder).map(({ spec }) => spec.remediationAction));
    const check = notesOf(folder)['hilum.org/status-check'];
    expect(actions.size, 'it does the one or the other').toBe(1);
    if (!actions.has('enforce')) {
      expect(check, 'a policy that only looks needs no other').toBeUndefined();
      return;
    }
    const other = folders.find((candidate) => candidate.name === check);
    if (other === undefined) throw new Error(`hilum.org/status-check of ${name} names ${check ?? 'nothing'}`);
    expect(templatesOf(other).map(({ spec }) => spec.remediationAction)).not.toContain('enforce');
    expect(other.binding.placementRef).toEqual(folder.binding.placementRef);
  });

  it('deletes nothing by itself: what must not be is told, not taken away', () => {
    for (const folder of folders)
      for (const { spec } of templatesOf(folder))
        if (spec.remediationAction === 'enforce') expect(spec['object-templates-raw']).not.toContain('mustnothave');
  });

  it('that reads what passes by itself is looked at again while nothing changes', () => {
    for (const folder of folders)
      for (const { spec, metadata } of templatesOf(folder))
        expect(
          spec['object-templates-raw'].includes(' now') === 'evaluationInterval' in spec,
          `${metadata.name}: a template that knows the time needs evaluationInterval, and no other does`,
        ).toBe(true);
  });
});

describe('the sets', () => {
  it('are the four of the design, each in a folder of its name', () => {
    expect(setNames()).toEqual([
      'edge-baseline',
      'hilum-privacy-boundary',
      'hipaa-technical-safeguards',
      'supply-chain',
    ]);
    expect(sets.map(({ name }) => name)).toEqual(setNames());
  });

  it('have policies that there are, in order, and all of them together', () => {
    for (const { name, policies } of sets) {
      expect(policies, name).toEqual([...new Set(policies)].sort());
      for (const policy of policies) expect(names, name).toContain(policy);
    }
    expect([...new Set(sets.flatMap(({ policies }) => policies))].sort()).toEqual([...names].sort());
  });

  it('of the HIPAA safeguards has every policy that a clause of 164.312 names', () => {
    const safeguards = sets.find(({ name }) => name === 'hipaa-technical-safeguards')?.policies ?? [];
    const direct = folders.filter((folder) => folder.set === 'hipaa-technical-safeguards');
    for (const folder of direct) expect(safeguards, folder.name).toContain(folder.name);
  });

  it('place no policy anywhere by themselves', () => {
    for (const set of setNames()) {
      const [, binding] = documentsOf(`policies/${set}/policy-set.yaml`);
      expect(binding).toMatchObject({
        kind: 'PlacementBinding',
        subFilter: 'restricted',
        subjects: [{ kind: 'PolicySet' }],
      });
    }
  });

  it('are all applied', () => {
    expect(resourcesOf('policies/kustomization.yaml')).toEqual(expect.arrayContaining(['placements', ...setNames()]));
  });
});

describe('placements', () => {
  it('are called after their audience, and leave a cluster that is away its policies', () => {
    for (const placement of documentsOf('policies/placements/placements.yaml')) {
      expect(placement.metadata.name).toMatch(/^placement-[a-z]+$/);
      expect(placement['spec']).toMatchObject({
        tolerations: [
          { key: 'cluster.open-cluster-management.io/unreachable', operator: 'Exists' },
          { key: 'cluster.open-cluster-management.io/unavailable', operator: 'Exists' },
        ],
      });
    }
  });
});

describe('what policies know of the rest of the project', () => {
  const rawOf = (name: string): string =>
    folders
      .filter((folder) => folder.name === name)
      .flatMap(templatesOf)
      .map(({ spec }) => spec['object-templates-raw'])
      .join('\n');

  it('is the allow-list of topics', () => {
    const list = [...HUB_BOUND_TOPICS]
      .sort()
      .map((topic) => `"${topic}"`)
      .join(' ');
    expect(rawOf('policy-mirror-allow-list')).toContain(`$allowed := list ${list}`);
  });

  it('is the digest of the release that is shipped', () => {
    const release = JSON.parse(textOf('inference/release/release.json')) as { model: { sha256: string } };
    const [approved] = documentsOf('policies/supply-chain/approved-models.yaml');
    const { digests } = approved?.['data'] as { digests: string };
    expect(digests.split(' ')).toContain(`sha256:${release.model.sha256}`);
  });

  it('is every key of the status that a site publishes, and no other', () => {
    const rule = textOf('edge/src/site-status/site-status-rule.ts');
    const published = new Set([...rule.matchAll(/^ {4}([a-zA-Z]+):? ?.*,$/gm)].map(([, key]) => key ?? ''));
    for (const folder of folders)
      for (const { spec, metadata } of templatesOf(folder)) {
        const raw = spec['object-templates-raw'];
        for (const [, key] of raw.matchAll(/\$status\.([a-zA-Z]+)/g)) expect(published, metadata.name).toContain(key);
      }
  });

  it('is that the edge service may write its status object and do nothing else', () => {
    expect(documentsOf('edge/fleet/role.yaml')).toMatchObject([
      {
        kind: 'Role',
        rules: [
          {
            apiGroups: [''],
            resources: ['configmaps'],
            resourceNames: ['hilum-site-status'],
            verbs: ['create', 'patch'],
          },
        ],
      },
      { kind: 'RoleBinding', subjects: [{ kind: 'ServiceAccount', name: 'hilum-edge', namespace: 'hilum' }] },
    ]);
  });
});

describe('the role of a controller for these policies', () => {
  const [role] = documentsOf('policies/controller/reader-role.yaml') as unknown as [
    { rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] },
  ];
  const granted = (verb: string): string[] =>
    role.rules
      .filter(({ verbs }) => verbs.includes(verb))
      .flatMap(({ apiGroups, resources }) => resources.map((resource) => `${apiGroups.join()}/${resource}`))
      .sort();
  const resourceOf = (apiVersion: string, kind: string): string => {
    const plural = `${kind.toLowerCase()}s`.replace(/sss$/, 'sses').replace(/ys$/, 'ies');
    return `${apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''}/${plural}`;
  };
  const written = (raw: string): string[] =>
    [...raw.matchAll(/apiVersion: ([a-z0-9./]+)\n +kind: (\w+)\n/g)].map(([, version = '', kind = '']) =>
      resourceOf(version, kind),
    );
  const read = (raw: string): string[] => {
    const listed = [...(/\$kind := list ((?:"\w+" ?)+)/.exec(raw)?.[1]?.matchAll(/\w+/g) ?? [])].map(([kind]) => kind);
    const direct = [...raw.matchAll(/lookup "([^"]+)" "(\w+)"/g)].map(([, version = '', kind = '']) =>
      resourceOf(version, kind),
    );
    const byKind = [...raw.matchAll(/lookup "([^"]+)" \$kind/g)].flatMap(([, version = '']) =>
      listed.map((kind) => resourceOf(version, kind)),
    );
    const workloads = raw.includes('lookup $version $kind')
      ? listed.map((kind) => resourceOf(kind === 'Pod' ? 'v1' : 'apps/v1', kind))
      : [];
    // the role that a binding refers to is of either kind
    const roles = raw.includes('$binding.roleRef.kind $of')
      ? ['Role', 'ClusterRole'].map((kind) => resourceOf('rbac.authorization.k8s.io/v1', kind))
      : [];
    return [...direct, ...byKind, ...workloads, ...roles, ...written(raw)];
  };
  // which version Strimzi's kinds are read in is found out by the policy
  const withStrimziApi = (raw: string): string =>
    raw
      .replaceAll('lookup $strimzi ', 'lookup "kafka.strimzi.io/v1" ')
      .replaceAll('apiVersion: {{ $strimzi }}', 'apiVersion: kafka.strimzi.io/v1');
  const rawsOf = (wanted: (template: ReturnType<typeof templatesOf>[number]) => boolean): string[] =>
    folders
      .flatMap(templatesOf)
      .filter(wanted)
      .map(({ spec }) => withStrimziApi(spec['object-templates-raw']));

  it('lets it read the kinds that they look at, and no other', () => {
    expect(granted('watch')).toEqual([...new Set(rawsOf(() => true).flatMap(read))].sort());
    expect(granted('list')).toEqual(granted('watch'));
  });

  it('lets it write the kinds that they make, and delete nothing', () => {
    const made = rawsOf(({ spec }) => spec.remediationAction === 'enforce').flatMap(written);
    expect(granted('patch')).toEqual([...new Set(made)].sort());
    expect(granted('delete')).toEqual([]);
    expect(granted('*')).toEqual([]);
  });
});

describe('controls.yaml', () => {
  const { clauses, reportedBy } = controlsFile();

  it('knows which policies there are, and who reports them', () => {
    expect(reportedBy.ocm).toEqual([...names].sort());
    expect(reportedBy.local).toEqual(LOCAL_POLICIES.map(({ name }) => name));
  });

  it.each(named)('and %s name the same clauses', (name, folder) => {
    const naming = clauses.filter(({ policies }) => policies.includes(name)).map(({ clause }) => clause);
    expect(naming.sort()).toEqual(clausesOf(folder).sort());
  });

  it('is told on the page of coverage; otherwise npx tsc -b && npm run coverage:write', () => {
    expect(textOf(COVERAGE_PAGE)).toBe(coveragePage());
  });
});
