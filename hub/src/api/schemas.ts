import { DECISIONS, decision, hmacHex, modelReference, resultRecorded, siteName, utcTime } from '@hilum/contracts';
import { z } from 'zod';
import 'zod-openapi';
import { ALARM_KINDS, ALARM_SEVERITIES } from '../alarms/alarm-rule.js';
import type { Alarm } from '../alarms/alarm-store.js';
import { ALL_AUDIT_ACTIONS, AUDIT_SOURCES, type AuditRow } from '../audit/audit-store.js';
import { EXPORT_FORMATS } from '../export/export-route.js';
import type { SiteRow } from '../fleet/fleet-store.js';
import { SITE_STATES } from '../fleet/site-state-rule.js';
import type { ResultRow } from '../ledger/result-store.js';
import type { Summary } from '../ledger/summary-store.js';
import { RESET_REASONS } from '../stream/stream-source.js';
import { HUB_ROLES } from './access-rule.js';

// One source for three things: what queries are checked by, what answers are typed as, and what /openapi.json says.

const count = z.number().int().min(0);
const decisionCounts = z.strictObject(
  Object.fromEntries(DECISIONS.map((name) => [name, count])) as Record<(typeof DECISIONS)[number], typeof count>,
);

export const siteRow = z
  .strictObject({
    name: siteName,
    state: z.enum(SITE_STATES),
    stateSince: utcTime,
    lastHeartbeatAt: utcTime.nullable().describe("By the site's clock; null before the first heartbeat."),
    backlog: count.nullable().describe('Images in the intake bucket without an outcome.'),
    oldestUnscoredAgeSeconds: z.number().min(0).nullable(),
    deadLetters: count.nullable(),
    missing: count.describe('Events that the site sent and that have not arrived, after a grace of 30 seconds.'),
    counts: z.strictObject({ total: count, byDecision: decisionCounts }).describe('All results ever recorded.'),
    model: modelReference.nullable(),
    appVersion: z.string().nullable(),
  })
  .meta({ id: 'Site' }) satisfies z.ZodType<SiteRow>;

export const resultRow = z
  .strictObject({
    id: z.string(),
    receivedAt: utcTime.describe('When the hub recorded it.'),
    traceId: z.string().nullable().describe('W3C trace id of the image, from the upload on.'),
    ...resultRecorded.shape,
  })
  .meta({ id: 'Result' }) satisfies z.ZodType<ResultRow>;

const latency = z.number().nullable();
export const summary = z
  .strictObject({
    from: utcTime,
    to: utcTime,
    total: count,
    byDecision: decisionCounts,
    sites: z.array(
      z.strictObject({
        site: siteName,
        total: count,
        byDecision: decisionCounts,
        latencyMs: z
          .strictObject({ p50: latency, p95: latency })
          .describe('Upload to scored, in milliseconds; null without results.'),
      }),
    ),
  })
  .meta({ id: 'Summary' }) satisfies z.ZodType<Summary>;

export const alarm = z
  .strictObject({
    id: z.string(),
    site: siteName,
    kind: z.enum(ALARM_KINDS),
    severity: z.enum(ALARM_SEVERITIES),
    since: utcTime,
    lastSeenAt: utcTime,
    closedAt: utcTime.nullable(),
    detail: z.string(),
  })
  .meta({ id: 'Alarm' }) satisfies z.ZodType<Alarm>;

export const auditRow = z
  .strictObject({
    id: z.string(),
    source: z.enum(AUDIT_SOURCES).describe('Where it happened: here, or at a site that reported it.'),
    site: siteName.nullable(),
    actorRole: z.string().nullable().describe('Null for somebody unknown whose sign-in was refused.'),
    actorPseudonym: hmacHex.nullable(),
    action: z.string(),
    subjectPseudonym: hmacHex.nullable().describe('At a site: the study.'),
    query: z.record(z.string(), z.string()).nullable().describe('At the hub: what was asked for.'),
    at: utcTime.describe('By the clock of where it happened.'),
    recordedAt: utcTime.describe('When the hub recorded it.'),
  })
  .meta({ id: 'AuditEntry' }) satisfies z.ZodType<AuditRow>;

