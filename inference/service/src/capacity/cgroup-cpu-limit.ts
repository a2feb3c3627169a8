import { readFileSync } from 'node:fs';

/** Text of a file of the system, null when there is none. */
export type ReadSystemFile = (file: string) => string | null;

const ROOT = '/sys/fs/cgroup';

/**
 * Processors' worth of time that the control groups of this process grant it, as containers set it: 0.5 is half of one.
 * Node and ONNX Runtime both look at the machine's processors alone. Both versions of control groups are read, each
 * group and all above it, of which the tightest counts. Null when nothing limits it.
 */
export function cgroupCpuLimit(read: ReadSystemFile = readSystemFile): number | null {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').map(parseMembership);
  const limits = groups.flatMap((group) => {
    if (group === null) return [];
    if (group.controllers === '') return upwards(group.path).map((path) => limitV2(read(`${ROOT}${path}/cpu.max`)));
    if (!group.controllers.split(',').includes('cpu')) return [];
    // most systems link the folder of several controllers to each one's name, some do not
    return [...new Set(['cpu', group.controllers])].flatMap((folder) =>
      upwards(group.path).map((path) => {
        const file = (name: string): string | null => read(`${ROOT}/${folder}${path}/cpu.cfs_${name}_us`);
        return limitOf(file('quota'), file('period'));
      }),
    );
  });
  const known = limits.filter((limit) => limit !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** A line of /proc/self/cgroup: `0::/path` of version 2, `4:cpu,cpuacct:/path` of version 1. */
function parseMembership(line: string): { controllers: string; path: string } | null {
  const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
  return controllers === undefined || path === undefined ? null : { controllers, path };
}

/** `/a/b` and all above it, the root as the empty text. In a container it may be that only the root can be seen. */
function upwards(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`).concat('');
}

/** `max 100000`, or quota and period. */
function limitV2(text: string | null): number | null {
  const [quota = null, period = null] = text?.trim().split(' ') ?? [];
  return limitOf(quota, period);
}

/** Microseconds that may be used in each period; a quota of `max` or -1 is none. */
function limitOf(quota: string | null, period: string | null): number | null {
  const [used, of] = [Number(quota ?? 'none'), Number(period ?? 'none')];
  return used > 0 && of > 0 && Number.isFinite(used / of) ? used / of : null;
}

function readSystemFile(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
