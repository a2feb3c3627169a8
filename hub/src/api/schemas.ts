import {
  DECISIONS,
  decision,
  hmacHex,
  modelReference,
  resultRecorded,
  siteHeartbeat,
  siteName,
  utcTime,
} from '@hilum/contracts';
import { z } from 'zod';
import 'zod-openapi';
import { ALARM_KINDS, ALARM_SEVERITIES } from '../alarms/alarm-rule.js';
import type { Alarm } from '../alarms/alarm-store.js';
import type { KnownAnchor } from '../audit/anchor-store.js';
import type { AnchorLoss } from '../audit/audit-anchor.js';
import { ALL_AUDIT_ACTIONS, AUDIT_SOURCES, type AuditRow } from '../audit/audit-store.js';
import { FINDING_KINDS, type Finding } from '../audit/chain-check.js';
import { EXPORT_FORMATS } from '../export/export-route.js';
import type { SiteRow } from '../fleet/fleet-store.js';
import { CLUSTER_READINGS, SITE_STATES } from '../fleet/site-state-rule.js';
import { AVAILABILITIES } from '../fleet-feed/fleet-object.js';
import type { SiteHistory } from '../fleet/site-history-store.js';
import type { TimelineEntry } from '../fleet/timeline-store.js';
import type { ResultRow } from '../ledger/result-store.js';
import type { Summary } from '../ledger/summary-store.js';
import {
  ABSENT_REASONS,
  IMAGE_STATISTICS,
  SHIFT_LEVELS,
  type ModelReport,
  type SiteJudgement,
} from '../models/model-report.js';
import { LATENCY_PARTS, SAMPLE_OF_ALL, SAMPLE_PER_SITE, type ModelVolume } from '../models/model-store.js';
import { LEAST_FEEDBACK } from '../models/small-numbers.js';
import { PSI_LEAST_RESULTS, PSI_SHIFTED, PSI_SHIFTING } from '../models/statistics/psi.js';
import type { KnownRelease } from '../releases/known-release.js';
import { RESET_REASONS } from '../stream/stream-source.js';
import { HUB_ROLES } from './access-rule.js';

// One source for three things: what queries are checked by, what answers are typed as, and what /openapi.json says.

export const count = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const decisionCounts = z.strictObject(
  Object.fromEntries(DECISIONS.map((name) => [name, count])) as Record<(typeof DECISIONS)[number], typeof count>,
);

const siteFields = {
  name: siteName,
  state: z.enum(SITE_STATES),
  stateSince: utcTime,
  lastHeartbeatAt: utcTime.nullable().describe("By the site's clock; null before the first heartbeat."),
  backlog: count.nullable().describe('Images in the intake bucket without an outcome.'),
  oldestUnscoredAgeSeconds: z.number().min(0).nullable(),
  deadLetters: count.nullable(),
  outboxPending: count.nullable().describe('Events that wait at the site to be sent here.'),
  mirrorLagSeconds: z
    .number()
    .min(0)
    .nullable()
    .describe(
      "How long the latest heartbeat was on its way: from its sending, by the site's clock, to its receipt, by the " +
        "hub's. Says nothing of a site that fell silent.",
    ),
  status: siteHeartbeat.shape.status.nullable().describe('Components of the site, as its latest heartbeat tells.'),
  missing: count.describe('Events that the site sent and that have not arrived, after a grace of 30 seconds.'),
  counts: z.strictObject({ total: count, byDecision: decisionCounts }).describe('All results ever recorded.'),
  model: modelReference.nullable(),
  appVersion: z.string().nullable(),
  cluster: z
    .strictObject({
      availability: z.enum(AVAILABILITIES).describe('Unknown as well when what tells of the fleet is not heard.'),
      since: utcTime.nullable(),
      message: z.string(),
      accepted: z.boolean(),
      joined: z.boolean(),
      reading: z
        .enum(CLUSTER_READINGS)
        .nullable()
        .describe('What the state and the availability say together; null when the latter is not known.'),
    })
    .nullable()
    .describe('What the platform says of the site’s cluster; null when it does not know it.'),
};
export const siteRow = z.strictObject(siteFields).meta({ id: 'Site' }) satisfies z.ZodType<SiteRow>;

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

const sequence = z.number().int().min(1);
export const siteDetail = z
  .strictObject({
    ...siteFields,
    firstSeenAt: utcTime.describe('When the hub first saw its topics.'),
    lastReceivedAt: utcTime.nullable().describe('When anything of it last arrived.'),
    missingRanges: z
      .array(z.strictObject({ from: sequence, to: sequence }))
      .describe('Sequences of events that did not arrive, the first 20 gaps.'),
    openAlarms: z.array(alarm),
    help: z
      .array(z.strictObject({ why: z.string(), command: z.string().describe('A line of the hilum command line.') }))
      .describe('What can be done at the site now, the first thing first; nothing when it is well.'),
  })
  .meta({ id: 'SiteDetail' });

