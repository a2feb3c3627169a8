import { HUB_BOUND_TOPICS, policy, policyName, siteName, utcTime } from '@hilum/contracts';
import { z } from 'zod';
import 'zod-openapi';
import {
  COMPLIANCE_STATES,
  FLEET_SOURCES,
  type PolicyState,
  type PolicyTransition,
} from '../compliance/compliance-state.js';
import type { SiteCompliance } from '../compliance/compliance-overview-store.js';
import { AVAILABILITIES, FLEET_OBJECT_KINDS } from '../fleet-feed/fleet-object.js';
import type { KnownFleetObject } from '../fleet-feed/fleet-object-store.js';
import { VIEW_STATES } from '../fleet-feed/fleet.js';
import { alarm, count, cursorParameter, limitParameter, sinceParameter } from './schemas.js';

// Of policies, the fleet and the privacy boundary; see schemas.ts.

const complianceState = z.enum(COMPLIANCE_STATES);
const text = z.string();
/** A cluster may have a name that no site can have: the hub's own, for one. */
const clusterName = z
  .string('must be given once')
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be the name of a site or cluster, such as st-agnes');
const policyParameter = policyName.optional().describe('Only this policy.');
const clusterParameter = clusterName.optional().describe('Only this site or cluster.');
const paging = { limit: limitParameter, cursor: cursorParameter };

export const complianceQuery = z.strictObject({
  policy: policyParameter,
  site: clusterParameter,
  state: z
    .enum(COMPLIANCE_STATES, `must be one of ${COMPLIANCE_STATES.join(', ')}`)
    .optional()
    .describe('Only this state.'),
  ...paging,
});
export const policiesQuery = z.strictObject({
  since: sinceParameter('Time to fix of what became non-compliant at this time or later; 90 days before `until`.'),
  until: sinceParameter('Time to fix of what became non-compliant before this time; now when absent.'),
  ...paging,
});
export const siteComplianceQuery = z.strictObject(paging);
export const complianceHistoryQuery = z.strictObject({
  policy: policyParameter,
  site: clusterParameter,
  since: sinceParameter('Only what happened at this time or later.'),
  until: sinceParameter('Only what happened before this time.'),
  ...paging,
});

export const policyStateRow = z
  .strictObject({
    policy: policyName,
    site: clusterName.describe('The site, or the hub’s own cluster.'),
    state: complianceState,
    message: text,
    since: utcTime,
    observedAt: utcTime.describe('When its source last reported it.'),
  })
  .meta({ id: 'PolicyState' }) satisfies z.ZodType<PolicyState>;

const stateCounts = z.strictObject(
  Object.fromEntries(COMPLIANCE_STATES.map((state) => [state, count])) as Record<
    (typeof COMPLIANCE_STATES)[number],
    typeof count
  >,
);
const seconds = z.number().min(0).nullable();

export const policyRow = z
  .strictObject({
    ...policy.shape,
    source: z.enum(FLEET_SOURCES),
    firstSeenAt: utcTime,
    removedAt: utcTime.nullable().describe('When its source no longer had it; its history stays.'),
    counts: stateCounts.describe('Sites in each state now.'),
    timeToFix: z
      .strictObject({
        fixed: count.describe('Times that it became non-compliant in the period and is compliant again.'),
        open: count.describe('Times that it became so and is not yet, or its state is not known.'),
        medianSeconds: seconds.describe('Of those that were fixed; null without any.'),
        longestSeconds: seconds,
      })
      .describe('From becoming non-compliant to being compliant again: neither unknown nor pending ends it.'),
  })
  .meta({ id: 'Policy' });

export const siteComplianceRow = z
  .strictObject({
    site: clusterName,
    counts: stateCounts,
    states: z.array(z.strictObject({ policy: policyName, state: complianceState, since: utcTime })),
  })
  .meta({ id: 'SiteCompliance' }) satisfies z.ZodType<SiteCompliance>;

export const transitionRow = z
  .strictObject({
    id: text,
    policy: policyName,
    site: clusterName,
    template: text.nullable().describe('The part of the policy that it was of; null: the policy as a whole.'),
    from: complianceState.nullable().describe('Null: it did not apply before. As `to` when only the message changed.'),
    to: complianceState.nullable().describe('Null: it no longer applies.'),
    message: text,
    at: utcTime.describe('By the clock of where it happened.'),
    recordedAt: utcTime.describe('When the hub recorded it.'),
  })
  .meta({ id: 'PolicyTransition' }) satisfies z.ZodType<PolicyTransition>;

