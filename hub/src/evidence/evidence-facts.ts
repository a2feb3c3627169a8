import type { Queryable } from '@hilum/runtime';
import { alarmsOpenIn, type Alarm } from '../alarms/alarm-store.js';
import { ACCESS, HUB_ROLES } from '../api/access-rule.js';
import { readAnchors, lastAnchor, type AnchorBucket } from '../audit/anchor-store.js';
import { effectiveAnchors, type Anchor } from '../audit/audit-anchor.js';
import { chainPages } from '../audit/audit-chain.js';
import { GENESIS } from '../audit/audit-entry.js';
import type { AuditKeys } from '../audit/audit-key.js';
import { walkChain, type Finding } from '../audit/chain-check.js';
import type { KnownPolicy } from '../compliance/compliance-state.js';
import { listPolicies } from '../compliance/policy-store.js';
import { policyStatesAt, type PastState } from '../compliance/transition-store.js';
import { allowedTopics, type AllowedTopic } from '../privacy/privacy-boundary.js';
import type { RetentionDays } from '../retention/retention.js';
import { coverageOf, type ClauseCoverage, type Controls } from './controls.js';
import type { EvidencePeriod } from './evidence-period.js';
import {
  countsByAction,
  modelsSeen,
  quarantineReasons,
  retentionRecord,
  segmentOf,
  violationsByPolicy,
  type ModelUse,
  type QuarantineReason,
  type RetentionRecord,
} from './evidence-store.js';
import { checkHub, type HubCheckResult } from './hub-checks.js';

/** How people and programs sign in, without a secret in it. */
export interface SignInFacts {
  /** roles that a generated token gives */
  tokenRoles: string[];
  oidc: { issuer: string; roleClaim: string; roleMap: { value: string; role: string }[] } | null;
}

/** What stands behind a pack and is not in the database. */
export interface EvidenceSources {
  anchors: AnchorBucket;
  keys: AuditKeys;
  controls: Controls;
  days: RetentionDays;
  signIn: SignInFacts;
  sessionSeconds: number;
}

/** The piece of the audit's chain that a pack holds. */
export interface ChainFacts {
  /** null: nothing was chained in the period */
  first: number | null;
  last: number | null;
  /** the hash of the row before the first, and that of the last */
  previous: string | null;
  hash: string | null;
  rows: number;
  /** rows of it up to this one are covered by an anchor in the pack */
  anchoredTo: number | null;
  finding: Finding | null;
  anchorFinding: Finding | null;
  losses: { at: string; kept: number; covered: number; why: string }[];
  countsByAction: { source: string; site: string | null; action: string; total: number }[];
}

/** Everything of a pack that is small enough to be held in memory. */
export interface EvidenceFacts {
  period: EvidencePeriod;
  coverage: ClauseCoverage[];
  checks: HubCheckResult[];
  /** policies that are reported and that no clause names */
  unmapped: string[];
  policies: KnownPolicy[];
  statesBefore: PastState[];
  statesAfter: PastState[];
  violations: Map<string, number>;
  chain: ChainFacts;
  anchors: Anchor[];
  models: ModelUse[];
  alarms: Alarm[];
  quarantine: QuarantineReason[];
  topics: AllowedTopic[];
  retention: RetentionRecord & { days: RetentionDays };
  access: { roles: readonly string[]; resources: typeof ACCESS; sessionSeconds: number; signIn: SignInFacts };
}

