import { wait, type Logger } from '@hilum/runtime';
import type { PolicyReport } from '../../compliance/compliance-state.js';
import type { Fleet, FleetChange, FleetView } from '../fleet.js';
import type { FleetObject, FleetPolicySet } from '../fleet-object.js';
import type { KubeApi, KubeObject, KubeResource } from './kube-api.js';
import {
  applicationOf,
  applicationSetOf,
  clusterOf,
  clusterSetOf,
  decisionOf,
  placementOf,
  policySetOf,
  workOf,
  workSetOf,
} from './ocm-objects.js';
import { policyOf, policyRole, reportOf } from './ocm-policies.js';
import { OCM_RESOURCES } from './ocm-resources.js';
import { ResourceFollower, type ResourceHandler } from './resource-follower.js';

/** How often it is told until when everything has been seen. */
const SEEN_INTERVAL_MS = 5_000;

export interface OcmFleetOptions {
  api: KubeApi;
  /** where the policies of the fleet are; copies of others are not looked at */
  policiesNamespace: string;
  log: Logger;
  onListed?: (kind: string) => void;
  now: () => number;
}

type Tell = (changes: readonly FleetChange[]) => Promise<void>;

/** The fleet as Open Cluster Management and Argo CD have it at the hub's Kubernetes API. */
export class OcmFleet implements Fleet {
  readonly source = 'ocm';
  readonly #options: OcmFleetOptions;
  #followers = new Map<string, ResourceFollower>();

  constructor(options: OcmFleetOptions) {
    this.#options = options;
  }