const entryBase = { id: z.string(), site: siteName, at: utcTime.describe("By the hub's clock.") };
const alarmDetail = z.strictObject({
  alarmId: z.string(),
  kind: z.enum(ALARM_KINDS),
  severity: z.enum(ALARM_SEVERITIES),
  detail: z.string(),
});
const siteState = z.enum(SITE_STATES);
export const timelineEntry = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...entryBase, kind: z.literal('first-seen') }),
    z.strictObject({
      ...entryBase,
      kind: z.literal('state'),
      detail: z.strictObject({ from: siteState.nullable(), to: siteState }),
    }),
    z.strictObject({ ...entryBase, kind: z.enum(['alarm-opened', 'alarm-closed']), detail: alarmDetail }),
    z.strictObject({
      ...entryBase,
      kind: z.literal('model'),
      detail: z.strictObject({ from: modelReference.nullable(), to: modelReference }),
    }),
    z.strictObject({
      ...entryBase,
      kind: z.literal('app'),
      detail: z.strictObject({ from: z.string().nullable(), to: z.string() }),
    }),
  ])
  .meta({
    id: 'TimelineEntry',
    description:
      'Something that happened to a site. A gap in its events is found and filled with the alarm sequences-missing; ' +
      'the alarms site-late and site-dead are left out, since the state tells the same.',
  }) satisfies z.ZodType<TimelineEntry>;

export const siteHistory = z
  .strictObject({
    site: siteName,
    from: utcTime,
    to: utcTime,
    stepSeconds: z.number().int(),
    points: z.array(
      z.strictObject({
        at: utcTime.describe('When the stretch begins.'),
        backlog: count.nullable().describe('The most in it; null without a heartbeat, as are the next two.'),
        oldestUnscoredAgeSeconds: z.number().min(0).nullable(),
        mirrorLagSeconds: z.number().min(0).nullable(),
        total: count.describe('Results scored in it.'),
        unreadable: count,
        latencyMs: z.strictObject({ p50: latency, p95: latency }),
      }),
    ),
  })
  .meta({ id: 'SiteHistory' }) satisfies z.ZodType<SiteHistory>;

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
    position: count.nullable().describe('Its place in the chain; null for the second until it is chained.'),
    hash: sha256.nullable().describe('SHA-256 over it and the hash of the one before.'),
  })
  .meta({ id: 'AuditEntry' }) satisfies z.ZodType<AuditRow>;

const anchorLossRow = z
  .strictObject({
    kept: count.describe('The latest row that was still there.'),
    covered: count.describe('The latest row that earlier anchors cover.'),
    why: z.string(),
    acceptedBy: hmacHex.describe('Pseudonym of who took note of it.'),
  })
  .meta({ id: 'AuditLoss' }) satisfies z.ZodType<AnchorLoss>;

export const anchorRow = z
  .strictObject({
    number: count.describe('1, 2, 3 … without a gap; the object anchors/<number, nine digits>.json in the store.'),
    at: utcTime,
    first: count.describe('The oldest row that is kept: what was before has expired.'),
    position: count.describe('The latest row that it covers.'),
    hash: sha256.describe('Of that row.'),
    sha256: sha256.describe('Of the signed object in the store.'),
    keyId: z.string().describe('Whose signature it has: SHA-256 of the public key.'),
    loss: anchorLossRow.nullable().describe('Rows that were lost and taken note of.'),
  })
  .meta({ id: 'AuditAnchor' }) satisfies z.ZodType<KnownAnchor>;

const auditFinding = z
  .strictObject({
    kind: z.enum(FINDING_KINDS),
    position: count,
    id: z.string().nullable().describe('Of the row; null when there is none.'),
    detail: z.string(),
  })
  .meta({ id: 'AuditFinding' }) satisfies z.ZodType<Finding>;

export const auditChain = z
  .strictObject({
    position: count.describe('The last row of the chain.'),
    waiting: count.describe('Entries that are recorded and not chained yet.'),
    lastAnchorAt: utcTime.nullable(),
    anchoredTo: count.describe('Rows up to this one are covered by an anchor.'),
    state: z
      .enum(['unchecked', 'intact', 'broken'])
      .describe('Of the rows since the anchor before, when it was last looked at; hilum audit verify checks all.'),
    checkedAt: utcTime.nullable(),
    problem: auditFinding.nullable(),
  })
  .meta({ id: 'AuditChain' });

