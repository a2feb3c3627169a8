import type { ClusterPrograms } from '../programs/cluster-programs.js';
import type { HostProcesses } from './host-process.js';
import type { KubeClient } from './kube-client.js';

/** How to reach a cluster as its administrator. */
export interface ClusterAccess {
  name: string;
  /** https://127.0.0.1:PORT */
  url: string;
  /** PEM file */
  ca: string;
  admin: KubeClient;
}

/** What every part of a fleet of clusters is started with. */
export interface FleetContext {
  /** holds everything of the fleet: data, keys, logs */
  folder: string;
  programs: ClusterPrograms;
  /** path of the program by which Argo CD renders what is in git */
  kustomize: string;
  processes: HostProcesses;
  /** Free ports of 127.0.0.1, one for each use, kept from others until the fleet has started. */
  ports<Use extends string>(owner: string, uses: readonly Use[]): Promise<Record<Use, number>>;
}
