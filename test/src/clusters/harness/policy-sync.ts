import { fileURLToPath } from 'node:url';
import type { ControlPlane } from './control-plane.js';
import type { ClusterAccess, FleetContext } from './fleet-context.js';
import { addOnIdentity, allowAddOn, declareAddOn } from './hub-add-on.js';
import type { KubeClient } from './kube-client.js';
import type { HospitalIdentity } from './ocm-agent.js';

/** Named for what it is: on real hubs OCM's governance-policy-framework does this. */
export const POLICY_SYNC = 'policy-sync-stand-in';

/** From source and from dist alike: programs are started compiled. */
const PROGRAM = fileURLToPath(new URL('../../../dist/clusters/stand-ins/policy-sync-process.js', import.meta.url));

/** Makes the add-on known to the hub. */
export function declarePolicySync(hub: KubeClient): Promise<void> {
  return declareAddOn(hub, {
    name: POLICY_SYNC,
    rules: [
      { apiGroups: ['policy.open-cluster-management.io'], resources: ['policies'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['policy.open-cluster-management.io'], resources: ['policies/status'], verbs: ['patch', 'update'] },
    ],
  });
}

/** Runs the stand-in for one hospital that has joined. @returns by what the hub knows it */
export async function startPolicySync(
  site: ControlPlane,
  hub: ClusterAccess,
  context: FleetContext,
): Promise<HospitalIdentity> {
  await allowAddOn(hub.admin, site.name, POLICY_SYNC);
  const identity = await addOnIdentity(site, site.folder, POLICY_SYNC);
  const options = {
    site: site.name,
    kubeconfig: site.adminKubeconfig,
    ca: site.files.server.ca,
    'hub-url': hub.url,
    'hub-ca': hub.ca,
    cert: identity.cert,
    key: identity.key,
  };
  context.processes.start({
    name: `${site.name}-${POLICY_SYNC}`,
    command: process.execPath,
    args: [PROGRAM, ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)],
  });
  return identity;
}
