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
  stream: ['hospital-it', 'data-science', 'compliance'],
  audit: ['compliance'],
} as const satisfies Record<string, readonly HubRole[]>;
export type Resource = keyof typeof ACCESS;
