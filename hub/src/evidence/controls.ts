import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { FLEET_SOURCES, type FleetSource } from '../compliance/compliance-state.js';
import type { PastState } from '../compliance/transition-store.js';
import { HUB_CHECKS, type HubCheckResult } from './hub-checks.js';

const policyName = z.string().regex(/^policy-[a-z0-9]+-[a-z0-9-]+$/, 'must be policy-<subject>-<rule>');

const clause = z.strictObject({
  clause: z.string().regex(/^164\.312\([a-e]\)(\(\d\))?(\([iv]+\))?$/, 'must be a clause such as 164.312(b)'),
  title: z.string().min(1),
  standard: z.enum(['required', 'addressable']),
  nist: z.array(z.string().regex(/^[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?$/, 'must be a control such as AU-9')).min(1),
  policies: z.array(policyName),
  checks: z.array(z.enum(HUB_CHECKS)),
  evidence: z.array(z.string()),
  gap: z.string().nullable(),
});
export type Clause = z.infer<typeof clause>;

/** `policies/controls.yaml`: which policy and which evidence shows that which safeguard is held. */
export const controlsFile = z
  .strictObject({
    version: z.literal(1),
    /** which policies each source of a fleet looks at */
    reportedBy: z.record(z.enum(FLEET_SOURCES), z.array(policyName)),
    clauses: z.array(clause).min(1),
  })
  .superRefine(({ clauses, reportedBy }, context) => {
    const reported = new Set(Object.values(reportedBy).flat());
    for (const [index, one] of clauses.entries()) {
      const refuse = (path: string, message: string): void =>
        context.addIssue({ code: 'custom', path: ['clauses', index, path], message });
      if (clauses.findIndex((other) => other.clause === one.clause) !== index) refuse('clause', 'is there twice');
      if (one.policies.length + one.checks.length === 0 && one.gap === null)
        refuse('gap', 'must say so where nothing is checked');
      for (const policy of one.policies)
        if (!reported.has(policy)) refuse('policies', `${policy} is reported by nothing: name it in reportedBy`);
    }
  });
export type Controls = z.infer<typeof controlsFile>;

/** @throws Error that names the file and what is wrong in it: it is a part of the program */
export function readControls(file: URL): Controls {
  const parsed = controlsFile.safeParse(parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`HILUM_HUB_CONTROLS_INVALID: ${file.pathname}: ${problems.join('; ')}`);
}

/**
 * - `held`: everything that is checked for it is so.
 * - `violated`: something is not.
 * - `partly`: nothing is violated, but not all of what should be checked was, or something is worth a warning.
 * - `not-checked`: no automated check says anything of it.
 */
export type ClauseState = 'held' | 'violated' | 'partly' | 'not-checked';

export interface ClausePolicy {
  policy: string;
  /** false: nobody reports it, so it shows nothing */
  isReported: boolean;
  compliantAt: string[];
  /** neither compliant nor known not to be */
  unclearAt: string[];
  nonCompliantAt: string[];
  /** how often it became non-compliant somewhere in the period */
  violations: number;
}

/** A clause with what the period has to say of it. */
export interface ClauseCoverage extends Omit<Clause, 'policies' | 'checks'> {
  state: ClauseState;
  policies: ClausePolicy[];
  checks: HubCheckResult[];
}

/**
 * @param facts.states of all policies at the end of the period
 * @param facts.violations how often each policy became non-compliant in the period
 * @param facts.sources what tells of the fleet: none of their policies may be missing. Empty: nothing tells of it, and all are
 */
export function coverageOf(
  controls: Controls,
  facts: {
    states: readonly PastState[];
    violations: ReadonlyMap<string, number>;
    checks: readonly HubCheckResult[];
    sources: ReadonlySet<FleetSource>;
  },
): ClauseCoverage[] {
  const { states, violations, checks, sources } = facts;
  const wanted = new Set(FLEET_SOURCES.filter((source) => sources.size === 0 || sources.has(source)));
  const isWanted = (policy: string): boolean =>
    [...wanted].some((source) => controls.reportedBy[source].includes(policy)) ||
    states.some((state) => state.policy === policy);
  return controls.clauses.map((one) => {
    const policies = one.policies.filter(isWanted).map((policy): ClausePolicy => {
      const of = states.filter((state) => state.policy === policy);
      const sitesIn = (...wanted: string[]): string[] =>
        of.filter(({ state }) => wanted.includes(state)).map(({ site }) => site);
      return {
        policy,
        isReported: of.length > 0,
        compliantAt: sitesIn('compliant'),
        unclearAt: sitesIn('pending', 'unknown'),
        nonCompliantAt: sitesIn('non-compliant'),
        violations: violations.get(policy) ?? 0,
      };
    });
    const made = checks.filter(({ name }) => one.checks.includes(name));
    return { ...one, policies, checks: made, state: stateOf(policies, made) };
  });
}

function stateOf(policies: readonly ClausePolicy[], checks: readonly HubCheckResult[]): ClauseState {
  const isViolated =
    policies.some(({ nonCompliantAt }) => nonCompliantAt.length > 0) || checks.some(({ result }) => result === 'fail');
  if (isViolated) return 'violated';
  if (checks.length === 0 && !policies.some(({ isReported }) => isReported)) return 'not-checked';
  const isUnclear =
    policies.some(({ isReported, unclearAt }) => !isReported || unclearAt.length > 0) ||
    checks.some(({ result }) => result === 'warn');
  return isUnclear ? 'partly' : 'held';
}
