/** Whether a cluster's agent is heard, as the platform says. */
export const AVAILABILITIES = ['available', 'unavailable', 'unknown'] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** A managed cluster: a site, or the hub's own cluster. */
export interface FleetCluster {
  kind: 'cluster';
  namespace: '';
  /** as its site */
  name: string;
  site: string;
  /** let in by an administrator of the hub */
  accepted: boolean;
  /** its agent has registered */
  joined: boolean;
  availability: Availability;
  /** ISO 8601 UTC; null when it was never told */
  availabilitySince: string | null;
  message: string;
  clusterSet: string | null;
  version: string | null;
}

export interface FleetClusterSet {
  kind: 'cluster-set';
  namespace: '';
  name: string;
  site: null;
  isEmpty: boolean | null;
  message: string;
}

export interface FleetPlacement {
  kind: 'placement';
  namespace: string;
  name: string;
  site: null;
  selected: number;
  /** null before it was decided */
  isSatisfied: boolean | null;
  message: string;
}

export interface FleetDecision {
  kind: 'placement-decision';
  namespace: string;
  name: string;
  site: null;
  placement: string | null;
  clusters: string[];
}

/** What the hub wants to have on one cluster. */
export interface FleetWork {
  kind: 'work';
  namespace: string;
  name: string;
  site: string;
  isApplied: boolean | null;
  isAvailable: boolean | null;
  /** whether the conditions are of what is wanted now, and not of an earlier version */
  isCurrent: boolean;
  message: string;
}

export interface FleetWorkSet {
  kind: 'work-set';
  namespace: string;
  name: string;
  site: null;
  total: number;
  applied: number;
  available: number;
  degraded: number;
  progressing: number;
}

export interface FleetPolicySet {
  kind: 'policy-set';
  namespace: string;
  name: string;
  site: null;
  description: string;
  policies: string[];
}

/** What Argo CD keeps as it is in Git. */
export interface FleetApplication {
  kind: 'application';
  namespace: string;
  name: string;
  /** null: not told */
  site: string | null;
  applicationSet: string | null;
  sync: 'Synced' | 'OutOfSync' | 'Unknown';
  health: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown';
  revision: string | null;
  message: string;
}

export interface FleetApplicationSet {
  kind: 'application-set';
  namespace: string;
  name: string;
  site: null;
  applications: number | null;
  /** null before it was generated */
  isUpToDate: boolean | null;
  message: string;
}

/** What the platform has, apart from policies, whose states have a history. */
export type FleetObject =
  | FleetCluster
  | FleetClusterSet
  | FleetPlacement
  | FleetDecision
  | FleetWork
  | FleetWorkSet
  | FleetPolicySet
  | FleetApplication
  | FleetApplicationSet;
export type FleetObjectKind = FleetObject['kind'];
export const FLEET_OBJECT_KINDS = [
  'cluster',
  'cluster-set',
  'placement',
  'placement-decision',
  'work',
  'work-set',
  'policy-set',
  'application',
  'application-set',
] as const satisfies readonly FleetObjectKind[];

/** What an object is known by within its source. */
export type FleetObjectId = Pick<FleetObject, 'kind' | 'namespace' | 'name'>;
