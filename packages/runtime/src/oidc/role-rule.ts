import type { RoleMapping } from './oidc-config.js';

/**
 * The role that an identity provider's claims give, or null.
 * @param claim its name as it is, or else a path with dots; its value may be a list or words with blanks between
 * @param map who has several acts in the one that is named first
 */
export function roleOfClaims<Role extends string>(
  claims: Readonly<Record<string, unknown>>,
  claim: string,
  map: readonly RoleMapping<Role>[],
): Role | null {
  const given = wordsOf(claims[claim] ?? atPath(claims, claim.split('.')));
  return map.find(({ value }) => given.includes(value))?.role ?? null;
}

function atPath(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value,
  );
}

function wordsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}
