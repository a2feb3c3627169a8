import { nameOf, ofKind, type KubeObject } from './kube-object.js';
import { containerOf, valueOf, workloadsOf, type Probe, type ProcessName, type Workload } from './workload.js';

/** Which variable tells a process its port, and by which paths it is asked how it is; routes of its own code. */
const PROCESSES: Record<ProcessName, { port: string; lives: string; ready: string }> = {
  hub: { port: 'HILUM_HUB_PORT', lives: '/healthz', ready: '/readyz' },
  edge: { port: 'HILUM_EDGE_PORT', lives: '/healthz', ready: '/readyz' },
  dispatcher: { port: 'HILUM_DISPATCHER_PORT', lives: '/healthz', ready: '/readyz' },
  inference: { port: 'HILUM_INFERENCE_PORT', lives: '/v2/health/live', ready: '/v2/health/ready' },
};

/** Ports and paths at which a process is asked are those at which it answers. */
export function probeProblems(objects: readonly KubeObject[]): string[] {
  return workloadsOf(objects).flatMap((workload) => {
    const process = PROCESSES[workload.metadata.name as ProcessName];
    const container = containerOf(workload);
    const [port] = container.ports;
    const problems: string[] = [];
    if (valueOf(container, process.port) !== String(port?.containerPort))
      problems.push(`containerPort is ${port?.containerPort}, but ${process.port} ${valueOf(container, process.port)}`);
    if (valueOf(container, 'HILUM_HTTP_HOST') !== '0.0.0.0')
      problems.push('HILUM_HTTP_HOST is not 0.0.0.0, so that nobody outside of the pod is answered');
    const check = (name: string, probe: Probe | undefined, path: string): void => {
      if (probe?.httpGet.path !== path) problems.push(`${name} asks ${probe?.httpGet.path}, not ${path}`);
      const asked = probe?.httpGet.port;
      if (asked !== undefined && asked !== port?.name)
        problems.push(`${name} asks the port ${asked}, not ${port?.name}`);
    };
    check('livenessProbe', container.livenessProbe, process.lives);
    check('readinessProbe', container.readinessProbe, process.ready);
    if (workload.kind === 'Deployment') check('startupProbe', container.startupProbe, process.lives);
    return problems.map((problem) => `${nameOf(workload)}: ${problem}`);
  });
}

/** Every pod is restricted, has its own identity and bounds, and may be moved one at a time. */
export function podProblems(objects: readonly KubeObject[]): string[] {
  const accounts = new Set(ofKind(objects, 'ServiceAccount').map(({ metadata }) => metadata.name));
  const budgets = ofKind<Budget>(objects, 'PodDisruptionBudget');
  return workloadsOf(objects).flatMap((workload) => {
    const { spec, metadata } = workload.spec.template;
    const { securityContext: own, resources, image } = containerOf(workload);
    const needsToken =
      valueOf(containerOf(workload), 'HILUM_HUB_FLEET') === 'ocm' ||
      valueOf(containerOf(workload), 'HILUM_EDGE_SITE_STATUS') === 'kubernetes';
    const rules: [boolean, string][] = [
      [own.allowPrivilegeEscalation === false, 'may gain privileges'],
      [own.readOnlyRootFilesystem === true, 'may write into its image'],
      [(own.runAsNonRoot ?? spec.securityContext?.runAsNonRoot) === true, 'may be root'],
      [own.capabilities?.drop?.includes('ALL') === true, 'keeps capabilities'],
      [
        (own.seccompProfile ?? spec.securityContext?.seccompProfile)?.type === 'RuntimeDefault',
        'has not the seccomp profile RuntimeDefault',
      ],
      [
        spec.automountServiceAccountToken === needsToken,
        `has ${needsToken ? 'no token' : 'a token'} of the Kubernetes API`,
      ],
      [
        accounts.has(spec.serviceAccountName),
        `has the service account ${spec.serviceAccountName}, which nothing makes`,
      ],
      [/@sha256:[0-9a-f]{64}$/.test(image), `has the image ${image}, not one by digest`],
      [
        (['requests', 'limits'] as const).every((kind) => 'cpu' in resources[kind] && 'memory' in resources[kind]),
        'has no bounds of processor and memory',
      ],
      [budgets.some((budget) => covers(budget, metadata.labels)), 'has no PodDisruptionBudget'],
    ];
    return rules.filter(([holds]) => !holds).map(([, problem]) => `${nameOf(workload)}: ${problem}`);
  });
}

