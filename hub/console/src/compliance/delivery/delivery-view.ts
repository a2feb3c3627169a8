import type { FleetObject } from '../compliance-types';

/** How what the platform brings stands: what needs looking at comes first. */
export const DELIVERY_STATES = ['amiss', 'unknown', 'under-way', 'in-step'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What the page tells apart. Decisions are told with their placement, and policies have pages of their own. */
export const DELIVERY_KINDS = [
  'application',
  'application-set',
  'work',
  'work-set',
  'placement',
  'cluster',
  'cluster-set',
] as const satisfies readonly FleetObject['kind'][];
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

export const KIND_WORDS: Record<DeliveryKind, string> = {
  application: 'Application',
  'application-set': 'Application set',
  work: 'Work',
  'work-set': 'Work for several sites',
  placement: 'Placement',
  cluster: 'Cluster',
  'cluster-set': 'Cluster set',
};

/** One row of the page. */
export interface Delivery {
  /** of its own */
  key: string;
  kind: DeliveryKind;
  namespace: string;
  name: string;
  site: string | null;
  state: DeliveryState;
  /** in the platform's own words */
  told: string;
  /** why, as the platform says; empty when it says nothing */
  message: string;
  /** ISO 8601 UTC */
  observedAt: string;
}

export interface DeliveryFilter {
  search: string;
  kind: DeliveryKind | null;
  state: DeliveryState | null;
}

const SITES_NAMED = 5;

/** Rows from what the hub knows of the platform, those first that need looking at. */
export function deliveriesOf(objects: readonly FleetObject[]): Delivery[] {
  const chosen = new Map<string, string[]>();
  for (const object of objects) {
    if (object.kind !== 'placement-decision' || object.placement === null) continue;
    const key = `${object.namespace} ${object.placement}`;
    chosen.set(key, [...(chosen.get(key) ?? []), ...object.clusters]);
  }
  const rows = objects.flatMap((object): Delivery[] => {
    if (object.kind === 'placement-decision' || object.kind === 'policy-set') return [];
    const { kind, namespace, name, site, observedAt } = object;
    const stand = standOf(object, chosen.get(`${namespace} ${name}`) ?? []);
    return [{ key: `${kind} ${namespace} ${name}`, kind, namespace, name, site, observedAt, ...stand }];
  });
  return rows.sort(
    (a, b) =>
      DELIVERY_STATES.indexOf(a.state) - DELIVERY_STATES.indexOf(b.state) ||
      DELIVERY_KINDS.indexOf(a.kind) - DELIVERY_KINDS.indexOf(b.kind) ||
      (a.site ?? '').localeCompare(b.site ?? '') ||
      a.name.localeCompare(b.name),
  );
}

/** Rows whose name, namespace, site, words or message contain the text, of this kind and in this state. */
export function deliveriesShown(rows: readonly Delivery[], { search, kind, state }: DeliveryFilter): Delivery[] {
  const wanted = search.trim().toLowerCase();
  return rows
    .filter((row) => (kind === null || row.kind === kind) && (state === null || row.state === state))
    .filter(({ name, namespace, site, told, message }) =>
      [name, namespace, site ?? '', told, message].some((text) => text.toLowerCase().includes(wanted)),
    );
}

type Standing = Pick<Delivery, 'state' | 'told' | 'message'>;

function standOf(
  object: Exclude<FleetObject, { kind: 'placement-decision' | 'policy-set' }>,
  chosen: readonly string[],
): Standing {
  switch (object.kind) {
    case 'application': {
      const { sync, health, revision, message } = object;
      const at = revision === null ? '' : ` at ${revision.slice(0, 8)}`;
      return { state: applicationState(sync, health), told: `${sync}, ${health}${at}`, message };
    }
    case 'application-set': {
      const { applications, isUpToDate, message } = object;
      const told = applications === null ? 'nothing generated yet' : counted(applications, 'application');
      return { state: flagState(isUpToDate, 'under-way'), told, message };
    }
    case 'work': {
      const { isApplied, isAvailable, isCurrent, message } = object;
      const told = `${words(isApplied, 'applied')}, ${words(isAvailable, 'available')}`;
      if (!isCurrent) return { state: 'under-way', told: `${told}, of an earlier version`, message };
      if (isApplied === false || isAvailable === false) return { state: 'amiss', told, message };
      return { state: isApplied === null || isAvailable === null ? 'unknown' : 'in-step', told, message };
    }
    case 'work-set': {
      const { total, applied, available, degraded, progressing } = object;
      const told = `applied at ${applied} and available at ${available} of ${total}`;
      const state = degraded > 0 ? 'amiss' : progressing > 0 || available < total ? 'under-way' : 'in-step';
      return { state, told, message: degraded > 0 ? `degraded at ${degraded}` : '' };
    }
    case 'placement': {
      const { selected, isSatisfied, message } = object;
      const more = chosen.length - SITES_NAMED;
      const names = [...chosen].sort().slice(0, SITES_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
      const told = `chooses ${counted(selected, 'cluster')}${names === '' ? '' : `: ${names}`}`;
      return { state: flagState(isSatisfied, 'under-way'), told, message };
    }
    case 'cluster': {
      const { accepted, joined, availability, version, message } = object;
      const told = [accepted ? null : 'not accepted', joined ? null : 'not joined', availability, version];
      const state =
        !accepted || !joined
          ? 'under-way'
          : ({ available: 'in-step', unavailable: 'amiss', unknown: 'unknown' } as const)[availability];
      return { state, told: told.filter((word) => word !== null).join(', '), message };
    }
    case 'cluster-set': {
      const { isEmpty, message } = object;
      return { state: 'in-step', told: isEmpty === true ? 'no cluster in it' : 'clusters in it', message };
    }
  }
}

type Application = Extract<FleetObject, { kind: 'application' }>;

function applicationState(sync: Application['sync'], health: Application['health']): DeliveryState {
  if (health === 'Degraded' || health === 'Missing') return 'amiss';
  if (health === 'Unknown' || sync === 'Unknown') return 'unknown';
  if (health === 'Progressing' || health === 'Suspended') return 'under-way';
  // healthy, but not what Git says
  return sync === 'Synced' ? 'in-step' : 'amiss';
}

function flagState(flag: boolean | null, whenNull: DeliveryState): DeliveryState {
  if (flag === null) return whenNull;
  return flag ? 'in-step' : 'amiss';
}

function words(flag: boolean | null, word: string): string {
  if (flag === null) return `not known whether ${word}`;
  return flag ? word : `not ${word}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
