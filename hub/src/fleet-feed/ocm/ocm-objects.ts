import { z } from 'zod';
import type {
  Availability,
  FleetApplication,
  FleetApplicationSet,
  FleetCluster,
  FleetClusterSet,
  FleetDecision,
  FleetObject,
  FleetPlacement,
  FleetPolicySet,
  FleetWork,
  FleetWorkSet,
} from '../fleet-object.js';
import type { KubeObject } from './kube-api.js';

/** Messages are for people to read, and some controllers write pages. */
const MAX_MESSAGE_CHARACTERS = 500;

// Each schema names what is read and lets everything else be. Status may be missing: nobody has looked yet.
const condition = z.looseObject({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  message: z.string().default(''),
  reason: z.string().default(''),
  lastTransitionTime: z.string().optional(),
  observedGeneration: z.number().optional(),
});
type Condition = z.infer<typeof condition>;
const conditions = z.array(condition).default([]);
const withConditions = z.looseObject({ status: z.looseObject({ conditions }).default({ conditions: [] }) });

export function clip(text: string): string {
  return text.length <= MAX_MESSAGE_CHARACTERS ? text : `${text.slice(0, MAX_MESSAGE_CHARACTERS - 1)}…`;
}

function find(all: readonly Condition[], type: string): Condition | undefined {
  return all.find((candidate) => candidate.type === type);
}

/** null: not told. */
function holds(found: Condition | undefined): boolean | null {
  return found === undefined || found.status === 'Unknown' ? null : found.status === 'True';
}

/** What is wrong, said by those that do not hold; otherwise by the last one. */
function messageOf(all: readonly Condition[]): string {
  const wrong = all.filter(({ status }) => status !== 'True');
  return clip((wrong.length > 0 ? wrong : all.slice(-1)).map(({ message }) => message).join('; '));
}

const managedCluster = z.looseObject({
  spec: z.looseObject({ hubAcceptsClient: z.boolean().default(false) }).default({ hubAcceptsClient: false }),
  status: z
    .looseObject({ conditions, version: z.looseObject({ kubernetes: z.string().optional() }).optional() })
    .default({ conditions: [] }),
});
const AVAILABILITY: Record<Condition['status'], Availability> = {
  True: 'available',
  False: 'unavailable',
  Unknown: 'unknown',
};

export function clusterOf(object: KubeObject): FleetCluster {
  const { spec, status } = managedCluster.parse(object);
  const { name, labels } = object.metadata;
  const available = find(status.conditions, 'ManagedClusterConditionAvailable');
  return {
    kind: 'cluster',
    namespace: '',
    name,
    site: name,
    accepted: spec.hubAcceptsClient,
    joined: holds(find(status.conditions, 'ManagedClusterJoined')) === true,
    availability: available === undefined ? 'unknown' : AVAILABILITY[available.status],
    availabilitySince: isoOf(available?.lastTransitionTime),
    message: clip(available?.message ?? 'its agent has not reported yet'),
    clusterSet: labels?.['cluster.open-cluster-management.io/clusterset'] ?? null,
    version: status.version?.kubernetes ?? null,
  };
}

export function clusterSetOf(object: KubeObject): FleetClusterSet {
  const { status } = withConditions.parse(object);
  return {
    ...{ kind: 'cluster-set', namespace: '', name: object.metadata.name, site: null },
    isEmpty: holds(find(status.conditions, 'ClusterSetEmpty')),
    message: messageOf(status.conditions),
  };
}

const placement = z.looseObject({
  status: z.looseObject({ conditions, numberOfSelectedClusters: z.number().default(0) }).default({
    conditions: [],
    numberOfSelectedClusters: 0,
  }),
});

export function placementOf(object: KubeObject): FleetPlacement {
  const { status } = placement.parse(object);
  const satisfied = find(status.conditions, 'PlacementSatisfied');
  return {
    ...{ kind: 'placement', ...placeOf(object), site: null },
    selected: status.numberOfSelectedClusters,
    isSatisfied: holds(satisfied),
    message: clip(satisfied?.message ?? ''),
  };
}

const decision = z.looseObject({
  status: z
    .looseObject({ decisions: z.array(z.looseObject({ clusterName: z.string() })).default([]) })
    .default({ decisions: [] }),
});

export function decisionOf(object: KubeObject): FleetDecision {
  const { status } = decision.parse(object);
  return {
    ...{ kind: 'placement-decision', ...placeOf(object), site: null },
    placement: object.metadata.labels?.['cluster.open-cluster-management.io/placement'] ?? null,
    clusters: status.decisions.map(({ clusterName }) => clusterName).sort(),
  };
}

