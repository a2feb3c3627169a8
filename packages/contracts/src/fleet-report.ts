import { z } from 'zod';
import { utcTime } from './events/parts.js';
import { siteName } from './site-name.js';

export const COMPLIANCE_STATES = ['compliant', 'non-compliant', 'pending', 'unknown'] as const;
/**
 * - `compliant`, `non-compliant`: checked, and found so.
 * - `pending`: what the policy needs first is not there yet.
 * - `unknown`: nobody has said, or who said it is not heard any more. It is never taken for compliant.
 */
export type ComplianceState = (typeof COMPLIANCE_STATES)[number];

export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const REMEDIATIONS = ['inform', 'enforce'] as const;
export type Remediation = (typeof REMEDIATIONS)[number];

const text = z.string().max(1_000);
export const policyName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be the name of a policy, such as policy-kafka-tls-only');

/** What is demanded of clusters, and why. */
export const policy = z.strictObject({
  /** policy-<subject>-<rule> */
  name: policyName,
  title: text,
  why: text,
  severity: z.enum(SEVERITIES),
  /** such as `HIPAA Security Rule`, `NIST SP 800-53` */
  standards: z.array(text),
  categories: z.array(text),
  /** such as `164.312(b)`, `AU-2` */
  controls: z.array(text),
  remediation: z.enum(REMEDIATIONS),
  policySets: z.array(text),
});
export type Policy = z.infer<typeof policy>;

/** What the supervisor of one machine tells the hub: the same as Open Cluster Management would, as far as it applies. */
export const fleetReport = z.strictObject({
  version: z.literal(1),
  /** when the checks were made; a report that is not renewed is worth nothing after a while */
  checkedAt: utcTime,
  clusters: z.array(z.strictObject({ name: siteName, message: text, appVersion: text.nullable() })),
  policySets: z.array(z.strictObject({ name: text, description: text })),
  policies: z.array(policy),
  states: z.array(
    z.strictObject({
      policy: policyName,
      site: siteName,
      state: z.enum(COMPLIANCE_STATES),
      message: text,
      /** since when it has been so */
      since: utcTime,
    }),
  ),
});
export type FleetReport = z.infer<typeof fleetReport>;
