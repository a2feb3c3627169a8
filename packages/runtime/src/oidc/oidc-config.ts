import { hkdfSync } from 'node:crypto';

/** How a service signs people and programs in at an identity provider. */
export interface OidcConfig<Role extends string> {
  issuer: string;
  clientId: string;
  /** undefined: a public client */
  clientSecret?: string | undefined;
  /** whom access tokens for the API must be for */
  audience: string;
  /** asked for at sign-in in a browser; holds `openid` */
  scope: string;
  /** the claim that holds roles: its name, or a path with dots such as `realm_access.roles` */
  roleClaim: string;
  /** Which value of the claim gives which role. Who has several acts in the role that is named first. */
  roleMap: readonly RoleMapping<Role>[];
  clockSkewSeconds: number;
  /** the service's own address as browsers see it, without a path */
  publicUrl: string;
  /** 32 bytes: signs sessions and makes the pseudonyms of actors */
  key: Buffer;
}

export interface RoleMapping<Role extends string> {
  value: string;
  role: Role;
}

const KEY_BYTES = 32;

/** A key for one purpose, so that what one of them signs or encrypts means nothing to another. */
export function derivedKey(key: Buffer, purpose: 'session' | 'sign-in' | 'actor'): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `hilum ${purpose}`, KEY_BYTES));
}

/** Plain HTTP is for tests on the same machine: tokens and codes would be open to all in between. */
export function isLoopback(url: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}
