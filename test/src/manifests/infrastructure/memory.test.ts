import { describe, expect, it } from 'vitest';
import { objectsOf, rootKustomizations } from '../testing/manifests.js';
import { bytesOf, memoryRequests } from './memory.js';

/** What a hospital with one node has. */
const NODE_MIB = 8 * 1024;

/**
 * Kubernetes itself, the agents of Open Cluster Management and Argo CD ask for that much before Hilum comes: an estimate,
 * and what is left of it is what the kernel keeps files in.
 */
const PLATFORM_MIB = 1536;

describe('memory', () => {
  it('is counted for every copy, wherever it is asked for', () => {
    const object = {
      kind: 'Any',
      metadata: { name: 'a' },
      spec: {
        replicas: 2,
        resources: { requests: { memory: '1Gi' }, limits: { memory: '9Gi' } },
        values: [{ resources: { requests: { memory: '512Mi', cpu: '1' } } }],
      },
    };
    expect(memoryRequests(object).map(({ mebibytes }) => mebibytes)).toEqual([2048, 1024]);
  });

  it('is not guessed', () => {
    expect(() => bytesOf('1G')).toThrow('1G is not an amount');
  });

  it('of a hospital with one node fits into 8 GiB, with everything that runs there', async () => {
    const folders = rootKustomizations().filter(
      ({ folder }) => folder.endsWith('/one-node') && !folder.startsWith('gitops/clusters/'),
    );
    expect(folders.length).toBeGreaterThanOrEqual(2);
    const objects = (await Promise.all(folders.map(({ folder }) => objectsOf(folder)))).flat();
    const requests = objects.flatMap(memoryRequests);
    expect(requests.length).toBeGreaterThan(20);
    const list = requests.map(({ what, mebibytes }) => `${mebibytes} ${what}`).join('\n');
    const sum = requests.reduce((total, { mebibytes }) => total + mebibytes, PLATFORM_MIB);
    expect(sum, list).toBeLessThanOrEqual(NODE_MIB);
  });
});
