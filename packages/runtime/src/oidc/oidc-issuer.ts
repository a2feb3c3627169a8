import { createHmac } from 'node:crypto';
import * as client from 'openid-client';
import { Problem } from '../http/problem.js';
import type { Principal } from '../http/sign-in.js';
import { derivedKey, isLoopback, type OidcConfig } from './oidc-config.js';
import { roleOfClaims } from './role-rule.js';

/** Of one question to the issuer. */
const TIMEOUT_SECONDS = 10;

/** Who an identity provider says somebody is, and what they may here; without a role: nothing. */
export interface Subject<Role extends string> {
  role: Role | null;
  actor: string;
}

/** The identity provider, once it has been reached and has said where its endpoints and keys are. */
export class OidcIssuer<Role extends string> {
  readonly config: OidcConfig<Role>;
  readonly #actorKey: Buffer;
  #configuration: client.Configuration | undefined;

  constructor(config: OidcConfig<Role>) {
    this.config = config;
    this.#actorKey = derivedKey(config.key, 'actor');
  }

  /** Asks for its metadata; again and again until it answers. @throws when it is away or says it is another issuer */
  async discover(): Promise<void> {
    const { issuer, clientId, clientSecret, clockSkewSeconds } = this.config;
    const configuration = await client.discovery(
      new URL(issuer),
      clientId,
      { [client.clockTolerance]: clockSkewSeconds },
      clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret),
      {
        timeout: TIMEOUT_SECONDS,
        execute: isLoopback(issuer)
          ? [client.allowInsecureRequests, client.enableNonRepudiationChecks]
          : [client.enableNonRepudiationChecks],
      },
    );
    if (configuration.serverMetadata().jwks_uri === undefined)
      throw new Error('the identity provider names no jwks_uri: its tokens could not be verified');
    this.#configuration = configuration;
  }

  /** @throws Problem 503 as long as it has not been reached */
  get configuration(): client.Configuration {
    if (this.#configuration === undefined) throw issuerAway();
    return this.#configuration;
  }

  /** What verified claims mean here. The actor's pseudonym stays the same as long as the key does. */
  subjectOf(claims: Readonly<Record<string, unknown>> & { sub: string }): Subject<Role> {
    const { issuer, roleClaim, roleMap } = this.config;
    return {
      role: roleOfClaims(claims, roleClaim, roleMap),
      actor: createHmac('sha256', this.#actorKey).update(`${issuer}|${claims.sub}`).digest('hex'),
    };
  }

  /** @throws Problem 403 that says which claim must hold a role */
  principalOf({ role, actor }: Subject<Role>): Principal<Role> {
    const { roleClaim, roleMap } = this.config;
    if (role !== null) return { role, actor };
    const values = roleMap.map(({ value }) => value).join(', ');
    throw new Problem(
      403,
      'HILUM_AUTH_ROLE_MISSING',
      'No role here',
      `the identity provider gave no role: its claim ${roleClaim} must hold one of ${values}`,
    );
  }
}

export function issuerAway(): Problem {
  return new Problem(
    503,
    'HILUM_AUTH_ISSUER_AWAY',
    'Identity provider away',
    'the identity provider does not answer; try again soon',
    { retryAfterSeconds: 5 },
  );
}
