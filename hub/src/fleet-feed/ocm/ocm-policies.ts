import { z } from 'zod';
import {
  REMEDIATIONS,
  SEVERITIES,
  type ComplianceState,
  type Policy,
  type PolicyEvent,
  type PolicyReport,
  type Severity,
} from '../../compliance/compliance-state.js';
import type { KubeMeta, KubeObject } from './kube-api.js';
import { clip, isoOf } from './ocm-objects.js';

const GROUP = 'policy.open-cluster-management.io';
/** On a copy in a cluster's namespace: `<namespace>.<name>` of the policy that it was made from. */
const ROOT_LABEL = `${GROUP}/root-policy`;
const CLUSTER_LABEL = `${GROUP}/cluster-name`;

const STATES: Record<string, ComplianceState> = {
  Compliant: 'compliant',
  NonCompliant: 'non-compliant',
  Pending: 'pending',
};

const template = z.looseObject({
  objectDefinition: z.looseObject({
    metadata: z.looseObject({ name: z.string().optional() }).optional(),
    spec: z.looseObject({ severity: z.string().optional(), remediationAction: z.string().optional() }).optional(),
  }),
});
const rootPolicy = z.looseObject({
  spec: z.looseObject({
    remediationAction: z.string().optional(),
    'policy-templates': z.array(template).default([]),
  }),
});
const replicatedPolicy = z.looseObject({
  status: z
    .looseObject({
      compliant: z.string().optional(),
      details: z
        .array(
          z
            .looseObject({
              templateMeta: z.looseObject({ name: z.string().optional() }).optional(),
              compliant: z.string().optional(),
              history: z
                .array(
                  z.looseObject({
                    eventName: z.string().optional(),
                    // null in the objects of some versions
                    lastTimestamp: z.string().nullish(),
                    message: z.string().optional(),
                  }),
                )
                .nullish(),
            })
            .nullable(),
        )
        .nullish(),
    })
    .default({}),
});

/** What a policy object is: one that a person wrote, a copy for a cluster, or another namespace's that is not ours. */
export type PolicyObject =
  { role: 'root'; name: string } | { role: 'replicated'; policy: string; site: string } | { role: 'foreign' };

/** @param namespace where the policies of the fleet are */
export function policyRole({ name, namespace, labels }: KubeMeta, policiesNamespace: string): PolicyObject {
  const root = labels?.[ROOT_LABEL];
  if (root === undefined) return namespace === policiesNamespace ? { role: 'root', name } : { role: 'foreign' };
  // a namespace has no dot in its name
  const at = root.indexOf('.');
  if (root.slice(0, at) !== policiesNamespace) return { role: 'foreign' };
  return { role: 'replicated', policy: root.slice(at + 1), site: labels?.[CLUSTER_LABEL] ?? namespace ?? '' };
}

/** @param policySets that have it */
export function policyOf(object: KubeObject, policySets: readonly string[]): Policy {
  const { spec } = rootPolicy.parse(object);
  const { name, annotations = {} } = object.metadata;
  const specs = spec['policy-templates'].map(({ objectDefinition }) => objectDefinition.spec ?? {});
  const severities = specs.flatMap(({ severity }) => SEVERITIES.find((known) => known === severity) ?? []);
  // a policy's own word counts for all of its parts
  const actions = [spec.remediationAction ?? specs.map(({ remediationAction }) => remediationAction)].flat();
  return {
    name,
    title: annotations['hilum.org/title'] ?? titleOf(name),
    why: annotations[`${GROUP}/description`] ?? '',
    severity: severities.reduce<Severity | null>(graver, null) ?? 'medium',
    standards: listOf(annotations[`${GROUP}/standards`]),
    categories: listOf(annotations[`${GROUP}/categories`]),
    controls: listOf(annotations[`${GROUP}/controls`]),
    remediation: actions.some((action) => action?.toLowerCase() === 'enforce') ? REMEDIATIONS[1] : REMEDIATIONS[0],
    policySets: [...policySets].sort(),
  };
}

/** What a copy of a policy says of its cluster: the state, and the events that are still in it. */
export function reportOf(object: KubeObject, { policy, site }: { policy: string; site: string }): PolicyReport {
  const { status } = replicatedPolicy.parse(object);
  const details = (status.details ?? []).filter((detail) => detail !== null);
  const templates: Record<string, ComplianceState> = {};
  const events: PolicyEvent[] = [];
  const messages: string[] = [];
  for (const [index, detail] of details.entries()) {
    const name = detail.templateMeta?.name ?? `template-${index + 1}`;
    const state = stateOf(detail.compliant);
    templates[name] = state;
    const history = detail.history ?? [];
    // the newest first
    const [latest] = history;
    if (state !== 'compliant' || details.length === 1)
      messages.push(textOf(latest?.message) || `${name} has not been evaluated`);
    for (const { eventName, lastTimestamp, message } of history) {
      const at = isoOf(lastTimestamp);
      // without a time or a name it could not be told from others
      if (at === null || eventName === undefined) continue;
      const told = stateOfMessage(message);
      events.push({ id: `${eventName}@${at}`, template: name, state: told, message: clip(textOf(message)), at });
    }
  }
  const state = stateOf(status.compliant);
  const fallback = state === 'unknown' ? 'the cluster has not reported yet' : `${details.length} checks are compliant`;
  return {
    ...{ policy, site, state, templates, events },
    message: clip(messages.join('; ')) || fallback,
    since: null,
  };
}

function graver(a: Severity | null, b: Severity): Severity {
  return a === null || SEVERITIES.indexOf(b) > SEVERITIES.indexOf(a) ? b : a;
}

function stateOf(compliant: string | undefined): ComplianceState {
  return STATES[compliant ?? ''] ?? 'unknown';
}

/** Messages begin with the state: `NonCompliant; violation - …`. */
function stateOfMessage(message: string | undefined): ComplianceState {
  return stateOf(/^[A-Za-z]+/.exec((message ?? '').trimStart())?.[0]);
}

/** The message without the state that it begins with. */
function textOf(message: string | undefined): string {
  return (message ?? '').replace(/^\s*(Compliant|NonCompliant|Pending)\s*;\s*(notification|violation)?\s*(-\s*)?/, '');
}

/** `policy-kafka-tls-only` → `Kafka tls only`. */
function titleOf(name: string): string {
  const words = name.replace(/^policy-/, '').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function listOf(annotation: string | undefined): string[] {
  return [...new Set((annotation ?? '').split(',').map((part) => part.trim()))].filter((part) => part !== '');
}
