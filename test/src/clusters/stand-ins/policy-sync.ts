import { kinds } from '../harness/kinds.js';
import { KubeError, type KubeClient, type KubeObject, type Manifest } from '../harness/kube-client.js';

export type Compliance = 'Compliant' | 'NonCompliant' | 'Pending';

interface PolicyBody {
  spec: {
    disabled: boolean;
    remediationAction?: string;
    'policy-templates': { objectDefinition: KubeObject<{ spec: object }> }[];
  };
  status?: { compliant?: Compliance; details?: TemplateStatus[] };
}

interface TemplateStatus {
  templateMeta: { name: string };
  compliant?: Compliance;
  history?: { lastTimestamp: string; message: string; eventName: string }[];
}

interface ConfigurationPolicyBody {
  spec: object;
  status?: {
    compliant?: string;
    /** what the controller said, newest first; with the policy's own words, where it has some */
    history?: { message?: string }[];
  };
}

/** On what was made from a policy's templates: the policy's name. */
const POLICY_LABEL = 'hilum.org/policy';

/**
 * Stands in for OCM's governance-policy-framework add-on, which carries policies between a hub and a cluster: it copies the
 * policies that the hub placed on a hospital into it, makes what their templates say, and reports what the hospital's
 * controller judged, to the hub and in the copy. Templates other than configuration policies are left alone.
 */
export class PolicySync {
  readonly #site: string;
  readonly #hub: KubeClient;
  readonly #local: KubeClient;
  readonly #now: () => Date;
  /** by object, what was wanted when it was applied, and which object with which wishes came of it */
  readonly #applied = new Map<string, string>();

  /** @param hub as this hospital's add-on may see it; @param local as the hospital's administrator */
  constructor(site: string, hub: KubeClient, local: KubeClient, now: () => Date) {
    this.#site = site;
    this.#hub = hub;
    this.#local = local;
    this.#now = now;
  }

  /** Makes all as it should be, once. @throws KubeError, and does the rest the next time */
  async round(): Promise<void> {
    const here = { namespace: this.#site };
    const placed = await this.#hub.list<PolicyBody>(kinds.policy, here);
    const copies = byName(await this.#local.list<PolicyBody>(kinds.policy, here));
    const templates = byName(await this.#local.list<ConfigurationPolicyBody>(kinds.configurationPolicy, here));
    const wanted = new Set<string>();
    for (const policy of placed) {
      const { name, labels = {} } = policy.metadata;
      const metadata = { name, namespace: this.#site, labels };
      const known = copies.get(name);
      const copy = await this.#apply({ ...kinds.policy, metadata, spec: policy.spec }, known);
      for (const template of templatesOf(policy, copy.metadata.uid ?? '')) {
        wanted.add(template.metadata.name);
        await this.#apply(template, templates.get(template.metadata.name));
      }
      await this.#report(policy, known?.status, templates);
    }
    for (const [name, { metadata }] of templates)
      if (metadata.labels?.[POLICY_LABEL] !== undefined && !wanted.has(name))
        await this.#local.remove(kinds.configurationPolicy, name, this.#site);
    const names = new Set(placed.map(({ metadata }) => metadata.name));
    for (const name of copies.keys()) if (!names.has(name)) await this.#local.remove(kinds.policy, name, this.#site);
  }

  /** Applies it unless it is as it was applied: forty policies twice a second would keep an API server busy. */
  async #apply(object: Manifest, known: KubeObject | undefined): Promise<KubeObject> {
    const key = `${object.kind} ${object.metadata.name}`;
    const mark = (found: KubeObject): string =>
      [JSON.stringify(object), found.metadata.uid, found.metadata.generation].join(' ');
    if (known !== undefined && this.#applied.get(key) === mark(known)) return known;
    const applied = await this.#local.apply(object);
    this.#applied.set(key, mark(applied));
    return applied;
  }

  async #report(
    policy: KubeObject<PolicyBody>,
    told: PolicyBody['status'],
    templates: ReadonlyMap<string, KubeObject<ConfigurationPolicyBody>>,
  ): Promise<void> {
    const { name } = policy.metadata;
    const details = configurationPoliciesOf(policy).map(({ metadata }): TemplateStatus => {
      const judged = templates.get(metadata.name);
      const compliant = complianceOf(judged?.status?.compliant);
      if (compliant === undefined) return { templateMeta: { name: metadata.name } };
      return {
        templateMeta: { name: metadata.name },
        compliant,
        history: [
          {
            lastTimestamp: this.#now().toISOString(),
            message: judged?.status?.history?.[0]?.message ?? compliant,
            eventName: `${name}.${judged?.metadata.resourceVersion ?? ''}`,
          },
        ],
      };
    });
    const compliant = overallCompliance(details.map((detail) => detail.compliant));
    const status = { ...(compliant === undefined ? {} : { compliant }), details };
    for (const [client, known] of [
      [this.#local, told],
      [this.#hub, policy.status],
    ] as const)
      if (newsOf(known) !== newsOf(status))
        await client
          .applyStatus({ ...kinds.policy, metadata: { name, namespace: this.#site }, status })
          .catch(ignoreGone);
  }
}

/**
 * What a policy is when its templates are these; undefined as long as one of them was not judged.
 * No templates are judged as little: a policy that is disabled is neither kept nor broken.
 */
export function overallCompliance(templates: readonly (Compliance | undefined)[]): Compliance | undefined {
  if (templates.includes('NonCompliant')) return 'NonCompliant';
  if (templates.length === 0 || templates.includes(undefined)) return undefined;
  return templates.includes('Pending') ? 'Pending' : 'Compliant';
}

/** What a policy's templates make in a hospital, of which they are part. @param uid of the hospital's copy */
function templatesOf(policy: KubeObject<PolicyBody>, uid: string): Manifest[] {
  const { name, namespace = '' } = policy.metadata;
  const { remediationAction } = policy.spec;
  return configurationPoliciesOf(policy).map((template) => ({
    ...kinds.configurationPolicy,
    metadata: {
      name: template.metadata.name,
      namespace,
      labels: { ...template.metadata.labels, [POLICY_LABEL]: name },
      // goes with its policy
      ownerReferences: [{ ...kinds.policy, name, uid }],
    },
    spec: { ...template.spec, ...(remediationAction === undefined ? {} : { remediationAction }) },
  }));
}

function configurationPoliciesOf({ spec }: PolicyBody): KubeObject<{ spec: object }>[] {
  if (spec.disabled) return [];
  return spec['policy-templates']
    .map(({ objectDefinition }) => objectDefinition)
    .filter(({ kind }) => kind === kinds.configurationPolicy.kind);
}

function byName<Found extends KubeObject>(objects: readonly Found[]): Map<string, Found> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
}

/** What is worth telling: not the times and names of what said the same. */
function newsOf(status: PolicyBody['status']): string {
  const details = status?.details?.map(({ templateMeta, compliant, history }) => [
    templateMeta.name,
    compliant,
    history?.[0]?.message,
  ]);
  return JSON.stringify([status?.compliant, details ?? []]);
}

function complianceOf(text: string | undefined): Compliance | undefined {
  return text === 'Compliant' || text === 'NonCompliant' || text === 'Pending' ? text : undefined;
}

/** The hub took it back meanwhile. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof KubeError && error.status === 404)) throw error;
}
