import type { KubeObject } from './kube-object.js';

export interface EnvVariable {
  name: string;
  value?: string;
  valueFrom?: {
    configMapKeyRef?: { name: string; key: string };
    secretKeyRef?: { name: string; key: string };
  };
}

export interface Probe {
  httpGet: { path: string; port?: string | number };
  periodSeconds?: number;
  failureThreshold?: number;
}

export interface Container {
  name: string;
  image: string;
  args?: string[];
  env: EnvVariable[];
  ports: { name: string; containerPort: number }[];
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
  resources: Record<'requests' | 'limits', { cpu: string; memory: string }>;
  securityContext: {
    allowPrivilegeEscalation?: boolean;
    readOnlyRootFilesystem?: boolean;
    runAsNonRoot?: boolean;
    capabilities?: { drop?: string[] };
    seccompProfile?: { type: string };
  };
  volumeMounts?: { name: string; mountPath: string }[];
}

export interface PodSpec {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  terminationGracePeriodSeconds?: number;
  /** of Knative alone */
  timeoutSeconds?: number;
  containerConcurrency?: number;
  securityContext?: { runAsNonRoot?: boolean; seccompProfile?: { type: string } };
  containers: Container[];
  volumes?: { name: string; secret?: { secretName: string; items?: { key: string; path: string }[] } }[];
}

/** A Deployment or a Knative Service. */
export interface Workload extends KubeObject {
  spec: {
    replicas?: number;
    strategy?: { rollingUpdate?: { maxSurge?: number | string } };
    template: {
      metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
      spec: PodSpec;
    };
  };
}

export type ProcessName = 'hub' | 'edge' | 'dispatcher' | 'inference';

/** All that run one of Hilum's processes: each has that process's name. */
export function workloadsOf(objects: readonly KubeObject[]): Workload[] {
  return objects.filter(
    ({ apiVersion, kind }) => kind === 'Deployment' || apiVersion.startsWith('serving.knative.dev/'),
  ) as Workload[];
}

/** @throws Error when it has not exactly one */
export function containerOf(workload: Workload): Container {
  const [container, ...others] = workload.spec.template.spec.containers;
  if (container === undefined || others.length > 0) throw new Error(`${workload.metadata.name} has not one container`);
  return container;
}

/** The value of a variable that stands in the manifest itself. */
export function valueOf(container: Container, name: string): string | undefined {
  return container.env.find((variable) => variable.name === name)?.value;
}
