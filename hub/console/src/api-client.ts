import createClient, { type ClientOptions } from 'openapi-fetch';
import type { paths } from './api-schema';
import type {
  Alarm,
  Result,
  Session,
  SessionMethod,
  Site,
  SiteDetail,
  SiteHistory,
  Summary,
  TimelineEntry,
} from './api-types';
import type { ResultFilters } from './result-filters';

/** The hub refused or failed; `message` is for the person in front of the page. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

const LARGEST_PAGE = 500;

const fetchOrTell: ClientOptions['fetch'] = async (request) => {
  try {
    return await fetch(request);
  } catch {
    throw new ApiError(0, 'The hub cannot be reached.');
  }
};

/** Knows every path, parameter and answer of the hub by its OpenAPI document. */
export const api = createClient<paths>({ fetch: fetchOrTell, headers: { accept: 'application/json' } });

/** @throws ApiError when the hub refused or failed */
export function dataOf<Data>(answer: { data?: Data; error?: unknown; response: Response }): Data {
  const { data, error, response } = answer;
  if (response.ok) return data as Data;
  const detail = (error as { detail?: unknown } | null)?.detail;
  throw new ApiError(response.status, typeof detail === 'string' ? detail : `The hub answered ${response.status}.`);
}

export async function readSession(): Promise<Session | null> {
  const answer = await api.GET('/api/v1/session');
  return answer.response.status === 401 ? null : dataOf(answer);
}

export async function readSessionMethods(): Promise<readonly SessionMethod[]> {
  return dataOf(await api.GET('/api/v1/session/methods')).methods;
}

export async function openSession(token: string): Promise<Session> {
  return dataOf(await api.POST('/api/v1/session', { body: { token } }));
}

export async function closeSession(): Promise<void> {
  dataOf(await api.DELETE('/api/v1/session'));
}

/** Every row of a list, page by page. */
export async function allPages<Row>(
  page: (at: { limit: number; cursor?: string }) => Promise<{ items: Row[]; nextCursor: string | null }>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const { items, nextCursor }: { items: Row[]; nextCursor: string | null } = await page({
      limit: LARGEST_PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    rows.push(...items);
    cursor = nextCursor;
  } while (cursor !== null);
  return rows;
}

export function readSites(): Promise<Site[]> {
  return allPages(async (at) => dataOf(await api.GET('/api/v1/sites', { params: { query: at } })));
}

/** @throws ApiError; 404 when the hub has never heard of it */
export async function readSite(site: string): Promise<SiteDetail> {
  return dataOf(await api.GET('/api/v1/sites/{site}', { params: { path: { site } } }));
}

export async function readSiteHistory(site: string, since: string): Promise<SiteHistory> {
  return dataOf(await api.GET('/api/v1/sites/{site}/history', { params: { path: { site }, query: { since } } }));
}

interface TimelinePage {
  items: TimelineEntry[];
  nextCursor: string | null;
}

/** Newest first. @param site null: of all sites */
export async function readTimeline(site: string | null, limit: number, cursor?: string): Promise<TimelinePage> {
  const query = { limit, ...(site === null ? {} : { site }), ...(cursor === undefined ? {} : { cursor }) };
  return dataOf(await api.GET('/api/v1/timeline', { params: { query } }));
}

export function readOpenAlarms(): Promise<Alarm[]> {
  return allPages(async (at) =>
    dataOf(await api.GET('/api/v1/alarms', { params: { query: { state: 'open', ...at } } })),
  );
}

export async function readSummary(since: Date): Promise<Summary> {
  return dataOf(await api.GET('/api/v1/summary', { params: { query: { since: since.toISOString() } } }));
}

export async function readResults(filters: ResultFilters, limit: number): Promise<Result[]> {
  const query = { limit, ...queryOf(filters) };
  return dataOf(await api.GET('/api/v1/results', { params: { query } })).items;
}

/** Only what is filtered by: the hub refuses an empty value. */
function queryOf({ site, decision }: ResultFilters) {
  return { ...(site === null ? {} : { site }), ...(decision === null ? {} : { decision }) };
}