/** The namespace of a work is its cluster. */
export function workOf(object: KubeObject): FleetWork {
  const { status } = withConditions.parse(object);
  const place = placeOf(object);
  const [applied, available] = ['Applied', 'Available'].map((type) => find(status.conditions, type));
  const isCurrent = [applied, available].every(
    (found) => found !== undefined && (found.observedGeneration ?? 0) >= (object.metadata.generation ?? 0),
  );
  return {
    ...{ kind: 'work', ...place, site: place.namespace },
    isApplied: holds(applied),
    isAvailable: holds(available),
    isCurrent,
    message: messageOf(status.conditions),
  };
}

const noWorks = { total: 0, applied: 0, available: 0, degraded: 0, progressing: 0 };
const workSet = z.looseObject({
  status: z
    .looseObject({
      summary: z
        .looseObject({
          total: z.number().default(0),
          applied: z.number().default(0),
          available: z.number().default(0),
          degraded: z.number().default(0),
          progressing: z.number().default(0),
        })
        .default(noWorks),
    })
    .default({ summary: noWorks }),
});

export function workSetOf(object: KubeObject): FleetWorkSet {
  const { total, applied, available, degraded, progressing } = workSet.parse(object).status.summary;
  return {
    ...{ kind: 'work-set', ...placeOf(object), site: null },
    ...{ total, applied, available, degraded, progressing },
  };
}

const policySet = z.looseObject({
  spec: z.looseObject({ description: z.string().default(''), policies: z.array(z.string()).default([]) }),
});

export function policySetOf(object: KubeObject): FleetPolicySet {
  const { spec } = policySet.parse(object);
  return {
    ...{ kind: 'policy-set', ...placeOf(object), site: null },
    ...{ description: clip(spec.description), policies: spec.policies },
  };
}

const SYNCS = ['Synced', 'OutOfSync', 'Unknown'] as const;
const HEALTHS = ['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown'] as const;
const application = z.looseObject({
  spec: z
    .looseObject({ destination: z.looseObject({ name: z.string().optional() }).optional() })
    .default({ destination: undefined }),
  status: z
    .looseObject({
      sync: z.looseObject({ status: z.enum(SYNCS).catch('Unknown'), revision: z.string().optional() }).optional(),
      health: z.looseObject({ status: z.enum(HEALTHS).catch('Unknown') }).optional(),
      operationState: z.looseObject({ phase: z.string().optional(), message: z.string().optional() }).optional(),
      conditions: z.array(z.looseObject({ message: z.string().default('') })).default([]),
    })
    .default({ conditions: [] }),
});
const PULLED_TO = 'apps.open-cluster-management.io/ocm-managed-cluster';

export function applicationOf(object: KubeObject): FleetApplication {
  const { spec, status } = application.parse(object);
  const owners = z
    .looseObject({ ownerReferences: z.array(z.looseObject({ kind: z.string(), name: z.string() })).default([]) })
    .parse(object.metadata).ownerReferences;
  const hasFailed = ['Failed', 'Error'].includes(status.operationState?.phase ?? '');
  return {
    ...{ kind: 'application', ...placeOf(object) },
    site: object.metadata.annotations?.[PULLED_TO] ?? spec.destination?.name ?? null,
    applicationSet: owners.find(({ kind }) => kind === 'ApplicationSet')?.name ?? null,
    sync: status.sync?.status ?? 'Unknown',
    health: status.health?.status ?? 'Unknown',
    // with several sources there is none
    revision: status.sync?.revision ?? null,
    message: clip(
      [
        ...(hasFailed ? [status.operationState?.message ?? ''] : []),
        ...status.conditions.map(({ message }) => message),
      ].join('; '),
    ),
  };
}

const applicationSet = z.looseObject({
  status: z
    .looseObject({ conditions, resources: z.array(z.unknown()).optional() })
    .default({ conditions: [], resources: undefined }),
});

export function applicationSetOf(object: KubeObject): FleetApplicationSet {
  const { status } = applicationSet.parse(object);
  const error = find(status.conditions, 'ErrorOccurred');
  return {
    ...{ kind: 'application-set', ...placeOf(object), site: null },
    applications: status.resources?.length ?? null,
    isUpToDate: holds(find(status.conditions, 'ResourcesUpToDate')),
    message: clip(error?.status === 'True' ? error.message : ''),
  };
}

function placeOf(object: KubeObject): Pick<FleetObject, 'namespace' | 'name'> {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

/** null when there is no such time. */
export function isoOf(time: string | undefined | null): string | null {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
