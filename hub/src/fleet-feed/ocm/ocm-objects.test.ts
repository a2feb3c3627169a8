import { describe, expect, it } from 'vitest';
import {
  applicationOf,
  applicationSetOf,
  clusterOf,
  clusterSetOf,
  decisionOf,
  placementOf,
  policySetOf,
  workOf,
  workSetOf,
} from './ocm-objects.js';
import { condition, managedCluster } from './testing/sample-objects.js';

const AT = '2026-05-04T11:00:00Z';
const meta = { name: 'edges', namespace: 'hilum' };

describe('a managed cluster', () => {
  it.each([
    ['True', 'available'],
    ['False', 'unavailable'],
    ['Unknown', 'unknown'],
  ] as const)('whose availability is %s is %s', (status, availability) => {
    expect(clusterOf(managedCluster('st-agnes', status))).toEqual({
      ...{ kind: 'cluster', namespace: '', name: 'st-agnes', site: 'st-agnes', accepted: true, joined: true },
      ...{ availability, availabilitySince: '2026-05-04T11:00:00.000Z', message: `Available is ${status}` },
      ...{ clusterSet: 'hospitals', version: 'v1.34.4' },
    });
  });

  it('that has only been asked for is neither accepted nor joined, and of unknown availability', () => {
    expect(clusterOf({ metadata: { name: 'north-clinic' }, spec: {} })).toMatchObject({
      ...{ accepted: false, joined: false, availability: 'unknown', availabilitySince: null },
      ...{ message: 'its agent has not reported yet', clusterSet: null, version: null },
    });
  });

  it('whose condition is of no known status is refused rather than guessed', () => {
    const status = { conditions: [{ type: 'ManagedClusterConditionAvailable', status: 'Maybe' }] };
    expect(() => clusterOf({ metadata: { name: 'x' }, status })).toThrow();
  });
});

describe('what OCM distributes', () => {
  it('is read with its conditions', () => {
    const conditions = [condition('ClusterSetEmpty', 'False', '2 ManagedClusters selected', AT)];
    expect(clusterSetOf({ metadata: { name: 'hospitals' }, status: { conditions } })).toMatchObject({
      ...{ isEmpty: false, message: '2 ManagedClusters selected' },
    });
    const satisfied = [condition('PlacementSatisfied', 'True', 'All cluster decisions scheduled', AT)];
    const placed = { metadata: meta, status: { numberOfSelectedClusters: 2, conditions: satisfied } };
    expect(placementOf(placed)).toMatchObject({ selected: 2, isSatisfied: true, namespace: 'hilum' });
    expect(placementOf({ metadata: meta })).toMatchObject({ selected: 0, isSatisfied: null });
    const decided = {
      metadata: { ...meta, labels: { 'cluster.open-cluster-management.io/placement': 'edges' } },
      status: { decisions: [{ clusterName: 'st-agnes' }, { clusterName: 'riverside', reason: '' }] },
    };
    expect(decisionOf(decided)).toMatchObject({ placement: 'edges', clusters: ['riverside', 'st-agnes'] });
    const policySet = { metadata: meta, spec: { description: 'HIPAA', policies: ['policy-a', 'policy-b'] } };
    expect(policySetOf(policySet)).toMatchObject({ description: 'HIPAA', policies: ['policy-a', 'policy-b'] });
  });

  it('is not current while the conditions are of an earlier version of it', () => {
    const work = (generation: number, applied = 'True') => ({
      metadata: { name: 'edge', namespace: 'st-agnes', generation },
      status: {
        conditions: [condition('Applied', applied, 'applied', AT), condition('Available', 'True', 'all there', AT)],
      },
    });
    expect(workOf(work(1))).toMatchObject({
      ...{ site: 'st-agnes', isApplied: true, isAvailable: true, isCurrent: true },
    });
    expect(workOf(work(2))).toMatchObject({ isCurrent: false });
    expect(workOf(work(1, 'False'))).toMatchObject({ isApplied: false, message: 'applied' });
    expect(workOf({ metadata: { name: 'new', namespace: 'st-agnes', generation: 1 } })).toMatchObject({
      ...{ isApplied: null, isAvailable: null, isCurrent: false },
    });
  });

  it('is summed up for a set of works', () => {
    const summary = { total: 3, applied: 2, available: 1, degraded: 1, progressing: 0 };
    expect(workSetOf({ metadata: meta, status: { summary } })).toMatchObject(summary);
    expect(workSetOf({ metadata: meta })).toMatchObject({ total: 0 });
  });
});

describe('what Argo CD delivers', () => {
  it('is read with sync, health, and the cluster that pulls it', () => {
    const application = {
      metadata: {
        ...meta,
        annotations: { 'apps.open-cluster-management.io/ocm-managed-cluster': 'st-agnes' },
        ownerReferences: [{ kind: 'ApplicationSet', name: 'edge' }],
      },
      spec: { destination: { server: 'https://kubernetes.default.svc' } },
      status: {
        sync: { status: 'OutOfSync', revision: 'abc123' },
        health: { status: 'Degraded' },
        operationState: { phase: 'Failed', message: 'one or more objects failed to apply' },
        conditions: [{ type: 'SyncError', message: 'see above' }],
      },
    };
    expect(applicationOf(application)).toEqual({
      ...{
        kind: 'application',
        ...meta,
        site: 'st-agnes',
        applicationSet: 'edge',
        sync: 'OutOfSync',
        health: 'Degraded',
      },
      ...{ revision: 'abc123', message: 'one or more objects failed to apply; see above' },
    });
  });

  it('is of unknown state before anybody looked, or in words that are not known', () => {
    expect(applicationOf({ metadata: meta, spec: { destination: { name: 'riverside' } } })).toMatchObject({
      ...{ site: 'riverside', sync: 'Unknown', health: 'Unknown', message: '' },
    });
    const odd = { metadata: meta, status: { sync: { status: 'Strange' }, health: { status: 'Unwell' } } };
    expect(applicationOf(odd)).toMatchObject({ sync: 'Unknown', health: 'Unknown' });
  });

  it('is generated by sets', () => {
    const conditions = [
      condition('ErrorOccurred', 'True', 'no such repository', AT),
      condition('ResourcesUpToDate', 'False', '', AT),
    ];
    expect(applicationSetOf({ metadata: meta, status: { conditions, resources: [{}, {}] } })).toMatchObject({
      ...{ applications: 2, isUpToDate: false, message: 'no such repository' },
    });
  });
});
