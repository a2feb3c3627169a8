import { choice, isLoopback, optionalHttpUrl, optionalSecret, optionalText, text, type ConfigOf } from '@hilum/runtime';
import { FLEET_SOURCES } from '../compliance/compliance-state.js';

export const fleetSettings = {
  /** what tells of the fleet */
  fleet: choice('HILUM_HUB_FLEET', ['none', ...FLEET_SOURCES], 'none'),
  /** of `local`: the supervisor */
  fleetUrl: optionalHttpUrl('HILUM_HUB_FLEET_URL'),
  fleetToken: optionalSecret('HILUM_HUB_FLEET_TOKEN'),
  /** of `ocm`: a kubeconfig; without it the service account of the pod that this runs in */
  fleetKubeconfig: optionalText('HILUM_HUB_FLEET_KUBECONFIG'),
  fleetPoliciesNamespace: text('HILUM_HUB_FLEET_POLICIES_NAMESPACE', 'hilum-policies'),
};

type FleetSettings = ConfigOf<typeof fleetSettings>;

const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** @param isGiven whether a variable, or its file, is set @param env where a pod is told its API server */
export function fleetProblems(
  config: Partial<FleetSettings>,
  isGiven: (name: string) => boolean,
  env: NodeJS.ProcessEnv,
): string[] {
  const problems: string[] = [];
  const { fleet, fleetUrl, fleetPoliciesNamespace } = config;
  const ofNoUse = (name: string, source: string): void => {
    if (isGiven(name)) problems.push(`${name}: is of no use without HILUM_HUB_FLEET=${source}`);
  };
  if (fleet === 'local')
    for (const name of ['HILUM_HUB_FLEET_URL', 'HILUM_HUB_FLEET_TOKEN']) {
      if (!isGiven(name)) problems.push(`${name}: is required with HILUM_HUB_FLEET=local`);
    }
  else if (fleet !== undefined)
    for (const name of ['HILUM_HUB_FLEET_URL', 'HILUM_HUB_FLEET_TOKEN']) ofNoUse(name, 'local');
  if (fleetUrl !== undefined && !fleetUrl.startsWith('https:') && !isLoopback(fleetUrl))
    problems.push('HILUM_HUB_FLEET_URL: must be an https address or one of this machine, since a token passes to it');
  if (fleet === 'ocm') {
    if (!isGiven('HILUM_HUB_FLEET_KUBECONFIG') && (env['KUBERNETES_SERVICE_HOST'] ?? '') === '')
      problems.push(
        'HILUM_HUB_FLEET_KUBECONFIG: is required with HILUM_HUB_FLEET=ocm outside of a pod: the path of a kubeconfig',
      );
  } else if (fleet !== undefined) ofNoUse('HILUM_HUB_FLEET_KUBECONFIG', 'ocm');
  if (fleetPoliciesNamespace !== undefined && !NAMESPACE.test(fleetPoliciesNamespace))
    problems.push(
      'HILUM_HUB_FLEET_POLICIES_NAMESPACE: must be a namespace: 1 to 63 lower-case letters, digits or inner hyphens',
    );
  return problems;
}
