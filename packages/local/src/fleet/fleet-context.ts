import type { Parts } from '../parts/parts.js';
import type { Pki } from '../pki/pki.js';
import { HopelessStartError } from '../supervisor/supervised-process.js';
import type { PortsByName } from './fleet-access.js';

/** What the processes of one fleet are made from. */
export interface FleetContext {
  dataDir: string;
  /** Whether Hilum's own services run as well, or the servers below them alone. */
  services: boolean;
  ports: PortsByName;
  parts: Parts;
  pki: Pki;
  /** The user's environment. */
  env: NodeJS.ProcessEnv;
  /** where the supervisor tells how policies stand; null when it does not */
  complianceUrl: () => string | null;
}

/** A part that launch needs. When it cannot be had, starting again cannot help. */
export async function needed<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (error) {
    throw new HopelessStartError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ', 'JAVA_HOME'];

/** What every process inherits: where programs and temporary files are, and nothing that could change what it does. */
export function baseEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  // The AWS library's advice about Node versions would be the first line of every log.
  const base: Record<string, string> = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  for (const name of INHERITED) if (env[name] !== undefined) base[name] = env[name];
  return base;
}

/**
 * The user's own settings for a kind of process, such as HILUM_EDGE_WEBHOOK_URL for every edge. Ports are left out
 * (HILUM_HUB_KAFKA_PORT is for the supervisor), and so is whatever the supervisor sets itself, in either spelling.
 */
export function passedThrough(
  env: NodeJS.ProcessEnv,
  kind: string,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const prefix = `HILUM_${kind.toUpperCase()}_`;
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || name.endsWith('_PORT')) continue;
    if (!name.startsWith(prefix) && name !== 'HILUM_LOG_LEVEL') continue;
    const plain = name.replace(/_FILE$/, '');
    if (plain in own || `${plain}_FILE` in own) continue;
    passed[name] = value;
  }
  return passed;
}
