import type { components, operations } from '../api-schema';
import type { Role } from '../api-types';

/** The hub's answers about compliance by the names that these pages use; what they hold is generated from /openapi.json. */

/** Who may read them; the hub decides, this only hides what it would refuse. */
export const COMPLIANCE_ROLES: readonly Role[] = ['hospital-it', 'compliance'];
export const AUDIT_ROLES: readonly Role[] = ['compliance'];

export type Policy = components['schemas']['Policy'];
export type PolicyState = components['schemas']['PolicyState'];
export type PolicyTransition = components['schemas']['PolicyTransition'];
export type SiteCompliance = components['schemas']['SiteCompliance'];
export type FleetObject = components['schemas']['FleetObject'];
export type FleetSource = components['schemas']['FleetSource'];
export type PrivacyBoundary = components['schemas']['PrivacyBoundary'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditAnchors = operations['read-audit-anchors']['responses']['200']['content']['application/json'];
export type AuditQuery = NonNullable<operations['read-audit']['parameters']['query']>;

export type ComplianceState = PolicyState['state'];
export type Severity = Policy['severity'];

/** What needs looking at comes first. */
export const STATES = [
  'non-compliant',
  'unknown',
  'pending',
  'compliant',
] as const satisfies readonly ComplianceState[];

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Severity[];