/** @throws StoreUnavailableError when the anchors cannot be read */
export async function gatherFacts(
  db: Queryable,
  period: EvidencePeriod,
  sources: EvidenceSources,
): Promise<EvidenceFacts> {
  const read = await readAnchors(sources.anchors, sources.keys, (await lastAnchor(db))?.number ?? 0);
  const chain = await chainFacts(db, period, read);
  const policies = await listPolicies(db);
  const statesBefore = await policyStatesAt(db, period.since);
  const statesAfter = await policyStatesAt(db, period.until);
  const violations = await violationsByPolicy(db, period);
  const quarantine = await quarantineReasons(db, period);
  const checks = checkHub({
    period,
    chain: { rows: chain.rows, finding: chain.finding ?? chain.anchorFinding },
    anchoredAt: read.anchors.map(({ at }) => at),
    auditDays: sources.days.audit,
    signIn: { hasTokens: sources.signIn.tokenRoles.length > 0, hasOidc: sources.signIn.oidc !== null },
    suspicious: suspiciousOf(quarantine),
  });
  const mapped = new Set(sources.controls.clauses.flatMap(({ policies: named }) => named));
  return {
    period,
    coverage: coverageOf(sources.controls, {
      ...{ states: statesAfter, violations, checks },
      sources: new Set(policies.map(({ source }) => source)),
    }),
    checks,
    unmapped: [...new Set(statesAfter.map(({ policy }) => policy))].filter((policy) => !mapped.has(policy)).sort(),
    policies,
    statesBefore,
    statesAfter,
    violations,
    chain,
    anchors: anchorsOf(read.anchors, period, chain),
    models: await modelsSeen(db, period),
    alarms: await alarmsOpenIn(db, period),
    quarantine,
    topics: allowedTopics(),
    retention: { days: sources.days, ...(await retentionRecord(db, period)) },
    access: {
      roles: HUB_ROLES,
      resources: ACCESS,
      sessionSeconds: sources.sessionSeconds,
      signIn: sources.signIn,
    },
  };
}

async function chainFacts(
  db: Queryable,
  period: EvidencePeriod,
  read: { anchors: Anchor[]; finding: Finding | null },
): Promise<ChainFacts> {
  const segment = await segmentOf(db, period);
  const effective = effectiveAnchors(read.anchors);
  const losses = read.anchors.flatMap(({ at, loss }) =>
    loss === null ? [] : [{ at, kept: loss.kept, covered: loss.covered, why: loss.why }],
  );
  const common = { anchorFinding: read.finding, losses, countsByAction: await countsByAction(db, segment) };
  if (segment === null) {
    const nothing = { first: null, last: null, previous: null, hash: null, rows: 0, anchoredTo: null, finding: null };
    return { ...nothing, ...common };
  }
  const previous = await previousOf(db, segment.first);
  let [rows, hash, anchoredTo]: [number, string | null, number | null] = [0, null, null];
  const finding = await walkChain(db, { position: segment.first - 1, hash: previous }, segment.last, (row) => {
    rows += 1;
    hash = row.hash;
    const anchor = effective.find(({ position }) => position === row.position);
    if (anchor === undefined) return null;
    if (anchor.hash === row.hash) anchoredTo = row.position;
    else
      return {
        kind: 'anchor-mismatch',
        position: row.position,
        id: row.id,
        detail: `anchor ${anchor.number} is of another row ${row.position}`,
      };
    return null;
  });
  return { ...segment, previous, hash, rows, anchoredTo, finding, ...common };
}

/** What the first row names as the one before it: all that follow depend on it. */
async function previousOf(db: Queryable, first: number): Promise<string> {
  if (first === 1) return GENESIS;
  for await (const [row] of chainPages(db, first - 1, first)) return row?.previous ?? GENESIS;
  return GENESIS;
}

/** Those made in the period, the last before its rows, and the first that covers all of them. */
function anchorsOf(
  anchors: readonly Anchor[],
  { since, until }: EvidencePeriod,
  { first, last }: ChainFacts,
): Anchor[] {
  const isIn = ({ at }: Anchor): boolean => Date.parse(at) >= since.getTime() && Date.parse(at) < until.getTime();
  const before = first === null ? undefined : anchors.filter(({ position }) => position < first).at(-1);
  const covering = last === null ? undefined : anchors.find(({ position }) => position >= last);
  return anchors.filter((anchor) => isIn(anchor) || anchor === before || anchor === covering);
}

function suspiciousOf(reasons: readonly QuarantineReason[]): { site: string; total: number }[] {
  const totals = new Map<string, number>();
  for (const { site, total, mayBeIdentity } of reasons)
    if (mayBeIdentity) totals.set(site, (totals.get(site) ?? 0) + total);
  return [...totals].map(([site, total]) => ({ site, total }));
}
