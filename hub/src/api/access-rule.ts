export const HUB_ROLES = ['hospital-it', 'data-science', 'compliance'] as const;
export type HubRole = (typeof HUB_ROLES)[number];

/** The role matrix; docs/roles.md explains it and a test holds the two together. */
export const ACCESS = {
  sites: ['hospital-it', 'data-science', 'compliance'],
  timeline: ['hospital-it', 'data-science', 'compliance'],
  summary: ['hospital-it', 'data-science', 'compliance'],
  alarms: ['hospital-it', 'data-science', 'compliance'],
  results: ['hospital-it', 'data-science', 'compliance'],
  'results/export': ['data-science', 'compliance'],
  models: ['data-science', 'compliance'],
  releases: ['hospital-it', 'data-science', 'compliance'],
  compliance: ['hospital-it', 'compliance'],
  'compliance/policies': ['hospital-it', 'compliance'],
  'compliance/sites': ['hospital-it', 'compliance'],
  'compliance/history': ['hospital-it', 'compliance'],
  fleet: ['hospital-it', 'compliance'],
  'fleet/sources': ['hospital-it', 'compliance'],
  privacy: ['hospital-it', 'data-science', 'compliance'],
  stream: ['hospital-it', 'data-science', 'compliance'],
  audit: ['compliance'],
  'audit/anchors': ['compliance'],
  evidence: ['compliance'],
} as const satisfies Record<string, readonly HubRole[]>;
export type Resource = keyof typeof ACCESS;