export const complianceChange = z
  .strictObject({ transitions: count.describe('How many were ever recorded.') })
  .meta({ id: 'ComplianceChange' });

export const fleetQuery = z.strictObject({
  kind: z
    .enum(FLEET_OBJECT_KINDS, `must be one of ${FLEET_OBJECT_KINDS.join(', ')}`)
    .optional()
    .describe('Only this kind.'),
  site: clusterParameter,
  ...paging,
});
export const fleetSourcesQuery = z.strictObject({});

const known = { source: z.enum(FLEET_SOURCES), observedAt: utcTime.describe('When the source last told of it.') };
const unplaced = { namespace: text, name: text, site: z.null(), ...known };
const flag = z.boolean().nullable();

export const fleetObject = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...{ kind: z.literal('cluster'), namespace: z.literal(''), name: text, site: text, ...known },
      ...{ accepted: z.boolean(), joined: z.boolean(), availability: z.enum(AVAILABILITIES) },
      ...{
        availabilitySince: utcTime.nullable(),
        message: text,
        clusterSet: text.nullable(),
        version: text.nullable(),
      },
    }),
    z.strictObject({
      ...{ kind: z.literal('cluster-set'), ...unplaced, namespace: z.literal(''), isEmpty: flag, message: text },
    }),
    z.strictObject({
      ...{ kind: z.literal('placement'), ...unplaced, selected: count, isSatisfied: flag, message: text },
    }),
    z.strictObject({
      ...{ kind: z.literal('placement-decision'), ...unplaced, placement: text.nullable(), clusters: z.array(text) },
    }),
    z.strictObject({
      ...{ kind: z.literal('work'), ...unplaced, site: text, isApplied: flag, isAvailable: flag },
      isCurrent: z.boolean().describe('Whether the rest is of what is wanted now.'),
      message: text,
    }),
    z.strictObject({
      ...{ kind: z.literal('work-set'), ...unplaced, total: count, applied: count, available: count },
      ...{ degraded: count, progressing: count },
    }),
    z.strictObject({
      ...{ kind: z.literal('policy-set'), ...unplaced, description: text, policies: z.array(text) },
    }),
    z.strictObject({
      ...{ kind: z.literal('application'), ...unplaced, site: text.nullable(), applicationSet: text.nullable() },
      sync: z.enum(['Synced', 'OutOfSync', 'Unknown']),
      health: z.enum(['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown']),
      ...{ revision: text.nullable(), message: text },
    }),
    z.strictObject({
      ...{ kind: z.literal('application-set'), ...unplaced, applications: count.nullable(), isUpToDate: flag },
      message: text,
    }),
  ])
  .meta({ id: 'FleetObject' }) satisfies z.ZodType<KnownFleetObject>;

export const fleetSourceRow = z
  .strictObject({
    source: z.enum(FLEET_SOURCES),
    seenAt: utcTime.nullable().describe('Until when all of it is known; null: it was never heard.'),
    isStale: z.boolean().describe('Whether its states are unknown for that.'),
    views: z
      .array(
        z.strictObject({
          kind: text,
          state: z.enum(VIEW_STATES),
          provenAt: utcTime.nullable(),
          detail: text.nullable(),
        }),
      )
      .describe('How well this replica of the hub sees each kind of object.'),
  })
  .meta({ id: 'FleetSource' });

export const privacyQuery = z.strictObject({});
export const privacyBoundary = z
  .strictObject({
    topics: z
      .array(
        z.strictObject({
          topic: z.enum(HUB_BOUND_TOPICS),
          eventType: text,
          fields: z.array(text).describe('With dots for what is inside; nothing else is accepted.'),
        }),
      )
      .describe('All that may leave a site.'),
    quarantine: z.array(
      z.strictObject({
        site: siteName,
        code: text,
        mayBeIdentity: z.boolean().describe('False only when no more than the envelope was wrong.'),
        total: count,
        firstAt: utcTime,
        lastAt: utcTime,
      }),
    ),
    alarms: z.array(alarm).describe('Open alarms of refused events.'),
  })
  .meta({ id: 'PrivacyBoundary' });
