export const HUB_ROLES = ['hospital-it', 'data-science', 'compliance'] as const;
export type HubRole = (typeof HUB_ROLES)[number];

/**
 * The role matrix; docs/roles.md explains it and a test holds the two together. Rows of single studies, pseudonymous as
 * they are, are shown only to those whose work needs them (HIPAA "minimum necessary", 45 CFR 164.502(b)): hospital IT
 * runs the fleet by states and counts.
 */
export const ACCESS = {
  sites: ['hospital-it', 'data-science', 'compliance'],
  summary: ['hospital-it', 'data-science', 'compliance'],
  alarms: ['hospital-it', 'data-science', 'compliance'],
  results: ['data-science', 'compliance'],
  /** events of sites and alarms; results only for those who may read results */
  stream: ['hospital-it', 'data-science', 'compliance'],
} as const satisfies Record<string, readonly HubRole[]>;
export type Resource = keyof typeof ACCESS;

export function mayRead(role: HubRole | null, resource: Resource): boolean {
  const roles: readonly HubRole[] = ACCESS[resource];
  return role !== null && roles.includes(role);
}
