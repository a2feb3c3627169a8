import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject } from '../manifests/contracts/kube-object.js';
import { repositoryRoot } from '../support/repository.js';

/** Below the repository. */
export const POLICIES_FOLDER = 'policies';
/** Where they are at the hub. */
export const HILUM_POLICIES_NAMESPACE = 'hilum-policies';

/** An object as its file has it. */
export interface PlainObject extends KubeObject {
  [field: string]: unknown;
}

export interface ConfigurationTemplate extends PlainObject {
  spec: {
    remediationAction: 'inform' | 'enforce';
    severity: string;
    'object-templates-raw': string;
  };
}

export interface PolicyObject extends PlainObject {
  spec: { disabled: boolean; 'policy-templates': { objectDefinition: ConfigurationTemplate }[] };
}

export interface PolicyCase {
  /** `compliant`, `violating`, and more of each such as `violating-stale` */
  name: string;
  isCompliant: boolean;
  text: string;
}

/** What is in a policy's folder. */
export interface PolicyFolder {
  name: string;
  /** the set in whose folder it is; others may have it as well */
  set: string;
  policy: PolicyObject;
  binding: PlainObject & { placementRef: { name: string }; subjects: { kind: string; name: string }[] };
  /** why there is this policy, as its file begins; a line each, without the mark of a comment */
  why: string[];
  /** in the order of their names */
  cases: PolicyCase[];
  /** those for a cluster of OpenShift, if the policy looks elsewhere there; else none */
  openshiftCases: PolicyCase[];
}

export interface PolicySet {
  name: string;
  description: string;
  policies: string[];
}

/** The folders of the sets. */
export function setNames(): string[] {
  return foldersIn(POLICIES_FOLDER).filter((name) => foldersIn(join(POLICIES_FOLDER, name)).some(isPolicyName));
}

export function policySets(): PolicySet[] {
  return setNames().map((name) => {
    const [set] = documentsOf(join(POLICIES_FOLDER, name, 'policy-set.yaml'));
    const { description, policies } = set?.['spec'] as { description: string; policies: string[] };
    return { name: set?.metadata.name ?? '', description, policies };
  });
}

/** Every policy, in the order of names. */
export function policyFolders(): PolicyFolder[] {
  return setNames()
    .flatMap((set) =>
      foldersIn(join(POLICIES_FOLDER, set))
        .filter(isPolicyName)
        .map((name) => policyFolder(set, name)),
    )
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Controls, and what names them. */
export function controlsFile(): Controls {
  return parse(read(join(POLICIES_FOLDER, 'controls.yaml'))) as Controls;
}

export interface Controls {
  reportedBy: { local: string[]; ocm: string[] };
  clauses: ControlClause[];
}

export interface ControlClause {
  clause: string;
  title: string;
  standard: 'required' | 'addressable';
  nist: string[];
  policies: string[];
  checks: string[];
  evidence: string[];
  gap: string | null;
}

/**
 * The objects of a case as they are to be now: a value that is `now`, a sign and a time (`now-2d`, `now+5m`) is that moment,
 * in ISO 8601 UTC.
 */
export function caseObjects(text: string, now: Date): PlainObject[] {
  const moments = text.replaceAll(/: now([+-])(\d+)([smhd])$/gm, (_, sign: string, count: string, unit: string) => {
    const distance = Number(count) * (UNIT_MS[unit] ?? 0);
    return `: '${new Date(now.getTime() + (sign === '+' ? distance : -distance)).toISOString()}'`;
  });
  return parseAllDocuments(moments).map((document) => document.toJS() as PlainObject);
}

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The objects of a YAML file of the repository. */
export function documentsOf(path: string): PlainObject[] {
  return parseAllDocuments(read(path)).map((document) => document.toJS() as PlainObject);
}

function policyFolder(set: string, name: string): PolicyFolder {
  const folder = join(POLICIES_FOLDER, set, name);
  const file = join(folder, 'policy.yaml');
  const [policy, binding] = documentsOf(file);
  const why = read(file)
    .split('\n')
    .slice(0, -1)
    .reduce<string[]>(
      (lines, line, index) => (line.startsWith('# ') && lines.length === index ? [...lines, line.slice(2)] : lines),
      [],
    );
  return {
    name,
    set,
    policy: policy as PolicyObject,
    binding: binding as PolicyFolder['binding'],
    why,
    cases: casesIn(join(folder, 'cases')),
    openshiftCases: casesIn(join(folder, 'cases-openshift')),
  };
}

function casesIn(folder: string): PolicyCase[] {
  if (!existsSync(join(repositoryRoot, folder))) return [];
  return readdirSync(join(repositoryRoot, folder))
    .sort()
    .map((fileName) => ({
      name: fileName.replace(/\.yaml$/, ''),
      isCompliant: fileName.startsWith('compliant'),
      text: read(join(folder, fileName)),
    }));
}

function isPolicyName(name: string): boolean {
  return name.startsWith('policy-');
}

function foldersIn(path: string): string[] {
  return readdirSync(join(repositoryRoot, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function read(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}
