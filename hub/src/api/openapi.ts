import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { ACCESS, type Resource } from './access-rule.js';
import {
  alarm,
  alarmsQuery,
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

function read(
  resource: Resource,
  options: { summary: string; description?: string; query: z.ZodObject; schema: z.ZodType },
): { get: ZodOpenApiOperationObject } {
  const roles = `Roles: ${ACCESS[resource].join(', ')}.`;
  return {
    get: {
      operationId: `read-${resource}`,
      summary: options.summary,
      description: options.description === undefined ? roles : `${options.description} ${roles}`,
      requestParams: { query: options.query },
      responses: {
        '200': answer(options.schema, options.summary),
        '400': refusal('A parameter is unknown or has a bad value'),
        '401': refusal('Not signed in'),
        '403': refusal('The role may not read this'),
      },
    },
  };
}

/** The one path with a parameter in it. */
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
    version: '1.0.0',
    description:
      'The fleet as the hub sees it. Lists are newest first where they have a time; times are ISO 8601 UTC. The rows ' +
      'are a limited data set (45 CFR 164.514(e)): pseudonyms, no names, no birth or study dates, but processing times.',
  },
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
    '/api/v1/stream': {
      get: {
        operationId: 'read-stream',
        summary: 'Server-sent events as things happen',
        description:
          'Events `result` (data: Result, with an id), `site` (data: Site) and `alarm` (data: Alarm). With ' +
          'Last-Event-ID, first the results recorded after that one. Results only for roles that may read results. ' +
          `Roles: ${ACCESS.stream.join(', ')}.`,
        requestParams: {
          header: z.object({ 'Last-Event-ID': z.string().optional().describe('Id of the last result received.') }),
        },
        responses: {
          '200': { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
          '400': refusal('Last-Event-ID is not an id of this stream'),
          '401': refusal('Not signed in'),
        },
      },
    },
    '/api/v1/session': {
      post: {
        operationId: 'open-session',
        summary: 'Exchange a token for a session cookie',
        security: [],
        requestBody: { content: { 'application/json': { schema: sessionRequest } } },
        responses: {
          '201': answer(session, 'Signed in'),
          '400': refusal('The token is missing'),
          '401': refusal('The token is not known'),
        },
      },
      get: {
        operationId: 'read-session',
        summary: 'The role signed in as',
        responses: { '200': answer(session, 'Signed in'), '401': refusal('Not signed in') },
      },
      delete: {
        operationId: 'close-session',
        summary: 'Sign out',
        security: [],
        responses: { '204': { description: 'Signed out' } },
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