interface Budget extends KubeObject {
  spec: { maxUnavailable?: number; selector: { matchLabels: Record<string, string> } };
}

function covers({ spec }: Budget, labels: Record<string, string>): boolean {
  return spec.maxUnavailable === 1 && matches(spec.selector.matchLabels, labels);
}

function matches(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

interface Service extends KubeObject {
  spec: { selector: Record<string, string>; ports: { name: string; port: number; targetPort: string }[] };
}

interface Monitor extends KubeObject {
  spec: {
    jobLabel?: string;
    selector: { matchLabels: Record<string, string> };
    endpoints?: Endpoint[];
    podMetricsEndpoints?: Endpoint[];
  };
}

interface Endpoint {
  port: string;
  path: string;
  relabelings?: { targetLabel: string; replacement: string }[];
}

/** Everything that runs is scraped where it answers, under the job and site that rules and dashboards go by. */
export function monitorProblems(
  objects: readonly KubeObject[],
  jobs: readonly string[],
  site: string | null,
): string[] {
  const services = ofKind<Service>(objects, 'Service').filter(({ apiVersion }) => apiVersion === 'v1');
  const scraped = [
    ...ofKind<Monitor>(objects, 'ServiceMonitor').map((monitor) => {
      const [endpoint] = monitor.spec.endpoints ?? [];
      const service = services.find(({ metadata }) =>
        matches(monitor.spec.selector.matchLabels, metadata.labels ?? {}),
      );
      const port = service?.spec.ports.find(({ name }) => name === endpoint?.port);
      return {
        job: service?.metadata.labels?.[monitor.spec.jobLabel ?? ''],
        endpoint,
        workload: workloadBehind(objects, service?.spec.selector, port?.targetPort),
      };
    }),
    ...ofKind<Monitor>(objects, 'PodMonitor').map(({ spec }) => {
      const [endpoint] = spec.podMetricsEndpoints ?? [];
      return {
        job: endpoint?.relabelings?.find(({ targetLabel }) => targetLabel === 'job')?.replacement,
        endpoint,
        // Knative calls the port of the process so
        workload: workloadBehind(
          objects,
          spec.selector.matchLabels,
          endpoint?.port === 'user-port' ? 'http1' : undefined,
        ),
      };
    }),
  ];
  const missing = workloadsOf(objects)
    .filter((workload) => !scraped.some((one) => one.workload === workload))
    .map((workload) => `${nameOf(workload)}: no monitor scrapes it`);
  const wrong = scraped.flatMap(({ job, endpoint, workload }) => {
    const name = workload === undefined ? String(job) : nameOf(workload);
    const siteLabel = endpoint?.relabelings?.find(({ targetLabel }) => targetLabel === 'site')?.replacement ?? null;
    const rules: [boolean, string][] = [
      [workload !== undefined, 'a monitor finds no process'],
      [endpoint?.path === '/metrics', `is scraped at ${endpoint?.path}, not /metrics`],
      [job !== undefined && jobs.includes(job), `is scraped as the job ${job}, which no rule of hub/monitoring knows`],
      [siteLabel === site, `has the label site ${siteLabel}, not ${site}`],
    ];
    return rules.filter(([holds]) => !holds).map(([, problem]) => `${name}: ${problem}`);
  });
  return [...missing, ...wrong];
}

function workloadBehind(
  objects: readonly KubeObject[],
  selector: Record<string, string> | undefined,
  port: string | undefined,
): Workload | undefined {
  return workloadsOf(objects).find(
    (workload) =>
      selector !== undefined &&
      matches(selector, workload.spec.template.metadata.labels) &&
      containerOf(workload).ports.some(({ name }) => name === port),
  );
}
