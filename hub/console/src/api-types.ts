import type { components } from './api-schema';

/** The hub's answers by the names that the console uses; what they hold is generated from its /openapi.json. */

export type Site = components['schemas']['Site'];
export type Result = components['schemas']['Result'];
export type Summary = components['schemas']['Summary'];
export type SiteDetail = components['schemas']['SiteDetail'];
export type SiteHistory = components['schemas']['SiteHistory'];
export type TimelineEntry = components['schemas']['TimelineEntry'];
export type Alarm = components['schemas']['Alarm'];
export type Session = components['schemas']['Session'];
export type Role = Session['role'];
export type SessionMethod = Session['method'];

export type Decision = Result['decision'];
export type SiteState = Site['state'];
export type SiteSummary = Summary['sites'][number];

export const DECISIONS = [
  'normal',
  'review',
  'pneumonia-suspected',
  'unreadable',
] as const satisfies readonly Decision[];

export const SITE_STATES = ['live', 'late', 'link-down', 'dead'] as const satisfies readonly SiteState[];
