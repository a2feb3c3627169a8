import type { Database } from '@hilum/runtime';
import type { Express, RequestHandler } from 'express';
import type { z } from 'zod';
import { isUnchanged, pageOf, type Page } from '../api/answer.js';
import {
  complianceHistoryQuery,
  complianceQuery,
  policiesQuery,
  siteComplianceQuery,
  type policyRow,
  type policyStateRow,
  type siteComplianceRow,
  type transitionRow,
} from '../api/compliance-schemas.js';
import { decodeCursor } from '../api/cursor.js';
import { parseQuery } from '../api/parse-query.js';
import { periodOf } from '../api/period.js';
import { fleetVersion } from '../fleet-feed/fleet-source-store.js';
import { countsByPolicy, lastTransition, listSiteCompliance, noStates } from './compliance-overview-store.js';
import { listPolicyStates } from './policy-state-store.js';
import { listPolicies } from './policy-store.js';
import { timeToFix, type TimeToFix } from './time-to-fix-store.js';
import { listTransitions } from './transition-store.js';

const DEFAULT_PERIOD_MS = 90 * 86_400_000;
const FIXES_KEPT_MS = 60_000;

type ComplianceResource = 'compliance' | 'compliance/policies' | 'compliance/sites' | 'compliance/history';

/** `/api/v1/compliance` and what is below it. */
export function addComplianceRoutes(
  app: Express,
  options: { database: Database; allow: (resource: ComplianceResource) => RequestHandler; now: () => number },
): void {
  const { database, allow, now } = options;
  /** Of all that these answers are made from: what is told, and what the hub itself judged of it. */
  const version = async (): Promise<string> => `${await fleetVersion(database)}-${await lastTransition(database)}`;

  let lastFixes: { key: string; at: number; fixes: TimeToFix[] } | null = null;
  /**
   * Read anew when something was recorded: it looks at every transition, and a page that is open asks again and again.
   * @param asked the period as it was asked for; one that goes by the clock is not read anew for a minute
   */
  const fixesOf = async (from: number, to: number, asked: string): Promise<TimeToFix[]> => {
    const key = `${await lastTransition(database)} ${asked}`;
    const at = now();
    if (lastFixes?.key === key && Math.abs(at - lastFixes.at) < FIXES_KEPT_MS) return lastFixes.fixes;
    const fixes = await timeToFix(database, new Date(from), new Date(to));
    lastFixes = { key, at, fixes };
    return fixes;
  };

  app.get('/api/v1/compliance', allow('compliance'), async (request, response) => {
    const { limit, cursor, ...filter } = parseQuery(complianceQuery, request);
    const [policy, site = ''] = decodeCursor(cursor, /^[a-z0-9.-]{1,253} [a-z0-9.-]{1,253}$/)?.split(' ') ?? [];
    if (isUnchanged(request, response, await version())) return;
    const after = policy === undefined ? undefined : { policy, site };
    const states = await listPolicyStates(database, filter, { after, limit: limit + 1 });
    const answer: Page<z.infer<typeof policyStateRow>> = pageOf(states, limit, (row) => `${row.policy} ${row.site}`);
    response.json(answer);
  });

  app.get('/api/v1/compliance/policies', allow('compliance/policies'), async (request, response) => {
    const { limit, cursor, since, until } = parseQuery(policiesQuery, request);
    const after = decodeCursor(cursor, /^[a-z0-9.-]{1,253}$/);
    const { from, to } = periodOf({ since, until }, now(), DEFAULT_PERIOD_MS);
    const [policies, counts, fixes] = await Promise.all([
      listPolicies(database),
      countsByPolicy(database),
      fixesOf(from, to, `${since ?? ''} ${until ?? ''}`),
    ]);
    const rows = policies
      .filter(({ name }) => after === undefined || name > after)
      .slice(0, limit + 1)
      .map((policy): z.infer<typeof policyRow> => {
        const { fixed, open, medianSeconds, longestSeconds } = fixes.find((one) => one.policy === policy.name) ?? {
          ...{ fixed: 0, open: 0, medianSeconds: null, longestSeconds: null },
        };
        return {
          ...policy,
          counts: counts.get(policy.name) ?? noStates(),
          timeToFix: { fixed, open, medianSeconds, longestSeconds },
        };
      });
    response.json(pageOf(rows, limit, ({ name }) => name));
  });

  app.get('/api/v1/compliance/sites', allow('compliance/sites'), async (request, response) => {
    const { limit, cursor } = parseQuery(siteComplianceQuery, request);
    const place = decodeCursor(cursor, /^\d{1,9} \d{1,9} \d{1,9} [a-z0-9.-]{1,253}$/)?.split(' ');
    if (isUnchanged(request, response, await version())) return;
    const after =
      place === undefined
        ? undefined
        : {
            ...{ nonCompliant: Number(place[0]), unknown: Number(place[1]), pending: Number(place[2]) },
            site: place[3] ?? '',
          };
    const sites = await listSiteCompliance(database, { after, limit: limit + 1 });
    const answer: Page<z.infer<typeof siteComplianceRow>> = pageOf(
      sites,
      limit,
      ({ counts, site }) => `${counts['non-compliant']} ${counts.unknown} ${counts.pending} ${site}`,
    );
    response.json(answer);
  });

  app.get('/api/v1/compliance/history', allow('compliance/history'), async (request, response) => {
    const { limit, cursor, ...filter } = parseQuery(complianceHistoryQuery, request);
    const [atMs, id] = decodeCursor(cursor, /^-?\d{1,15} \d{1,15}$/)?.split(' ') ?? [];
    if (isUnchanged(request, response, await version())) return;
    const after = atMs === undefined ? undefined : { atMs: Number(atMs), id: Number(id) };
    const transitions = await listTransitions(database, filter, { after, limit: limit + 1 });
    const answer: Page<z.infer<typeof transitionRow>> = pageOf(
      transitions,
      limit,
      (row) => `${Date.parse(row.at)} ${row.id}`,
    );
    response.json(answer);
  });
}
