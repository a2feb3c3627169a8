import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.js';
import type { ControlPlane } from './control-plane.js';
import { kinds } from './kinds.js';
import type { KubeClient } from './kube-client.js';
import type { HospitalIdentity } from './ocm-agent.js';

const ADD_ON_NAMESPACE = 'open-cluster-management-agent-addon';

export interface HubAddOn {
  name: string;
  /** What it may do at the hub, in the namespace of its own hospital. */
  rules: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

/**
 * Declares an add-on at the hub whose agents get a certificate each.
 *
 * Its template asks for no rights: OCM 1.2.0 would bind them, in every hospital's namespace, to the group of all of the
 * add-on's agents, and one hospital's could read and change what is another's. `allowAddOn` binds them per hospital.
 */
export async function declareAddOn(hub: KubeClient, { name, rules }: HubAddOn): Promise<void> {
  await hub.applyAll([
    {
      apiVersion: 'addon.open-cluster-management.io/v1alpha1',
      kind: 'AddOnTemplate',
      metadata: { name },
      spec: {
        addonName: name,
        // a template must deploy something; the program itself runs beside the control plane
        agentSpec: {
          workload: {
            manifests: [
              { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: ADD_ON_NAMESPACE }, data: {} },
            ],
          },
        },
        registration: [{ type: 'KubeClient' }],
      },
    },
    {
      apiVersion: 'addon.open-cluster-management.io/v1alpha1',
      kind: 'ClusterManagementAddOn',
      metadata: { name },
      spec: {
        supportedConfigs: [
          { group: 'addon.open-cluster-management.io', resource: 'addontemplates', defaultConfig: { name } },
        ],
        installStrategy: { type: 'Manual' },
      },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: roleOf(name) },
      rules,
    },
  ]);
}

/** Gives a hospital the add-on, with its rights in the hospital's namespace for that hospital's agent alone. */
export async function allowAddOn(hub: KubeClient, site: string, addOn: string): Promise<void> {
  await hub.applyAll([
    {
      ...kinds.roleBinding,
      metadata: { name: roleOf(addOn), namespace: site },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleOf(addOn) },
      subjects: [
        {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'Group',
          name: `system:open-cluster-management:cluster:${site}:addon:${addOn}`,
        },
      ],
    },
    { ...kinds.addOn, metadata: { name: addOn, namespace: site }, spec: {} },
  ]);
}

/** The certificate that OCM's agent has got for the add-on of a hospital, once it has; written below the hospital's folder. */
export async function addOnIdentity(
  site: Pick<ControlPlane, 'name' | 'admin'>,
  folder: string,
  addOn: string,
): Promise<HospitalIdentity> {
  const data = await until(
    `${site.name} has a certificate for ${addOn}`,
    async () => {
      const secret = await site.admin.find<{ data?: Record<string, string> }>(
        kinds.secret,
        `${addOn}-hub-kubeconfig`,
        ADD_ON_NAMESPACE,
      );
      const { 'tls.crt': cert, 'tls.key': key } = secret?.data ?? {};
      return cert !== undefined && key !== undefined && { cert, key };
    },
    60_000,
  );
  const identity = { cert: join(folder, `${addOn}.crt`), key: join(folder, `${addOn}.key`) };
  writeFileSync(identity.cert, Buffer.from(data.cert, 'base64'));
  writeFileSync(identity.key, Buffer.from(data.key, 'base64'), { mode: 0o600 });
  return identity;
}

function roleOf(addOn: string): string {
  return `hilum:add-on:${addOn}`;
}