export const anchorsPage = z.strictObject({
  chain: auditChain,
  items: z.array(anchorRow),
  nextCursor: z.string().nullable().describe('For the next page; null on the last.'),
});

export const anchorRequest = z.strictObject({
  acceptLoss: z
    .string()
    .min(1, 'must say why rows are lost')
    .max(500, 'must have at most 500 characters')
    .optional()
    .describe('Takes note that rows which anchors cover are gone, as after a restore, and why. No patient data.'),
});

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

export const siteParameter = siteName.optional().describe('Only this site.');
export const sinceParameter = (what: string) =>
  z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 time such as 2026-05-04T12:00:00Z' })
    .optional()
    .describe(what);
export const limitParameter = z.coerce
  .number('must be a whole number from 1 to 500')
  .int('must be a whole number from 1 to 500')
  .min(1, 'must be a whole number from 1 to 500')
  .max(500, 'must be a whole number from 1 to 500')
  .default(100)
  .describe('Rows per page.');
export const cursorParameter = z.string('must be given once').optional().describe('The nextCursor of the page before.');

export const sitesQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });
export const siteDetailQuery = z.strictObject({});
export const siteTimelineQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });
export const timelineQuery = z.strictObject({ site: siteParameter, limit: limitParameter, cursor: cursorParameter });
export const siteHistoryQuery = z.strictObject({
  since: sinceParameter('Begins at this time, rounded down to a whole step; 24 hours before `until` when absent.'),
  until: sinceParameter('Ends before this time; now when absent. At most 31 days after `since`.'),
});

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

export const anchorsQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });

export const evidenceQuery = z.strictObject({
  since: sinceParameter('The period begins here; 30 days before `until` when absent.'),
  until: sinceParameter('The period ends before this time, which is not in the future; now when absent.'),
});

export const alarmsQuery = z.strictObject({
  site: siteParameter,
  state: z.enum(['open', 'closed'], 'must be open or closed').optional().describe('Only open or only closed alarms.'),
  limit: limitParameter,
  cursor: cursorParameter,
});

const share = z.number().min(0).max(1);
const number = z.number();

export const releasesQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });
export const modelsQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });
export const modelDigest = modelReference.shape.digest;
export const modelQuery = z.strictObject({
  site: siteParameter,
  since: sinceParameter('Results scored at this time or later; 7 days before `until` when absent.'),
  until: sinceParameter('Results scored before this time; now when absent.'),
});

const moments = z.strictObject({ mean: number, std: number.min(0) });
export const releaseRow = z
  .strictObject({
    name: modelReference.shape.name,
    version: modelReference.shape.version,
    digest: modelDigest.describe('Of the weights; results name their model by it.'),
    thresholds: z.strictObject({ review: share, suspected: share }),
    metrics: z.record(z.string(), z.unknown()).describe('As the release states them, on its validation images.'),
    reference: z
      .strictObject({
        probabilityHistogram: z.strictObject({ edges: z.array(share), counts: z.array(count) }).nullable(),
        imageStats: z
          .strictObject({ mean: moments, std: moments })
          .nullable()
          .describe('Of the mean and of the standard deviation of each image’s pixels (0..1), over the images.'),
        quantiles: z
          .strictObject({ probability: z.array(number), imageMean: z.array(number), imageStd: z.array(number) })
          .nullable()
          .describe('At equal steps from the least to the greatest.'),
        images: count.nullable().describe('How many images the quantiles are of.'),
      })
      .nullable()
      .describe('What the model gave for its validation images: live results are compared with it.'),
  })
  .meta({ id: 'Release' }) satisfies z.ZodType<KnownRelease>;

export const modelRow = z
  .strictObject({
    model: modelReference,
    total: count.describe('All results ever recorded.'),
    byDecision: decisionCounts,
    sites: z.array(z.strictObject({ site: siteName, total: count })),
    firstSeenAt: utcTime.describe('When the hub recorded its first result.'),
    lastSeenAt: utcTime,
    reference: z
      .enum(['quantiles', 'histogram', 'none'])
      .describe('What the release of this model can be compared by; none: drift cannot be told.'),
  })
  .meta({ id: 'ModelVolume' }) satisfies z.ZodType<ModelVolume>;

const absentReason = z.enum(ABSENT_REASONS).nullable();
const shiftLevel = z.enum(SHIFT_LEVELS).nullable();
const estimate = z
  .strictObject({ value: number.nullable(), low: number.nullable(), high: number.nullable(), reason: absentReason })
  .meta({ id: 'Estimate', description: 'With its 95 % interval; null with the reason when it is not shown.' });
