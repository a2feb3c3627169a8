import { describe, expect, it } from 'vitest';
import { policyOf, policyRole, reportOf } from './ocm-policies.js';
import { historyEntry, POLICIES_NAMESPACE, replicatedPolicy, rootPolicy } from './testing/sample-objects.js';

const TLS = 'policy-kafka-tls-only';
const place = { policy: TLS, site: 'st-agnes' };

describe('policyRole', () => {
  it('tells what a person wrote, its copies, and what is of other namespaces', () => {
    expect(policyRole(rootPolicy(TLS).metadata, POLICIES_NAMESPACE)).toEqual({ role: 'root', name: TLS });
    expect(policyRole(replicatedPolicy(TLS, 'st-agnes').metadata, POLICIES_NAMESPACE)).toEqual({
      role: 'replicated',
      ...place,
    });
    expect(policyRole(rootPolicy(TLS).metadata, 'others')).toEqual({ role: 'foreign' });
    expect(policyRole(replicatedPolicy(TLS, 'st-agnes').metadata, 'others')).toEqual({ role: 'foreign' });
  });
});

describe('policyOf', () => {
  it('reads why, by which standards and controls, and how grave, from annotations and templates', () => {
    expect(policyOf(rootPolicy(TLS, { severities: ['low', 'critical', 'medium'] }), ['b', 'a'])).toEqual({
      name: TLS,
      title: 'Kafka tls only',
      why: 'Messages must be encrypted on their way.',
      severity: 'critical',
      standards: ['HIPAA Security Rule', 'NIST SP 800-53'],
      categories: ['SC System and Communications Protection'],
      controls: ['164.312(e)(1)', 'SC-8'],
      // the policy’s own word counts for all of its parts
      remediation: 'inform',
      policySets: ['a', 'b'],
    });
  });

  it('reads a policy of which little is said', () => {
    const bare = { metadata: { name: TLS, namespace: POLICIES_NAMESPACE }, spec: {} };
    expect(policyOf(bare, [])).toMatchObject({ severity: 'medium', why: '', controls: [], remediation: 'inform' });
    const named = rootPolicy(TLS, { annotations: { 'hilum.org/title': 'Kafka listeners with TLS only' } });
    expect(policyOf(named, []).title).toBe('Kafka listeners with TLS only');
  });
});

describe('reportOf', () => {
  it('reads the state, the parts and the history that is still there', () => {
    const history = [
      historyEntry(3, '2026-05-04T12:00:00Z', 'NonCompliant; violation - kafkas [hub] found but not as specified'),
      historyEntry(2, '2026-05-04T11:00:00Z', 'Compliant; notification - kafkas [hub] found as specified'),
      historyEntry(1, '2026-05-04T10:00:00Z', 'Pending; The namespace is missing'),
    ];
    expect(
      reportOf(
        replicatedPolicy(TLS, 'st-agnes', {
          compliant: 'NonCompliant',
          details: [{ compliant: 'NonCompliant', history }],
        }),
        place,
      ),
    ).toEqual({
      ...place,
      state: 'non-compliant',
      message: 'kafkas [hub] found but not as specified',
      since: null,
      templates: { [`${TLS}-1`]: 'non-compliant' },
      events: [
        {
          id: 'hilum-policies.policy.3@2026-05-04T12:00:00.000Z',
          template: `${TLS}-1`,
          state: 'non-compliant',
          message: 'kafkas [hub] found but not as specified',
          at: '2026-05-04T12:00:00.000Z',
        },
        expect.objectContaining({ state: 'compliant', message: 'kafkas [hub] found as specified' }),
        expect.objectContaining({ state: 'pending', message: 'The namespace is missing' }),
      ],
    });
  });

  it('says what is wrong with the parts that are not compliant, and counts them when all are', () => {
    const part = (template: string, compliant: string) => ({
      template,
      compliant,
      history: [historyEntry(1, '2026-05-04T12:00:00Z', `${compliant}; ${template} is ${compliant}`)],
    });
    const some = {
      compliant: 'NonCompliant',
      details: [part('a', 'Compliant'), part('b', 'NonCompliant'), part('c', 'Pending')],
    };
    expect(reportOf(replicatedPolicy(TLS, 'st-agnes', some), place).message).toBe('b is NonCompliant; c is Pending');
    const all = { compliant: 'Compliant', details: [part('a', 'Compliant'), part('b', 'Compliant')] };
    expect(reportOf(replicatedPolicy(TLS, 'st-agnes', all), place).message).toBe('2 checks are compliant');
  });

  it('takes a copy that nobody has reported on for unknown', () => {
    expect(reportOf(replicatedPolicy(TLS, 'st-agnes'), place)).toMatchObject({
      state: 'unknown',
      message: 'the cluster has not reported yet',
      events: [],
    });
    expect(reportOf({ metadata: { name: 'p' } }, place).state).toBe('unknown');
  });

  it('leaves out entries that could not be told from others', () => {
    const history = [
      { message: 'Compliant; notification - fine', eventName: 'x' },
      { lastTimestamp: '2026-05-04T12:00:00Z', message: 'Compliant' },
      { lastTimestamp: null, eventName: 'y' },
    ];
    const report = reportOf(
      replicatedPolicy(TLS, 'st-agnes', { compliant: 'Compliant', details: [{ compliant: 'Compliant', history }] }),
      place,
    );
    expect(report).toMatchObject({ state: 'compliant', message: 'fine', events: [] });
  });
});