export const streamReset = z
  .strictObject({ reason: z.enum(RESET_REASONS).describe('The id is too far back, or of no result here.') })
  .meta({ id: 'StreamReset' });

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('For the next page; null on the last.'),
  });
}

export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string().describe('Names the field and the fix.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

export const sessionRequest = z.strictObject({ token: z.string() });
const sessionMethod = z.enum(['token', 'oidc']);
export const session = z
  .strictObject({ role: z.enum(HUB_ROLES), method: sessionMethod.describe('How the session was opened.') })
  .meta({ id: 'Session' });
export const sessionMethods = z.strictObject({ methods: z.array(sessionMethod) }).meta({ id: 'SessionMethods' });

const siteParameter = siteName.optional().describe('Only this site.');
const sinceParameter = (what: string) =>
  z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 time such as 2026-05-04T12:00:00Z' })
    .optional()
    .describe(what);
const limitParameter = z.coerce
  .number('must be a whole number from 1 to 500')
  .int('must be a whole number from 1 to 500')
  .min(1, 'must be a whole number from 1 to 500')
  .max(500, 'must be a whole number from 1 to 500')
  .default(100)
  .describe('Rows per page.');
const cursorParameter = z.string('must be given once').optional().describe('The nextCursor of the page before.');

export const sitesQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });

const resultFilters = {
  site: siteParameter,
  decision: decision.optional().describe('Only this decision.'),
  model: z
    .string('must be given once')
    .regex(
      /^(sha256:[0-9a-f]{64}|[a-z0-9][a-z0-9-]{0,62}(@[0-9A-Za-z.-]{1,64})?)$/,
      'must be a name, name@version, or the digest sha256:…',
    )
    .optional()
    .describe("Only this model: its name, name@version, or the weights' digest."),
  since: sinceParameter('Only results scored at this time or later.'),
  until: sinceParameter('Only results scored before this time.'),
};

export const resultsQuery = z.strictObject({ ...resultFilters, limit: limitParameter, cursor: cursorParameter });

export const resultsExportQuery = z.strictObject({
  format: z
    .enum(EXPORT_FORMATS, `must be ${EXPORT_FORMATS.join(' or ')}`)
    .default('csv')
    .describe('CSV as of RFC 4180 with names such as model.version, or Apache Parquet with the groups of the rows.'),
  ...resultFilters,
});

export const summaryQuery = z.strictObject({
  since: sinceParameter('Results scored at this time or later; 24 hours before `until` when absent.'),
  until: sinceParameter('Results scored before this time; now when absent.'),
});

export const auditQuery = z.strictObject({
  source: z.enum(AUDIT_SOURCES, 'must be hub or site').optional().describe('Only what happened there.'),
  site: siteParameter,
  role: z
    .string('must be given once')
    .regex(/^[a-z-]{1,40}$/, 'must be a role such as compliance or staff')
    .optional()
    .describe('Only what was done in this role.'),
  actor: hmacHex.optional().describe('Only what was done by this pseudonym.'),
  action: z
    .enum(ALL_AUDIT_ACTIONS, `must be one of ${ALL_AUDIT_ACTIONS.join(', ')}`)
    .optional()
    .describe('Only this action.'),
  since: sinceParameter('Only what was recorded at this time or later.'),
  until: sinceParameter('Only what was recorded before this time.'),
  limit: limitParameter,
  cursor: cursorParameter,
});

export const alarmsQuery = z.strictObject({
  site: siteParameter,
  state: z.enum(['open', 'closed'], 'must be open or closed').optional().describe('Only open or only closed alarms.'),
  limit: limitParameter,
  cursor: cursorParameter,
});
