import type { Role } from '../api-types';
import {
  AUDIT_ROLES,
  COMPLIANCE_ROLES,
  STATES,
  type ComplianceState,
  type Policy,
  type PolicyState,
  type SiteCompliance,
} from './compliance-types';
import { DELIVERY_KINDS, DELIVERY_STATES, type DeliveryFilter } from './delivery/delivery-view';

/** What the address says is shown: a link shows what its sender saw. */
export type ComplianceView =
  | { kind: 'policies'; search: string; state: ComplianceState | null }
  | { kind: 'policy'; policy: string; search: string; state: ComplianceState | null }
  | { kind: 'sites'; search: string; state: ComplianceState | null }
  | { kind: 'site'; site: string }
  | { kind: 'delivery'; filter: DeliveryFilter }
  | { kind: 'privacy' }
  | { kind: 'audit'; filters: AuditFilters }
  /** null: the usual period */
  | { kind: 'evidence'; from: string | null; to: string | null };

export interface AuditFilters {
  source: 'hub' | 'site' | null;
  site: string | null;
  role: string | null;
  action: string | null;
  /** a day in the viewer's time zone, YYYY-MM-DD */
  from: string | null;
  /** the last day that is shown */
  to: string | null;
}

export const NO_AUDIT_FILTERS: AuditFilters = {
  ...{ source: null, site: null, role: null, action: null, from: null, to: null },
};

export const NO_DELIVERY_FILTER: DeliveryFilter = { search: '', kind: null, state: null };

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const ROLE = /^[a-z-]{1,40}$/;
const ACTION = /^[a-z]+(\.[a-z-]+)+$/;

export function viewOf(path: string, search: string): ComplianceView {
  const query = new URLSearchParams(search);
  const [, , section = '', name = ''] = path.split('/');
  const state = STATES.find((known) => known === query.get('state')) ?? null;
  const text = query.get('q') ?? '';
  // as the hub would refuse any other
  const conforming = (key: string, form: RegExp): string | null => {
    const value = query.get(key);
    return value !== null && form.test(value) ? value : null;
  };
  if (section === 'policies' && NAME.test(name)) return { kind: 'policy', policy: name, search: text, state };
  if (section === 'sites')
    return NAME.test(name) ? { kind: 'site', site: name } : { kind: 'sites', search: text, state };
  if (section === 'delivery')
    return {
      kind: 'delivery',
      filter: {
        search: text,
        kind: DELIVERY_KINDS.find((known) => known === query.get('kind')) ?? null,
        state: DELIVERY_STATES.find((known) => known === query.get('state')) ?? null,
      },
    };
  if (section === 'privacy') return { kind: 'privacy' };
  if (section === 'evidence') return { kind: 'evidence', from: conforming('from', DAY), to: conforming('to', DAY) };
  if (section === 'audit') {
    const source = query.get('source');
    return {
      kind: 'audit',
      filters: {
        source: source === 'hub' || source === 'site' ? source : null,
        site: conforming('site', /^[a-z0-9-]{1,40}$/),
        role: conforming('role', ROLE),
        action: conforming('action', ACTION),
        from: conforming('from', DAY),
        to: conforming('to', DAY),
      },
    };
  }
  return { kind: 'policies', search: text, state };
}

