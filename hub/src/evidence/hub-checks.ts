import { SESSION_SECONDS } from '@hilum/runtime';
import type { Finding } from '../audit/chain-check.js';
import type { EvidencePeriod } from './evidence-period.js';

export const HUB_CHECKS = [
  'check-audit-chain',
  'check-audit-anchored',
  'check-audit-retention',
  'check-session-logoff',
  'check-sign-in-personal',
  'check-privacy-boundary',
] as const;
export type HubCheck = (typeof HUB_CHECKS)[number];

/** As in OpenReports: warn is what does not hold and is not demanded either. */
export type CheckResult = 'pass' | 'warn' | 'fail';

export interface HubCheckResult {
  name: HubCheck;
  title: string;
  result: CheckResult;
  /** in one sentence, for people; no patient data */
  detail: string;
}

const DAY_MS = 86_400_000;
const SIX_YEARS_DAYS = 2_192;
/** A working shift. */
const LONGEST_SESSION_HOURS = 8;

export interface HubCheckFacts {
  period: EvidencePeriod;
  chain: { rows: number; finding: Finding | null };
  /** when anchors were made, ISO 8601 UTC, in any order: those of the period and the first there ever was */
  anchoredAt: readonly string[];
  auditDays: number;
  signIn: { hasTokens: boolean; hasOidc: boolean };
  /** events of the period that may hold an identity and were refused */
  suspicious: { site: string; total: number }[];
}

/** What the hub can say of itself. Each is checked; none is only stated. */
export function checkHub(facts: HubCheckFacts): HubCheckResult[] {
  const { chain, auditDays, signIn, suspicious } = facts;
  const lost = daysWithoutAnchor(facts);
  const hours = SESSION_SECONDS / 3_600;
  return [
    {
      name: 'check-audit-chain',
      title: 'Every row of the audit in the period is what it was when it was recorded',
      result: chain.finding === null ? 'pass' : 'fail',
      detail: chain.finding?.detail ?? `${chain.rows} rows, each chained onto the one before`,
    },
    {
      name: 'check-audit-anchored',
      title: 'The audit was anchored on every day of the period',
      result: lost.length === 0 ? 'pass' : 'fail',
      detail:
        facts.anchoredAt.length === 0
          ? 'it was never anchored'
          : lost.length === 0
            ? 'on every whole day since the first anchor'
            : `not on ${lost.length} day(s): ${lost.slice(0, 10).join(', ')}${lost.length > 10 ? ' …' : ''}`,
    },
    {
      name: 'check-audit-retention',
      title: 'The audit is kept for six years',
      result: auditDays >= SIX_YEARS_DAYS ? 'pass' : 'fail',
      detail: `HILUM_HUB_AUDIT_DAYS is ${auditDays}; six years are ${SIX_YEARS_DAYS}`,
    },
    {
      name: 'check-session-logoff',
      title: 'Sessions end by themselves',
      result: hours <= LONGEST_SESSION_HOURS ? 'pass' : 'fail',
      detail: `after ${hours} hours, used or not`,
    },
    {
      name: 'check-sign-in-personal',
      title: 'People sign in as themselves',
      result: !signIn.hasOidc ? 'fail' : signIn.hasTokens ? 'warn' : 'pass',
      detail: !signIn.hasOidc
        ? 'there is no sign-in by OpenID Connect; generated tokens name a role, not a person'
        : signIn.hasTokens
          ? 'by OpenID Connect, and beside it by generated tokens, which name a role and not a person'
          : 'by OpenID Connect alone',
    },
    {
      name: 'check-privacy-boundary',
      title: 'Nothing arrived that may hold an identity',
      result: suspicious.length === 0 ? 'pass' : 'fail',
      detail:
        suspicious.length === 0
          ? 'no event of the period was refused for that'
          : `refused and not stored: ${suspicious.map(({ site, total }) => `${total} of ${site}`).join(', ')}`,
    },
  ];
}

/** Whole days of the period, in UTC, from that of the first anchor on. */
function daysWithoutAnchor({ period, anchoredAt }: HubCheckFacts): string[] {
  const days = new Set(anchoredAt.map((at) => at.slice(0, 10)));
  const [first] = [...days].sort();
  const missing: string[] = [];
  for (
    let day = Math.ceil(period.since.getTime() / DAY_MS) * DAY_MS;
    day + DAY_MS <= period.until.getTime();
    day += DAY_MS
  ) {
    const name = new Date(day).toISOString().slice(0, 10);
    if ((first === undefined || name >= first) && !days.has(name)) missing.push(name);
  }
  // of a period without a whole day too
  return first === undefined && missing.length === 0 ? [period.until.toISOString().slice(0, 10)] : missing;
}
