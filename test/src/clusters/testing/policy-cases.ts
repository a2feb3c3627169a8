import { caseObjects, type PlainObject, type PolicyCase, type PolicyFolder } from '../../policies/policy-folders.js';
import { until } from '../../support/until.js';
import { establish } from '../harness/control-plane.js';
import { kinds } from '../harness/kinds.js';
import { KubeError, type KubeClient, type Manifest } from '../harness/kube-client.js';
import { nameOfDefinition, partDefinitions } from './part-definitions.js';

/** Where cases have objects; there beforehand, so that each case may leave them out. */
export const CASE_NAMESPACES = ['hilum', 'hilum-kafka', 'hilum-store', 'monitoring', 'case-argocd'];

/** The definitions of the custom resources that cases have objects of, or that policies look up, as their parts ship them. */
export function definitionsFor(folders: readonly PolicyFolder[]): Promise<string[]> {
  return definitionsOf(folders.flatMap(({ cases }) => cases));
}

/** Those that only a cluster of OpenShift has. */
export function openshiftDefinitionsFor(folders: readonly PolicyFolder[]): Promise<string[]> {
  return definitionsOf(folders.flatMap(({ openshiftCases }) => openshiftCases));
}

function definitionsOf(cases: readonly PolicyCase[]): Promise<string[]> {
  return partDefinitions(cases.flatMap(({ text }) => caseObjects(text, new Date())));
}

/** Lets a cluster take the objects of cases. */
export async function prepareForCases(admin: KubeClient, definitions: readonly string[]): Promise<void> {
  const missing = [];
  for (const definition of definitions) {
    if ((await admin.find(kinds.definition, nameOfDefinition(definition))) === null) missing.push(definition);
  }
  await establish(admin, missing);
  for (const name of CASE_NAMESPACES) await admin.apply({ ...kinds.namespace, metadata: { name } });
}

/** One case of every policy that is placed on a cluster, there at the same time. */
export class CaseRound {
  readonly #admin: KubeClient;
  /** what the round before left, by policy */
  readonly #placed = new Map<string, Manifest[]>();

  constructor(admin: KubeClient) {
    this.#admin = admin;
  }

  /** Makes what the case of a policy has be there, and takes away what the case before it had. */
  async replace(cases: ReadonlyMap<string, string>): Promise<void> {
    const next = new Map([...cases].map(([policy, text]) => [policy, caseObjects(text, new Date()) as Manifest[]]));
    const kept = new Set([...next.values()].flat().map(keyOf));
    const gone = [...next.keys()].flatMap((policy) =>
      (this.#placed.get(policy) ?? []).map((object) => [policy, object] as const),
    );
    await Promise.all(gone.map(([policy, object]) => this.#takeAway(policy, object, kept)));
    for (const [policy, objects] of next) {
      for (const object of objects) await this.#place(policy, object);
      this.#placed.set(policy, objects);
    }
  }

  /** Takes all of it away. */
  async clear(): Promise<void> {
    await this.replace(new Map([...this.#placed.keys()].map((policy) => [policy, ''])));
  }

  async #place(policy: string, object: Manifest): Promise<void> {
    await this.#admin.apply(object, policy);
    if (object['status'] === undefined) return;
    // some kinds keep their status with the rest, and have no other place for it
    await this.#admin.applyStatus(object).catch((error: unknown) => {
      if (!(error instanceof KubeError && error.status === 404)) throw error;
    });
  }

  async #takeAway(policy: string, object: Manifest, kept: ReadonlySet<string>): Promise<void> {
    const { apiVersion, kind, metadata } = object;
    const { name, namespace } = metadata;
    // a namespace stays, without what this case said of it
    if (kind === 'Namespace') {
      await this.#admin.apply({ apiVersion, kind, metadata: { name } }, policy);
      return;
    }
    if (kept.has(keyOf(object))) return;
    const find = () => this.#admin.find({ apiVersion, kind }, name, namespace);
    const before = await find();
    if (before === null) return;
    await this.#admin.remove({ apiVersion, kind }, name, namespace);
    // a policy that enforces may have made another one by the time somebody looks
    await until(`${kind} ${name} is gone`, async () => (await find())?.metadata.uid !== before.metadata.uid);
  }
}

function keyOf({ apiVersion, kind, metadata }: PlainObject): string {
  return [apiVersion, kind, metadata.namespace, metadata.name].join(' ');
}
