import { describe, expect, it } from 'vitest';
import { cgroupCpuLimit } from './cgroup-cpu-limit.js';

const limitWith = (files: Record<string, string>): number | null => cgroupCpuLimit((file) => files[file] ?? null);

const V1_MEMBERSHIP = `12:cpuset:/kubepods/pod1/abc
4:cpu,cpuacct:/kubepods/pod1/abc
1:name=systemd:/kubepods/pod1/abc
0::/system.slice/containerd.service
`;

describe('the processor limit of control groups', () => {
  it('is read from version 2 as a container sees it: its own group is the root', () => {
    expect(limitWith({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '150000 100000\n' })).toBe(1.5);
  });

  it('is the tightest of a group and those above it', () => {
    const files = {
      '/proc/self/cgroup': '0::/a/b/c\n',
      '/sys/fs/cgroup/a/b/c/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/b/cpu.max': '50000 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '400000 100000\n',
    };
    expect(limitWith(files)).toBe(0.5);
  });

  it('is read from version 1, below the controller’s own name or below that of all in its folder', () => {
    for (const folder of ['cpu', 'cpu,cpuacct'])
      expect(
        limitWith({
          '/proc/self/cgroup': V1_MEMBERSHIP,
          [`/sys/fs/cgroup/${folder}/kubepods/pod1/abc/cpu.cfs_quota_us`]: '200000\n',
          [`/sys/fs/cgroup/${folder}/kubepods/pod1/abc/cpu.cfs_period_us`]: '50000\n',
        }),
      ).toBe(4);
  });

  it('is read from the root when a container of version 1 is told a path that it cannot see', () => {
    const files = {
      '/proc/self/cgroup': V1_MEMBERSHIP,
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    };
    expect(limitWith(files)).toBe(1);
  });

  it.each([
    ['of no limit, version 2', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }],
    [
      'of no limit, version 1',
      {
        '/proc/self/cgroup': '1:cpu:/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
    ],
    ['that hold nonsense', { '/proc/self/cgroup': '0::/\nx\n7:\n', '/sys/fs/cgroup/cpu.max': 'lots 0\n' }],
    ['without a period', { '/proc/self/cgroup': '1:cpu:/\n', '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000\n' }],
    ['that are not there', {}],
  ])('is none with files %s', (_name, files) => {
    expect(limitWith(files)).toBeNull();
  });
});
