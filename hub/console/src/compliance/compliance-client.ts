import { allPages, api, dataOf } from '../api-client';
import type {
  AuditAnchors,
  AuditEntry,
  AuditQuery,
  FleetObject,
  FleetSource,
  Policy,
  PolicyState,
  PolicyTransition,
  PrivacyBoundary,
  SiteCompliance,
} from './compliance-types';
import { beginOfDay, type AuditFilters } from './compliance-view';

/** The newest of a longer list. */
const HISTORY_SHOWN = 200;
const AUDIT_SHOWN = 200;
const ANCHORS_SHOWN = 100;

/** @throws ApiError, as all below */
export function readPolicies(): Promise<Policy[]> {
  return allPages(async (at) => dataOf(await api.GET('/api/v1/compliance/policies', { params: { query: at } })));
}

export async function readSources(): Promise<FleetSource[]> {
  return dataOf(await api.GET('/api/v1/fleet/sources')).items;
}

/** What the platform has of clusters and of what it brings to them. */
export async function readFleetObjects(): Promise<FleetObject[]> {
  const objects = await allPages(async (at) => dataOf(await api.GET('/api/v1/fleet', { params: { query: at } })));
  // the client's types leave out what is always null
  return objects as FleetObject[];
}

export function readStatesOf(filter: { policy: string } | { site: string }): Promise<PolicyState[]> {
  return allPages(async (at) =>
    dataOf(await api.GET('/api/v1/compliance', { params: { query: { ...filter, ...at } } })),
  );
}

export function readSiteCompliance(): Promise<SiteCompliance[]> {
  return allPages(async (at) => dataOf(await api.GET('/api/v1/compliance/sites', { params: { query: at } })));
}

export async function readHistory(filter: { policy: string } | { site: string }): Promise<PolicyTransition[]> {
  const query = { ...filter, limit: HISTORY_SHOWN };
  return dataOf(await api.GET('/api/v1/compliance/history', { params: { query } })).items;
}

export async function readPrivacy(): Promise<PrivacyBoundary> {
  return dataOf(await api.GET('/api/v1/privacy'));
}

export async function readAudit(filters: AuditFilters): Promise<{ items: AuditEntry[]; hasMore: boolean }> {
  const { source, site, role, action, from, to } = filters;
  const query: AuditQuery = {
    limit: AUDIT_SHOWN,
    ...(source === null ? {} : { source }),
    ...(site === null ? {} : { site }),
    ...(role === null ? {} : { role }),
    // the hub refuses one that it does not know, and says which there are
    ...(action === null ? {} : { action: action as NonNullable<AuditQuery['action']> }),
    ...(from === null ? {} : { since: beginOfDay(from) }),
    ...(to === null ? {} : { until: beginOfDay(to, 1) }),
  };
  const { items, nextCursor } = dataOf(await api.GET('/api/v1/audit', { params: { query } }));
  return { items, hasMore: nextCursor !== null };
}

/** The newest anchors, and how far the audit is chained and anchored. */
export async function readAnchors(): Promise<AuditAnchors> {
  return dataOf(await api.GET('/api/v1/audit/anchors', { params: { query: { limit: ANCHORS_SHOWN } } }));
}
