import { siteName } from '@hilum/contracts';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { MAX_REPLAYED_RESULTS } from '../stream/stream-source.js';
import { ACCESS, type Resource } from './access-rule.js';
import { API_VERSION } from './answer.js';
import {
  complianceChange,
  complianceHistoryQuery,
  complianceQuery,
  fleetObject,
  fleetQuery,
  fleetSourceRow,
  fleetSourcesQuery,
  policiesQuery,
  policyRow,
  policyStateRow,
  privacyBoundary,
  privacyQuery,
  siteComplianceQuery,
  siteComplianceRow,
  transitionRow,
} from './compliance-schemas.js';
import {
  alarm,
  alarmsQuery,
  anchorRequest,
  anchorRow,
  anchorsPage,
  anchorsQuery,
  auditQuery,
  auditRow,
  evidenceQuery,
  modelDigest,
  modelQuery,
  modelReport,
  modelRow,
  modelsQuery,
  pageOf,
  problem,
  releaseRow,
  releasesQuery,
  resultRow,
  resultsExportQuery,
  resultsQuery,
  session,
  sessionMethods,
  sessionRequest,
  siteDetail,
  siteDetailQuery,
  siteHistory,
  siteHistoryQuery,
  siteRow,
  siteTimelineQuery,
  sitesQuery,
  streamReset,
  summary,
  summaryQuery,
  timelineEntry,
  timelineQuery,
} from './schemas.js';

