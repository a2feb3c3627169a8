import { establish, namespace, type ControlPlane } from './control-plane.js';
import type { FleetContext } from './fleet-context.js';
import { isHealthyPlain } from './health.js';

/** Namespace of policies, bindings and placements at the hub. */
export const POLICIES_NAMESPACE = 'policies';

/** Runs OCM's policy propagator at the hub: it copies each policy into the namespaces of the hospitals it is placed on. */
export async function startPolicyPropagator(hub: ControlPlane, context: FleetContext): Promise<void> {
  await establish(hub.admin, context.programs.definitions('policies'));
  await hub.admin.apply(namespace(POLICIES_NAMESPACE));
  const ports = await context.ports(`${hub.name}-policies`, ['health']);
  const propagator = context.processes.start({
    name: `${hub.name}-policy-propagator`,
    command: context.programs.path('governance-policy-propagator'),
    args: [
      '--leader-elect=false',
      '--enable-webhooks=false',
      '--metrics-bind-address=0',
      `--health-probe-bind-address=127.0.0.1:${ports.health}`,
    ],
    // empty: all namespaces
    env: { KUBECONFIG: hub.adminKubeconfig, WATCH_NAMESPACE: '', POD_NAMESPACE: 'open-cluster-management' },
  });
  await propagator.ready(() => isHealthyPlain(ports.health));
}

/** Runs OCM's configuration-policy controller at a hospital: it judges, and enforces, what policies say of its objects. */
export async function startPolicyController(site: ControlPlane, context: FleetContext): Promise<void> {
  await establish(site.admin, [
    ...context.programs.definitions('policies'),
    ...context.programs.definitions('configuration-policies'),
  ]);
  // policies lie in a namespace of the hospital's name, at the hub and here
  await site.admin.apply(namespace(site.name));
  const ports = await context.ports(`${site.name}-policies`, ['health']);
  const controller = context.processes.start({
    name: `${site.name}-policy-controller`,
    command: context.programs.path('config-policy-controller'),
    args: [
      'controller',
      `--cluster-name=${site.name}`,
      '--leader-elect=false',
      '--enable-lease=false',
      // seconds before it looks again at a policy whose objects have changed, instead of five
      '--evaluation-backoff=2',
      '--metrics-bind-address=0',
      `--health-probe-bind-address=127.0.0.1:${ports.health}`,
    ],
    env: { KUBECONFIG: site.adminKubeconfig, WATCH_NAMESPACE: '' },
  });
  await controller.ready(() => isHealthyPlain(ports.health));
}
