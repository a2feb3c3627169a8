import { ConfigError } from '@hilum/runtime';
import { KubeStatusPublisher } from './kube-status-publisher.js';
import type { StatusPublisher } from './status-publisher.js';

export const STATUS_TARGETS = ['none', 'kubernetes'] as const;
export type StatusTarget = (typeof STATUS_TARGETS)[number];

/**
 * Where the site's status is told, as configured; null when it is told nowhere.
 * @param env where a pod is told its API server
 * @throws ConfigError when this runs in no pod
 */
export function createStatusPublisher(target: StatusTarget, env: NodeJS.ProcessEnv): StatusPublisher | null {
  if (target === 'none') return null;
  if ((env['KUBERNETES_SERVICE_HOST'] ?? '') === '')
    throw new ConfigError([
      'HILUM_EDGE_SITE_STATUS: kubernetes is for a pod, and this process runs in none: set none, or leave it out',
    ]);
  try {
    return KubeStatusPublisher.inPod();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `HILUM_EDGE_SITE_STATUS: kubernetes needs the pod's service account token mounted (${reason})`,
    ]);
  }
}
