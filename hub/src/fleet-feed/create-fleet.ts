import { ConfigError, type ConfigOf, type Logger } from '@hilum/runtime';
import type { ComplianceMetrics } from '../compliance/compliance-metrics.js';
import type { fleetSettings } from './fleet-config.js';
import type { Fleet } from './fleet.js';
import { LocalFleet } from './local/local-fleet.js';
import { KubeHttpClient, readKubeconfig } from './ocm/kube-http-client.js';
import { OcmFleet } from './ocm/ocm-fleet.js';

/**
 * What tells of the fleet, as configured; null when nothing is.
 * @throws ConfigError when the kubeconfig is none
 */
export function createFleet(
  config: ConfigOf<typeof fleetSettings>,
  options: { log: Logger; metrics: Pick<ComplianceMetrics, 'resyncs'>; now: () => number },
): Fleet | null {
  const { log, metrics, now } = options;
  const { fleet, fleetUrl: url, fleetToken: token } = config;
  if (fleet === 'local' && url !== undefined && token !== undefined) return new LocalFleet({ url, token, log, now });
  if (fleet !== 'ocm') return null;
  try {
    return new OcmFleet({
      api: new KubeHttpClient(readKubeconfig(config.fleetKubeconfig)),
      policiesNamespace: config.fleetPoliciesNamespace,
      onListed: (kind) => metrics.resyncs.inc({ kind }),
      log,
      now,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `HILUM_HUB_FLEET_KUBECONFIG: must be the path of a kubeconfig with a current context (${reason})`,
    ]);
  }
}
