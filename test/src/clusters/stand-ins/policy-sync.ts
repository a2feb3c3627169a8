import { kinds } from '../harness/kinds.js';
import { KubeError, type KubeClient, type KubeObject } from '../harness/kube-client.js';

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
 * @param hub as this hospital's add-on may see it; @param local as the hospital's administrator
 */
export async function syncPolicies(site: string, hub: KubeClient, local: KubeClient, now: () => Date): Promise<void> {
  const placed = await hub.list<PolicyBody>(kinds.policy, { namespace: site });
  for (const policy of placed) {
    const { name, labels = {} } = policy.metadata;
    await local.apply({ ...kinds.policy, metadata: { name, namespace: site, labels }, spec: policy.spec });
    const copy = await local.find<PolicyBody>(kinds.policy, name, site);
    if (copy === null) continue;
    await makeTemplates(copy, local);
    await report(policy, copy, hub, local, now);
  }
  const names = new Set(placed.map(({ metadata }) => metadata.name));
  for (const { metadata } of await local.list(kinds.policy, { namespace: site }))
    if (!names.has(metadata.name)) await local.remove(kinds.policy, metadata.name, site);
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

async function makeTemplates(policy: KubeObject<PolicyBody>, local: KubeClient): Promise<void> {
  const { name, namespace = '', uid = '' } = policy.metadata;
  const wanted = configurationPoliciesOf(policy);
  for (const template of wanted)
    await local.apply({
      ...kinds.configurationPolicy,
      metadata: {
        name: template.metadata.name,
        namespace,
        labels: { ...template.metadata.labels, [POLICY_LABEL]: name },
        // goes with its policy
        ownerReferences: [{ ...kinds.policy, name, uid }],
      },
      spec: {
        ...template.spec,
        ...(policy.spec.remediationAction === undefined ? {} : { remediationAction: policy.spec.remediationAction }),
      },
    });
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  const made = await local.list(kinds.configurationPolicy, { namespace, labels: `${POLICY_LABEL}=${name}` });
  for (const { metadata } of made)
    if (!names.has(metadata.name)) await local.remove(kinds.configurationPolicy, metadata.name, namespace);
}

async function report(
  policy: KubeObject<PolicyBody>,
  copy: KubeObject<PolicyBody>,
  hub: KubeClient,
  local: KubeClient,
  now: () => Date,
): Promise<void> {
  const { name, namespace = '' } = policy.metadata;
  const details: TemplateStatus[] = [];
  for (const { metadata } of configurationPoliciesOf(copy)) {
    const judged = await local.find<ConfigurationPolicyBody>(kinds.configurationPolicy, metadata.name, namespace);
    const compliant = complianceOf(judged?.status?.compliant);
    if (compliant === undefined) {
      details.push({ templateMeta: { name: metadata.name } });
      continue;
    }
    details.push({
      templateMeta: { name: metadata.name },
      compliant,
      history: [
        {
          lastTimestamp: now().toISOString(),
          message: judged?.status?.history?.[0]?.message ?? compliant,
          eventName: `${name}.${judged?.metadata.resourceVersion ?? ''}`,
        },
      ],
    });
  }
  const compliant = overallCompliance(details.map((detail) => detail.compliant));
  const status = { ...(compliant === undefined ? {} : { compliant }), details };
  for (const [client, known] of [
    [local, copy],
    [hub, policy],
  ] as const)
    if (newsOf(known.status) !== newsOf(status))
      await client.applyStatus({ ...kinds.policy, metadata: { name, namespace }, status }).catch(ignoreGone);
}

function configurationPoliciesOf({ spec }: PolicyBody): KubeObject<{ spec: object }>[] {
  if (spec.disabled) return [];
  return spec['policy-templates']
    .map(({ objectDefinition }) => objectDefinition)
    .filter(({ kind }) => kind === kinds.configurationPolicy.kind);
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
