import { z } from 'zod';

/**
 * A hospital's name as it appears in topic prefixes, certificates and addresses: lower-case letters, digits and inner
 * hyphens, 1 to 40 characters. A dot is refused because the site name ends at the first dot of a mirrored topic.
 */
export const SITE_NAME_PATTERN = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

export const siteName = z
  .string()
  .regex(SITE_NAME_PATTERN, 'must be 1 to 40 lower-case letters, digits or inner hyphens, such as st-agnes');

export type SiteName = z.infer<typeof siteName>;

export function isSiteName(value: string): boolean {
  return SITE_NAME_PATTERN.test(value);
}
