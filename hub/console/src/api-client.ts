import type { Alarm, Result, Role, Site, Summary } from './api-types';
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

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** @throws ApiError; status 0 when the hub cannot be reached */
export async function call(path: string, init: RequestInit = {}): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { accept: 'application/json', ...init.headers } });
  } catch {
    throw new ApiError(0, 'The hub cannot be reached.');
  }
  const body: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return body;
  const detail = (body as { detail?: unknown } | null)?.detail;
  throw new ApiError(response.status, typeof detail === 'string' ? detail : `The hub answered ${response.status}.`);
}

export async function readSession(): Promise<Role | null> {
  try {
    return ((await call('/api/v1/session')) as { role: Role }).role;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export async function openSession(token: string): Promise<Role> {
  const body = JSON.stringify({ token });
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
  return ((await call('/api/v1/session', init)) as { role: Role }).role;
}

export async function closeSession(): Promise<void> {
  await call('/api/v1/session', { method: 'DELETE' });
}

export async function readSites(): Promise<Site[]> {
  const sites: Site[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await call(`/api/v1/sites?limit=500${query}`)) as Page<Site>;
    sites.push(...page.items);
    cursor = page.nextCursor;
  }
  return sites;
}

export async function readOpenAlarms(): Promise<Alarm[]> {
  return ((await call('/api/v1/alarms?state=open&limit=500')) as Page<Alarm>).items;
}

export async function readSummary(since: Date): Promise<Summary> {
  return (await call(`/api/v1/summary?since=${encodeURIComponent(since.toISOString())}`)) as Summary;
}

export async function readResults(filters: ResultFilters, limit: number): Promise<Result[]> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (filters.site !== null) query.set('site', filters.site);
  if (filters.decision !== null) query.set('decision', filters.decision);
  return ((await call(`/api/v1/results?${query.toString()}`)) as Page<Result>).items;
}