const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
});
const answer = (schema: z.ZodType, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const tooMany = {
  ...refusal('Too many requests of this asker'),
  headers: z.object({
    'Retry-After': z.string().describe('Seconds.'),
    RateLimit: z.string().describe('What is left: draft-ietf-httpapi-ratelimit-headers-08.'),
  }),
};

/** What may be answered to any request for a resource that needs a role. */
const guarded: ZodOpenApiResponsesObject = {
  '401': refusal('Not signed in'),
  '403': refusal('The role may not read this'),
  default: refusal('The hub failed, or its database is away'),
};

/** Who may ask, for people in the description and for programs as an extension. */
function rolesOf(resource: Resource, description = ''): { description: string; 'x-hilum-roles': readonly string[] } {
  const roles = ACCESS[resource];
  return { description: `${description} Roles: ${roles.join(', ')}.`.trim(), 'x-hilum-roles': roles };
}

function read(
  resource: Resource,
  options: { summary: string; description?: string; query: z.ZodObject; schema: z.ZodType },
): { get: ZodOpenApiOperationObject } {
  return {
    get: {
      operationId: `read-${resource.replaceAll('/', '-')}`,
      summary: options.summary,
      ...rolesOf(resource, options.description),
      requestParams: { query: options.query },
      responses: {
        '200': {
          ...answer(options.schema, options.summary),
          headers: z.object({ ETag: z.string().describe('For If-None-Match.') }),
        },
        '304': { description: 'Unchanged since the ETag of If-None-Match' },
        '429': tooMany,
        '400': refusal('A parameter is unknown or has a bad value'),
        ...guarded,
      },
    },
  };
}

/** For browsers to go to: what becomes of it, they see on the page they are sent to. */
function navigation(
  operationId: string,
  summary: string,
  query: Record<string, z.ZodType>,
): { get: ZodOpenApiOperationObject } {
  return {
    get: {
      operationId,
      summary,
      description:
        'Only where sign-in at an identity provider is set up. A failure is told to the console as `?sign-in=`.',
      security: [],
      requestParams: { query: z.object(query) },
      responses: { '302': { description: 'Go on there' }, '404': refusal('It is not set up here') },
    },
  };
}

/** About one site; the rule of the list of them holds for it. */
function readSite(operationId: string, options: Parameters<typeof read>[1]): { get: ZodOpenApiOperationObject } {
  const { get } = read('sites', options);
  return {
    get: {
      ...get,
      operationId,
      requestParams: { query: options.query, path: z.object({ site: siteName }) },
      responses: { ...get.responses, '404': refusal('The hub has never heard of the site') },
    },
  };
}

/** The rule of the list of models holds for one of them. */
function readModel(): { get: ZodOpenApiOperationObject } {
  const { get } = read('models', {
    summary: 'A model over a period: distribution, drift, calibration, agreement and latency by site',
    description: 'What each number means, and what it cannot tell, is in docs/models.md.',
    query: modelQuery,
    schema: modelReport,
  });
  return {
    get: {
      ...get,
      operationId: 'read-model',
      requestParams: { query: modelQuery, path: z.object({ digest: modelDigest }) },
      responses: { ...get.responses, '404': refusal('No result and no release of this model is known') },
    },
  };
}

/** OpenAPI 3.1 of the whole API, from the schemas that check the queries and type the answers. */
export const openApiDocument: ReturnType<typeof createDocument> = createDocument({
  openapi: '3.1.0',
  info: {
    title: 'Hilum hub',
    version: API_VERSION,
    description:
      'The fleet as the hub sees it. Lists are newest first where they have a time; times are ISO 8601 UTC. The rows ' +
      'are a limited data set (45 CFR 164.514(e)): pseudonyms, no names, no birth or study dates, but processing times.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'The hub that this document is of' }],
  security: [{ bearer: [] }, { cookie: [] }],
  paths: {
    '/api/v1/sites': read('sites', {
      summary: 'Sites with their state, by name',
      query: sitesQuery,
      schema: pageOf(siteRow),
    }),
    '/api/v1/sites/{site}': readSite('read-site', {
      summary: 'One site with its gaps, its open alarms and what helps',
      query: siteDetailQuery,
      schema: siteDetail,
    }),
    '/api/v1/sites/{site}/timeline': readSite('read-site-timeline', {
      summary: 'What happened to a site: states, alarms, models and versions, newest first',
      query: siteTimelineQuery,
      schema: pageOf(timelineEntry),
    }),
    '/api/v1/sites/{site}/history': readSite('read-site-history', {
      summary: 'Backlog, lag, volume and latency of a site over a period, in at most 60 equal stretches',
      description: 'Of heartbeats for as long as they are kept, of results for as long as those are.',
      query: siteHistoryQuery,
      schema: siteHistory,
    }),
    '/api/v1/timeline': read('timeline', {
      summary: 'What happened to the sites, newest first',
      query: timelineQuery,
      schema: pageOf(timelineEntry),
    }),
    '/api/v1/results': read('results', {
      summary: 'Results in the order they were recorded, newest first',
      description: 'Since and until are about scoredAt, which a site may send to the hour or the day only.',
      query: resultsQuery,
      schema: pageOf(resultRow),
    }),
    '/api/v1/results/export': {
      get: {
        operationId: 'export-results',
        summary: 'All results that the filters let through, as a file, newest first',
        ...rolesOf('results/export', 'A failure on the way breaks the connection off: such a file is not whole.'),
        requestParams: { query: resultsExportQuery },
        responses: {
          '200': {
            description: 'The file',
            content: {
              'text/csv': { schema: z.string() },
              'application/vnd.apache.parquet': { schema: z.string().meta({ format: 'binary' }) },
            },
          },
          '400': refusal('A parameter is unknown or has a bad value'),
          '429': tooMany,
          ...guarded,
        },
      },
    },
    '/api/v1/summary': read('summary', {
      summary: 'Counts and latency by site over a period',
      query: summaryQuery,
      schema: summary,
    }),
    '/api/v1/alarms': read('alarms', {
      summary: 'Alarms, newest first',
      query: alarmsQuery,
      schema: pageOf(alarm),
    }),
    '/api/v1/audit': read('audit', {
      summary: 'Who saw study-level rows or changed something, at the hub and at the sites, newest first',
      description: 'Since and until are about recordedAt.',
      query: auditQuery,
      schema: pageOf(auditRow),
    }),
    '/api/v1/audit/anchors': {
      ...read('audit/anchors', {
        summary: 'How far the audit is chained, anchored and checked, and its anchors, newest first',
        query: anchorsQuery,
        schema: anchorsPage,
      }),
      post: {
        operationId: 'anchor-audit',
        summary: 'Anchor the audit now',
        ...rolesOf('audit/anchors', 'It is anchored once a day by itself.'),
        requestBody: { required: false, content: { 'application/json': { schema: anchorRequest } } },
        responses: {
          '201': answer(anchorRow, 'The anchor, durable in the store'),
          '400': refusal('The body is not of this form'),
          '409': refusal('The audit is not what it was: nothing was anchored'),
          '429': tooMany,
          '503': refusal('The store of anchors is away'),
          ...guarded,
        },
      },
    },
    '/api/v1/evidence': {
      get: {
        operationId: 'export-evidence',
        summary: 'Evidence of technical safeguards over a period, as one signed ZIP',
        ...rolesOf(
          'evidence',
          'At most 400 days. What is in it and how to verify it is in its README.txt and in docs/audit.md. A failure on ' +
            'the way breaks the connection off.',
        ),
        requestParams: { query: evidenceQuery },
        responses: {
          '200': {
            description: 'The pack',
            content: { 'application/zip': { schema: z.string().meta({ format: 'binary' }) } },
          },
          '400': refusal('A parameter is unknown or has a bad value, or the period is none'),
          '429': tooMany,
          '503': refusal('Another pack is being made, or the store of anchors is away'),
          ...guarded,
        },
      },
    },
    '/api/v1/releases': read('releases', {
      summary: 'Model releases that the hub was given, by name and newest first',
      description: 'Numbers about the models; no weights are at the hub.',
      query: releasesQuery,
      schema: pageOf(releaseRow),
    }),
    '/api/v1/models': read('models', {
      summary: 'Models by what they scored, those that came last first',
      query: modelsQuery,
      schema: pageOf(modelRow),
    }),
    '/api/v1/models/{digest}': readModel(),
    '/api/v1/compliance': read('compliance', {
      summary: 'The state of every policy at every site, by policy and site',
      description: 'A state whose source or cluster is not heard is unknown, never what it was.',
      query: complianceQuery,
      schema: pageOf(policyStateRow),
    }),
    '/api/v1/compliance/policies': read('compliance/policies', {
      summary: 'Policies with their states counted and how long it took to fix them, by name',
      query: policiesQuery,
      schema: pageOf(policyRow),
    }),
    '/api/v1/compliance/sites': read('compliance/sites', {
      summary: 'Sites with the state of every policy, those with most amiss first',
      query: siteComplianceQuery,
      schema: pageOf(siteComplianceRow),
    }),
    '/api/v1/compliance/history': read('compliance/history', {
      summary: 'What became of the states of policies, newest first',
      description: 'Since and until are about at, by the clock of where it happened.',
      query: complianceHistoryQuery,
      schema: pageOf(transitionRow),
    }),
    '/api/v1/fleet': read('fleet', {
      summary: 'Clusters, sets, placements, works and applications as the platform has them, by kind and name',
      query: fleetQuery,
      schema: pageOf(fleetObject),
    }),
    '/api/v1/fleet/sources': read('fleet/sources', {
      summary: 'What tells of the fleet, and how fresh that is',
      query: fleetSourcesQuery,
      schema: pageOf(fleetSourceRow),
    }),
    '/api/v1/privacy': read('privacy', {
      summary: 'What may leave a site, what was refused here, and where identities may have been',
      query: privacyQuery,
      schema: privacyBoundary,
    }),
    '/api/v1/stream': {
      get: {
        operationId: 'read-stream',
        summary: 'Server-sent events as things happen',
        ...rolesOf(
          'stream',
          'Events `result` (data: Result, with an id), `site` (data: Site), `alarm` (data: Alarm) and `compliance` (data: ComplianceChange: read what you show anew). With ' +
            `Last-Event-ID, first the results recorded after that one, if they are at most ${MAX_REPLAYED_RESULTS}; ` +
            'otherwise, or when the id is of no result here, `reset` (data: StreamReset): read the lists anew, ' +
            'the stream goes on with what is new. Sites and alarms are not repeated: read them on each opening.',
        ),
        requestParams: {
          header: z.object({ 'Last-Event-ID': z.string().optional().describe('Id of the last result received.') }),
        },
        responses: {
          '200': { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
          '400': refusal('Last-Event-ID is not an id of this stream'),
          ...guarded,
        },
      },
    },
    '/api/v1/session': {
      post: {
        operationId: 'open-session',
        summary: 'Exchange a token for a session cookie',
        security: [],
        requestBody: { required: true, content: { 'application/json': { schema: sessionRequest } } },
        responses: {
          '201': answer(session, 'Signed in'),
          '400': refusal('The token is missing'),
          '401': refusal('The token is not known'),
          '429': tooMany,
          default: refusal('The hub failed'),
        },
      },
      get: {
        operationId: 'read-session',
        summary: 'The role signed in as',
        responses: {
          '200': answer(session, 'Signed in'),
          '401': refusal('Not signed in'),
          default: refusal('The hub failed'),
        },
      },
      delete: {
        operationId: 'close-session',
        summary: 'Sign out',
        security: [],
        responses: { '204': { description: 'Signed out' }, default: refusal('The hub failed') },
      },
    },
    '/api/v1/session/methods': {
      get: {
        operationId: 'read-session-methods',
        summary: 'How one can sign in here',
        security: [],
        responses: { '200': answer(sessionMethods, 'The ways, the preferred one first') },
      },
    },
    '/api/v1/session/oidc': navigation('begin-oidc-session', 'Sign in at the identity provider', {
      to: z.string().optional().describe('The page of the console to come back to.'),
    }),
    '/api/v1/session/oidc/callback': navigation('return-from-oidc', 'Where the identity provider sends browsers back', {
      code: z.string().optional(),
      state: z.string().optional(),
      error: z.string().optional(),
    }),
    '/api/v1/session/oidc/end': navigation('end-oidc-session', 'Sign out at the identity provider', {}),
    '/openapi.json': {
      get: {
        operationId: 'read-openapi',
        summary: 'This document',
        security: [],
        responses: { '200': answer(z.looseObject({ openapi: z.string() }), 'OpenAPI 3.1') },
      },
    },
    '/healthz': {
      get: {
        operationId: 'read-health',
        summary: 'Whether the process lives',
        security: [],
        responses: { '200': answer(z.strictObject({ status: z.literal('alive') }), 'It does') },
      },
    },
    '/readyz': {
      get: {
        operationId: 'read-readiness',
        summary: 'Whether it should be sent work',
        security: [],
        responses: {
          '200': answer(z.strictObject({ status: z.literal('ready') }), 'It should'),
          '503': refusal('It should not; the detail says what it waits for'),
        },
      },
    },
    '/metrics': {
      get: {
        operationId: 'read-metrics',
        summary: 'Metrics in the text format of Prometheus',
        security: [],
        responses: { '200': { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
  },
  components: {
    // the events of the stream are in no answer that a schema describes
    schemas: { StreamReset: streamReset, ComplianceChange: complianceChange },
    securitySchemes: {
      bearer: {
        type: 'http',
        scheme: 'bearer',
        description: 'A generated token, or an access token (JWT) of the identity provider for this API.',
      },
      cookie: { type: 'apiKey', in: 'cookie', name: 'hilum_session' },
    },
  },
});
