/** Who may sign in at a site. */
export const SITE_ROLES = ['staff', 'hospital-it'] as const;
export type SiteRole = (typeof SITE_ROLES)[number];