/** The address of a view; what is the usual is left out. */
export function addressOf(view: ComplianceView): string {
  const query = new URLSearchParams();
  if ('search' in view && view.search !== '') query.set('q', view.search);
  if ('state' in view && view.state !== null) query.set('state', view.state);
  if (view.kind === 'delivery') {
    if (view.filter.search !== '') query.set('q', view.filter.search);
    for (const key of ['kind', 'state'] as const) {
      const wanted = view.filter[key];
      if (wanted !== null) query.set(key, wanted);
    }
  }
  if (view.kind === 'audit')
    for (const [key, value] of Object.entries(view.filters) as [string, string | null][])
      if (value !== null) query.set(key, value);
  if (view.kind === 'evidence')
    for (const key of ['from', 'to'] as const) {
      const day = view[key];
      if (day !== null) query.set(key, day);
    }
  const path = pathOf(view);
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

function pathOf(view: ComplianceView): string {
  switch (view.kind) {
    case 'policies':
      return '/compliance';
    case 'policy':
      return `/compliance/policies/${view.policy}`;
    case 'sites':
      return '/compliance/sites';
    case 'site':
      return `/compliance/sites/${view.site}`;
    case 'delivery':
      return '/compliance/delivery';
    case 'privacy':
      return '/compliance/privacy';
    case 'audit':
      return '/compliance/audit';
    case 'evidence':
      return '/compliance/evidence';
  }
}

/** Whom a page is for, as the hub has it; null when it is for everyone. */
export function audienceOf(kind: ComplianceView['kind']): { what: string; roles: readonly Role[] } | null {
  switch (kind) {
    case 'policies':
    case 'policy':
    case 'sites':
    case 'site':
      return { what: 'Policies are', roles: COMPLIANCE_ROLES };
    case 'delivery':
      return { what: 'Delivery is', roles: COMPLIANCE_ROLES };
    case 'privacy':
      return null;
    case 'audit':
      return { what: 'The audit is', roles: AUDIT_ROLES };
    case 'evidence':
      return { what: 'Evidence is', roles: AUDIT_ROLES };
  }
}

const rank = (state: ComplianceState): number => STATES.indexOf(state);
const SEVERITY_WEIGHT = { critical: 0, high: 1, medium: 2, low: 3 } as const;

/** The worst state in which a policy is anywhere; null when it applies nowhere. */
export function worstOf({ counts }: Pick<Policy, 'counts'>): ComplianceState | null {
  return STATES.find((state) => counts[state] > 0) ?? null;
}

/**
 * Policies whose name, title, standard, category, control or set contains the text, and that are in the state somewhere:
 * those with most amiss first, then the gravest.
 */
export function policiesShown(
  policies: readonly Policy[],
  { search, state }: { search: string; state: ComplianceState | null },
): Policy[] {
  const wanted = search.trim().toLowerCase();
  const worst = (policy: Policy): number => {
    const found = worstOf(policy);
    return found === null ? STATES.length : rank(found);
  };
  return policies
    .filter(({ removedAt }) => removedAt === null)
    .filter(({ counts }) => state === null || counts[state] > 0)
    .filter(({ name, title, standards, categories, controls, policySets }) =>
      [name, title, ...standards, ...categories, ...controls, ...policySets].some((text) =>
        text.toLowerCase().includes(wanted),
      ),
    )
    .sort(
      (a, b) =>
        worst(a) - worst(b) ||
        SEVERITY_WEIGHT[a.severity] - SEVERITY_WEIGHT[b.severity] ||
        b.counts['non-compliant'] - a.counts['non-compliant'] ||
        a.name.localeCompare(b.name),
    );
}

/** Sites whose name contains the text and that have a policy in the state, in the order they came: the worst first. */
export function sitesShown(
  sites: readonly SiteCompliance[],
  { search, state }: { search: string; state: ComplianceState | null },
): SiteCompliance[] {
  const wanted = search.trim().toLowerCase();
  return sites.filter(({ site, counts }) => site.includes(wanted) && (state === null || counts[state] > 0));
}

/** States at sites whose name or message contains the text: the worst first, then those that have been so for longest. */
export function statesShown(
  states: readonly PolicyState[],
  { search, state }: { search: string; state: ComplianceState | null },
): PolicyState[] {
  const wanted = search.trim().toLowerCase();
  return states
    .filter((row) => state === null || row.state === state)
    .filter(({ site, message }) => site.includes(wanted) || message.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a.state) - rank(b.state) || a.since.localeCompare(b.since) || a.site.localeCompare(b.site));
}

/** Midnight that begins a day of the viewer's time zone, as ISO 8601 UTC. @param days later */
export function beginOfDay(day: string, days = 0): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + days).toISOString();
}
