import { join } from 'node:path';
import { repositoryDir } from '../parts/paths.js';
import type { ProcessSpec } from '../supervisor/process-spec.js';
import { writeFileAtomically } from './atomic-file.js';
import { portOf } from './fleet-access.js';
import { baseEnvironment, passedThrough, type FleetContext } from './fleet-context.js';
import { httpReady } from './server-specs.js';

/** sysexits.h EX_CONFIG: every service ends with it when its configuration is wrong. */
const BAD_CONFIGURATION = 78;

export interface ServiceSpecOptions {
  name: string;
  /** Names the environment variables passed through from the user: HILUM_<KIND>_… */
  kind: 'edge' | 'dispatcher' | 'inference' | 'hub';
  /** The compiled entry file, relative to the repository. */
  entry: string;
  dependsOn: readonly string[];
  /** What a user may set otherwise. */
  defaults?: Readonly<Record<string, string>>;
  /** What this process is given, worked out before each start. */
  environment: () => Promise<Record<string, string>> | Record<string, string>;
}

/**
 * The C library would give each thread that allocates a heap of its own and give little of them back: 20 to 30 MiB more for
 * the scoring service, for no time saved.
 */
export const SERVICE_MEMORY = { MALLOC_ARENA_MAX: '2' } as const;

/**
 * Bodies of requests lie outside of V8's heap but count as if they were in its old part: when 8 MiB of them, some sixty images,
 * wait to be let go of, V8 collects the whole heap, which costs a sixth of what an image does and holds images up for 5 to
 * 10 ms. With room for 4 or 8 MiB of new objects about every second process came to that and stayed with it; 16 MiB, which V8
 * takes by itself, keep 30 MiB of bodies waiting. 1 MiB is full before: collecting the few new objects lets go of bodies as well.
 * So small a heap is collected sooner by one helper than four are woken, which takes 4 % of the time of an image that comes alone.
 *
 * The C library is to ask for pages of 2 MiB, which some systems give only to those who ask: the network's numbers lie on a thousand
 * of 4 KiB, whose addresses a virtual machine's processor looks up again and again. That is 2 to 4 % of an image's time.
 */
export const INFERENCE_RUNTIME = {
  ...SERVICE_MEMORY,
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
  NODE_OPTIONS: '--max-semi-space-size=1 --v8-pool-size=1',
} as const;

/** The scoring service as it runs everywhere, relative to the repository: bundled, since it has to be ready quickly. */
export const INFERENCE_ENTRY = 'inference/service/bundle/inference-process.js';

/** One of Hilum's own services. */
export function serviceSpec(context: FleetContext, options: ServiceSpecOptions): ProcessSpec {
  const { name, kind, entry, dependsOn, defaults = {}, environment } = options;
  const port = portOf(context.ports, name);
  return {
    name,
    dependsOn,
    launch: async () => {
      const own = { ...(await environment()), [`HILUM_${kind.toUpperCase()}_PORT`]: String(port) };
      return {
        file: process.execPath,
        args: ['--enable-source-maps', join(repositoryDir, entry)],
        env: {
          ...baseEnvironment(context.env),
          ...SERVICE_MEMORY,
          ...defaults,
          ...passedThrough(context.env, kind, own),
          ...own,
        },
        cwd: repositoryDir,
      };
    },
    ready: httpReady(`http://127.0.0.1:${port}/readyz`),
    readyTimeoutMs: 90_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 20_000,
    hopelessExitCodes: [BAD_CONFIGURATION],
  };
}

/** Puts a value that holds a secret into a file, for a `_FILE` variable. */
export function secretFile(context: FleetContext, owner: string, name: string, value: string): string {
  const file = join(context.dataDir, 'secrets', owner, name);
  writeFileAtomically(file, `${value}\n`);
  return file;
}
