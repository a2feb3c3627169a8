import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { OCM_RESOURCES, OCM_VERBS } from './ocm-resources.js';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

it('the role grants exactly what is asked for, and names every kind one by one', () => {
  const file = new URL('../../../fleet/cluster-role.yaml', import.meta.url);
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map(
    (document) => document.toJS() as { kind: string },
  );
  expect(documents.map(({ kind }) => kind)).toEqual(['ClusterRole', 'ClusterRoleBinding']);
  const [role] = documents as unknown as [{ rules: Rule[] }];
  const granted = role.rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${group}`))),
  );
  const asked = Object.values(OCM_RESOURCES).flatMap(({ group, plural }) =>
    OCM_VERBS.map((verb) => `${verb} ${plural}.${group}`),
  );
  expect(granted.sort()).toEqual(asked.sort());
});
