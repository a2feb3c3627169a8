import { join } from 'node:path';
import type { FleetContext } from './fleet-context.js';

/** Starts a one-member etcd. @returns its client address */
export async function startEtcd(
  cluster: string,
  { folder, port, peerPort }: { folder: string; port: number; peerPort: number },
  { programs, processes }: FleetContext,
): Promise<string> {
  const url = `http://127.0.0.1:${port}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const etcd = processes.start({
    name: `${cluster}-etcd`,
    command: programs.path('etcd'),
    args: [
      `--name=${cluster}`,
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=${cluster}=${peerUrl}`,
      // the data live as long as the test
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
  });
  await etcd.ready(async () => (await fetch(`${url}/health`)).ok);
  return url;
}