const interval = z.strictObject({ value: number, low: number, high: number });
const ksTest = {
  statistic: share.describe('Greatest distance between both distribution functions.'),
  pValue: share,
  method: z.enum(['exact', 'asymptotic']),
};
const latencyPart = z.strictObject({ p50: latency, p95: latency });
const siteJudgement = z
  .strictObject({
    site: siteName.nullable().describe('Null: all sites together.'),
    total: count,
    byDecision: decisionCounts,
    distribution: z.array(count).describe('Results by probability, between the edges of the report.'),
    sampleSize: count.describe(
      `How many results tests and latencies are of: the newest ${SAMPLE_PER_SITE} of each site in the period, fewer when ` +
        `all sites together would give more than ${SAMPLE_OF_ALL}.`,
    ),
    drift: z.strictObject({
      probability: z
        .strictObject({
          level: shiftLevel,
          reason: absentReason,
          psi: number.nullable(),
          test: z.strictObject(ksTest).nullable(),
        })
        .describe(
          `Population stability index of the probabilities against the release’s; level shifting from ${PSI_SHIFTING} and ` +
            `shifted from ${PSI_SHIFTED} on, with at least ${PSI_LEAST_RESULTS} results. It moves with the share of ` +
            'patients who are ill as well.',
        ),
      images: z
        .strictObject({
          level: shiftLevel,
          reason: absentReason,
          tests: z.array(z.strictObject({ name: z.enum(IMAGE_STATISTICS), ...ksTest, adjustedPValue: share })),
        })
        .describe('Two-sample Kolmogorov–Smirnov tests on the pixels’ mean and standard deviation, Holm’s correction.'),
    }),
    latencyMs: z
      .strictObject(
        Object.fromEntries(LATENCY_PARTS.map((part) => [part, latencyPart])) as Record<
          (typeof LATENCY_PARTS)[number],
          typeof latencyPart
        >,
      )
      .describe('Where the time went, in milliseconds; total is upload to scored.'),
    feedback: z
      .strictObject({
        basis: z
          .literal('labelled-studies-only')
          .describe(
            'AUROC and calibration are of the studies that readers gave a finding on, by label or by a verdict that ' +
              'leaves one meaning; no score counts as truth. Nothing is corrected for verification bias: when readers ' +
              'look at suspected studies more often than at normal ones, as labelledShare tells, both are biased.',
          ),
        studies: count.describe('With feedback; the last word on each counts.'),
        labelled: count.describe('With a finding that says whether there is pneumonia.'),
        contradictory: count.describe('Whose verdict and label exclude each other; left out.'),
        labelledShare: z
          .strictObject({ normal: share.nullable(), review: share.nullable(), 'pneumonia-suspected': share.nullable() })
          .describe('Share of the results of each decision that have a finding; null when fewer than 10 have.'),
        agreement: estimate.describe('Share of studies whose readers agree with the decision.'),
        agreementByDecision: z.strictObject(
          Object.fromEntries(DECISIONS.map((name) => [name, estimate])) as Record<
            (typeof DECISIONS)[number],
            typeof estimate
          >,
        ),
        auroc: estimate.describe('Area under the ROC curve, DeLong’s interval on the logit scale.'),
        calibration: z.strictObject({
          reason: absentReason,
          expectedError: share.nullable().describe('Expected calibration error over ten equal bins.'),
          intercept: estimate.describe('Calibration in the large on the logit scale; 0 is right, below 0 too high.'),
          slope: estimate.describe('1 is right, below 1 too extreme.'),
          curve: z
            .array(z.strictObject({ from: share, to: share, count, meanProbability: share, observed: interval }))
            .describe(`Bins of at least ${LEAST_FEEDBACK} studies where there are enough.`),
        }),
      })
      .describe(`Numbers from fewer than ${LEAST_FEEDBACK} studies are null.`),
  })
  .meta({ id: 'SiteJudgement' }) satisfies z.ZodType<SiteJudgement>;

export const modelReport = z
  .strictObject({
    model: modelReference,
    from: utcTime,
    to: utcTime,
    thresholds: z
      .strictObject({ review: share, suspected: share })
      .nullable()
      .describe('Null when the hub does not know the release.'),
    reference: z.strictObject({
      reason: absentReason.describe('Why there is nothing, or not everything, to compare with.'),
      counts: z.array(count).nullable().describe('Validation images by probability, between the edges.'),
      images: count.nullable(),
    }),
    edges: z.array(share),
    all: siteJudgement,
    sites: z.array(siteJudgement).describe('Sites with a result in the period, by name.'),
  })
  .meta({ id: 'ModelReport' }) satisfies z.ZodType<ModelReport>;
