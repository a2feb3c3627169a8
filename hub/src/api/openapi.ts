import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { ACCESS, type Resource } from './access-rule.js';
import {
  alarm,
  alarmsQuery,
  auditQuery,
  auditRow,
  pageOf,
  problem,
  resultRow,
  resultsQuery,
  session,
  sessionRequest,
  siteRow,
  sitesQuery,
  summary,
  summaryQuery,
} from './schemas.js';

const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
});
const answer = (schema: z.ZodType, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

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
      operationId: `read-${resource}`,
      summary: options.summary,
      ...rolesOf(resource, options.description),
      requestParams: { query: options.query },
      responses: {
        '200': answer(options.schema, options.summary),
        '400': refusal('A parameter is unknown or has a bad value'),
        ...guarded,
      },
    },
  };
}

/** OpenAPI 3.1 of the whole API, from the schemas that check the queries and type the answers. */
export const openApiDocument: ReturnType<typeof createDocument> = createDocument({
  openapi: '3.1.0',
  info: {
    title: 'Hilum hub',
    version: '1.0.0',
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
    '/api/v1/results': read('results', {
      summary: 'Results in the order they were recorded, newest first',
      description: 'Since and until are about scoredAt, which a site may send to the hour or the day only.',
      query: resultsQuery,
      schema: pageOf(resultRow),
    }),
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
    '/api/v1/stream': {
      get: {
        operationId: 'read-stream',
        summary: 'Server-sent events as things happen',
        ...rolesOf(
          'stream',
          'Events `result` (data: Result, with an id), `site` (data: Site) and `alarm` (data: Alarm). With ' +
            'Last-Event-ID, first the results recorded after that one.',
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
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      cookie: { type: 'apiKey', in: 'cookie', name: 'hilum_session' },
    },
  },
});
