import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { kinds } from '../harness/kinds.js';
import { hasCondition, type Condition, type KubeObject, type Manifest } from '../harness/kube-client.js';
import { runningFleet } from '../testing/running-fleet.js';

const { hub, sites } = runningFleet();
const [first, second] = sites;
if (first === undefined || second === undefined) throw new Error('two hospitals are needed');

interface WorkStatus {
  status?: {
    conditions?: Condition[];
    resourceStatus?: {
      manifests?: { statusFeedback?: { values?: { name: string; fieldValue: { string?: string } }[] } }[];
    };
  };
}

const NAMESPACE = 'work-test';

describe('a manifest work', () => {
  it('is applied at its hospital alone, and what became of it is known at the hub', async () => {
    await hub.admin.apply(work(first.name, 'threshold', '0.41'));
    const applied = await until('the work is applied', async () => {
      const found = await hub.admin.find<WorkStatus>(kinds.manifestWork, 'threshold', first.name);
      return hasCondition(found, 'Applied') && hasCondition(found, 'Available') && feedbackOf(found) !== null && found;
    });
    expect(feedbackOf(applied)).toBe('0.41');
    const delivered = await first.admin.find<{ data: object }>(kinds.configMap, 'threshold', NAMESPACE);
    expect(delivered?.data).toEqual({ threshold: '0.41' });
    expect(await second.admin.find(kinds.namespace, NAMESPACE)).toBeNull();
  });

  it('brings a change to the hospital and the new state back', async () => {
    await hub.admin.apply(work(first.name, 'changed', '0.41'));
    await until('the hub knows the first value', async () => (await feedback('changed')) === '0.41');
    await hub.admin.apply(work(first.name, 'changed', '0.52'));
    await until('the hub knows the new value', async () => (await feedback('changed')) === '0.52');
    const delivered = await first.admin.find<{ data: object }>(kinds.configMap, 'changed', NAMESPACE);
    expect(delivered?.data).toEqual({ threshold: '0.52' });
  });

  it('takes along what it brought when it goes', async () => {
    await hub.admin.apply(work(first.name, 'passing', '0.41'));
    await until('it is there', () => first.admin.find(kinds.configMap, 'passing', NAMESPACE));
    await hub.admin.remove(kinds.manifestWork, 'passing', first.name);
    await until('it is gone', async () => (await first.admin.find(kinds.configMap, 'passing', NAMESPACE)) === null);
    await until(
      'the work is gone',
      async () => (await hub.admin.find(kinds.manifestWork, 'passing', first.name)) === null,
    );
  });
});

async function feedback(name: string): Promise<string | null> {
  return feedbackOf(await hub.admin.find<WorkStatus>(kinds.manifestWork, name, first?.name));
}

function feedbackOf(found: KubeObject<WorkStatus> | null): string | null {
  const manifests = found?.status?.resourceStatus?.manifests ?? [];
  const values = manifests.flatMap(({ statusFeedback }) => statusFeedback?.values ?? []);
  return values.find(({ name }) => name === 'threshold')?.fieldValue.string ?? null;
}

/** A ConfigMap with one value, which the hospital's agent is asked to tell the hub. */
function work(site: string, name: string, threshold: string): Manifest {
  return {
    ...kinds.manifestWork,
    metadata: { name, namespace: site },
    spec: {
      workload: {
        manifests: [
          { ...kinds.namespace, metadata: { name: NAMESPACE } },
          { ...kinds.configMap, metadata: { name, namespace: NAMESPACE }, data: { threshold } },
        ],
      },
      // the namespace is shared by the tests: it stays when one work goes
      deleteOption: {
        propagationPolicy: 'SelectivelyOrphan',
        selectivelyOrphans: { orphaningRules: [{ group: '', resource: 'namespaces', name: NAMESPACE, namespace: '' }] },
      },
      manifestConfigs: [
        {
          resourceIdentifier: { group: '', resource: 'configmaps', name, namespace: NAMESPACE },
          feedbackRules: [{ type: 'JSONPaths', jsonPaths: [{ name: 'threshold', path: '.data.threshold' }] }],
        },
      ],
    },
  };
}
