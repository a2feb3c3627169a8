import type { ComplianceState, Policy, PolicyReport } from '../compliance/compliance-state.js';

export function samplePolicy(name: string, change: Partial<Policy> = {}): Policy {
  return {
    name,
    title: `Title of ${name}`,
    why: 'Because data on its way must not be readable.',
    severity: 'high',
    standards: ['HIPAA Security Rule', 'NIST SP 800-53'],
    categories: ['SC System and Communications Protection'],
    controls: ['164.312(e)(1)', 'SC-8'],
    remediation: 'inform',
    policySets: ['hilum-hipaa'],
    ...change,
  };
}

/** Of a source that keeps no events. */
export function sampleReport(policy: string, site: string, state: ComplianceState): PolicyReport {
  return { policy, site, state, message: `it is ${state}`, since: null, templates: {}, events: [] };
}