  views(): FleetView[] {
    return [...this.#followers.values()].map(({ view }) => view);
  }

  async follow(tell: Tell, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    // several kinds are followed side by side, and told one after another
    let queue = Promise.resolve();
    const inTurn: Tell = (changes) => {
      const told = queue.then(() => tell(changes));
      queue = told.catch(() => undefined);
      return told;
    };
    const policies = new PolicyHandler({ ...this.#options, tell: inTurn });
    const handlers: Record<keyof typeof OCM_RESOURCES, ResourceHandler> = {
      clusters: this.#objects(inTurn, 'cluster', clusterOf),
      clusterSets: this.#objects(inTurn, 'cluster-set', clusterSetOf),
      placements: this.#objects(inTurn, 'placement', placementOf),
      decisions: this.#objects(inTurn, 'placement-decision', decisionOf),
      works: this.#objects(inTurn, 'work', workOf),
      workSets: this.#objects(inTurn, 'work-set', workSetOf),
      policies,
      policySets: policies.setsHandler(this.#objects(inTurn, 'policy-set', policySetOf)),
      applications: this.#objects(inTurn, 'application', applicationOf),
      applicationSets: this.#objects(inTurn, 'application-set', applicationSetOf),
    };
    const follower = (resource: KubeResource, handler: ResourceHandler): ResourceFollower =>
      new ResourceFollower({
        ...{ api: this.#options.api, resource, handler, now: this.#options.now },
        onListed: () => this.#options.onListed?.(resource.plural),
        onState: ({ kind, state, detail }) => {
          if (state === 'following') log.info({ kind }, 'the platform is followed');
          else log.warn({ kind, state, detail }, 'the platform could not be followed, trying again');
        },
      });
    const names = Object.keys(handlers) as (keyof typeof handlers)[];
    this.#followers = new Map(names.map((name) => [name, follower(OCM_RESOURCES[name], handlers[name])]));
    await Promise.all([
      ...[...this.#followers.values()].map((one) => one.follow(signal)),
      this.#tellSeen(inTurn, signal),
    ]);
  }

  /** States are only as fresh as what is known of policies and of clusters; everything else is beside them. */
  async #tellSeen(tell: Tell, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    let told = 0;
    do {
      const proven = ['clusters', 'policies'].map((name) => this.#followers.get(name)?.view.provenAt ?? null);
      const at = proven.includes(null) ? null : Math.min(...proven.flatMap((time) => time ?? []));
      if (at === null || at <= told) continue;
      try {
        await tell([{ type: 'seen', at }]);
        told = at;
      } catch (error) {
        log.warn({ err: error }, 'that the platform was seen could not be noted, trying again');
      }
    } while (await wait(SEEN_INTERVAL_MS, signal));
  }

  #objects<Kind extends FleetObject['kind']>(
    tell: Tell,
    kind: Kind,
    map: (object: KubeObject) => FleetObject & { kind: Kind },
  ): ResourceHandler {
    const objectsOf = (objects: readonly KubeObject[]): FleetObject[] => this.#mapped(objects, map);
    return {
      onAll: (objects) => tell([{ type: 'all-objects', kind, objects: objectsOf(objects) }]),
      onChanges: (changes) =>
        tell(
          inOrder(changes).map(({ type, objects }) =>
            type === 'set'
              ? { type: 'objects', objects: objectsOf(objects) }
              : {
                  type: 'objects-gone',
                  ids: objects.map(({ metadata }) => ({
                    ...{ kind, namespace: metadata.namespace ?? '', name: metadata.name },
                  })),
                },
          ),
        ),
    };
  }

  /** One object that is not as it should be must not hide all others. */
  #mapped<Mapped>(objects: readonly KubeObject[], map: (object: KubeObject) => Mapped): Mapped[] {
    return objects.flatMap((object) => {
      try {
        return [map(object)];
      } catch (error) {
        const { namespace, name } = object.metadata;
        this.#options.log.warn(
          { namespace, name, err: error },
          'an object of the platform is not as expected, passed over',
        );
        return [];
      }
    });
  }
}

interface PolicyHandlerOptions {
  policiesNamespace: string;
  log: Logger;
  tell: Tell;
}

/** Policies and their copies are of one kind, and a policy's sets are told by another: here they come together. */
class PolicyHandler implements ResourceHandler {
  readonly #options: PolicyHandlerOptions;
  /** those that people wrote, by name; null before the first list */
  #roots: Map<string, KubeObject> | null = null;
  #sets: readonly FleetPolicySet[] = [];
  /** of copies whose policy has not come yet */
  readonly #waiting = new Map<string, PolicyReport>();

  constructor(options: PolicyHandlerOptions) {
    this.#options = options;
  }

  async onAll(objects: readonly KubeObject[]): Promise<void> {
    const roots = new Map<string, KubeObject>();
    const reports: PolicyReport[] = [];
    for (const object of objects) {
      const role = policyRole(object.metadata, this.#options.policiesNamespace);
      if (role.role === 'root') roots.set(role.name, object);
      if (role.role === 'replicated') reports.push(...this.#reportsOf(object, role));
    }
    this.#roots = roots;
    this.#waiting.clear();
    for (const report of reports) if (!roots.has(report.policy)) this.#wait(report);
    await this.#options.tell([
      { type: 'all-policies', policies: this.#policies([...roots.values()]) },
      { type: 'all-reports', reports: reports.filter(({ policy }) => roots.has(policy)) },
    ]);
  }

  async onChanges(changes: readonly { type: 'set' | 'gone'; object: KubeObject }[]): Promise<void> {
    const told: FleetChange[] = [];
    for (const { type, objects } of inOrder(changes)) {
      const roles = objects.map((object) => ({
        object,
        role: policyRole(object.metadata, this.#options.policiesNamespace),
      }));
      const roots = roles.filter(({ role }) => role.role === 'root').map(({ object }) => object);
      const places = roles.flatMap(({ role }) => (role.role === 'replicated' ? [role] : []));
      if (type === 'gone') {
        for (const { metadata } of roots) this.#roots?.delete(metadata.name);
        for (const place of places) this.#waiting.delete(keyOf(place));
        if (places.length > 0) told.push({ type: 'reports-gone', places });
        if (roots.length > 0)
          told.push({ type: 'all-policies', policies: this.#policies([...(this.#roots?.values() ?? [])]) });
        continue;
      }
      for (const root of roots) this.#roots?.set(root.metadata.name, root);
      if (roots.length > 0) told.push({ type: 'policies', policies: this.#policies(roots) });
      const reports = [
        ...roots.flatMap(({ metadata }) => this.#takeWaiting(metadata.name)),
        ...roles.flatMap(({ object, role }) => (role.role === 'replicated' ? this.#reportsOf(object, role) : [])),
      ];
      const known = reports.filter((report) => this.#roots?.has(report.policy) === true || this.#wait(report));
      if (known.length > 0) told.push({ type: 'reports', reports: known });
    }
    if (told.length > 0) await this.#options.tell(told);
  }

  /** Lets policies be told again when their sets change. */
  setsHandler(objects: ResourceHandler): ResourceHandler {
    let sets = new Map<string, KubeObject>();
    const keyOfSet = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
    const changed = async (): Promise<void> => {
      this.#sets = [...sets.values()].flatMap((object) => this.#tolerant(object, policySetOf));
      if (this.#roots !== null)
        await this.#options.tell([{ type: 'policies', policies: this.#policies([...this.#roots.values()]) }]);
    };
    return {
      onAll: async (all) => {
        await objects.onAll(all);
        sets = new Map(all.map((object) => [keyOfSet(object), object]));
        await changed();
      },
      onChanges: async (changes) => {
        await objects.onChanges(changes);
        for (const { type, object } of changes)
          if (type === 'set') sets.set(keyOfSet(object), object);
          else sets.delete(keyOfSet(object));
        await changed();
      },
    };
  }

  #policies(roots: readonly KubeObject[]) {
    const { policiesNamespace } = this.#options;
    return roots.flatMap((root) => {
      const sets = this.#sets.filter(
        ({ namespace, policies }) => namespace === policiesNamespace && policies.includes(root.metadata.name),
      );
      return this.#tolerant(root, (object) =>
        policyOf(
          object,
          sets.map(({ name }) => name),
        ),
      );
    });
  }

  #reportsOf(object: KubeObject, place: { policy: string; site: string }): PolicyReport[] {
    return this.#tolerant(object, (one) => reportOf(one, place));
  }

  /** Always false, for filters. */
  #wait(report: PolicyReport): false {
    this.#waiting.set(keyOf(report), report);
    return false;
  }

  #takeWaiting(policy: string): PolicyReport[] {
    const taken = [...this.#waiting.values()].filter((report) => report.policy === policy);
    for (const report of taken) this.#waiting.delete(keyOf(report));
    return taken;
  }

  #tolerant<Mapped>(object: KubeObject, map: (object: KubeObject) => Mapped): Mapped[] {
    try {
      return [map(object)];
    } catch (error) {
      const { namespace, name } = object.metadata;
      this.#options.log.warn({ namespace, name, err: error }, 'a policy is not as expected, passed over');
      return [];
    }
  }
}

function keyOf({ policy, site }: { policy: string; site: string }): string {
  return `${policy}\n${site}`;
}

/** Changes that follow each other and are of one type together, so that few statements tell many. */
function inOrder(
  changes: readonly { type: 'set' | 'gone'; object: KubeObject }[],
): { type: 'set' | 'gone'; objects: KubeObject[] }[] {
  const groups: { type: 'set' | 'gone'; objects: Map<string, KubeObject> }[] = [];
  for (const { type, object } of changes) {
    let group = groups.at(-1);
    if (group?.type !== type) groups.push((group = { type, objects: new Map() }));
    // of an object that changed twice the last word counts: one statement cannot write a row twice
    group.objects.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
  }
  return groups.map(({ type, objects }) => ({ type, objects: [...objects.values()] }));
}
