import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type RemoteJWKSet } from 'jose';
import { Problem } from '../http/problem.js';
import type { Principal, TokenVerifier } from '../http/sign-in.js';
import { issuerAway, type OidcIssuer } from './oidc-issuer.js';

/** Public keys only: with HS256 whoever reads the key set could sign. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Header, payload and signature. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const JWKS_TIMEOUT_MS = 5_000;
/** A key that is not known is looked for at most this often, so that forged tokens cause no flood at the issuer. */
const JWKS_COOLDOWN_MS = 30_000;

/** Verifies the identity provider's access tokens (RFC 9068) against its published keys, which it may change. */
export class JwtVerifier<Role extends string> implements TokenVerifier<Role> {
  readonly #issuer: OidcIssuer<Role>;
  readonly #options: { now: () => number; cooldownMs?: number };
  #keys: RemoteJWKSet | undefined;

  /** @param options now: milliseconds since the epoch */
  constructor(issuer: OidcIssuer<Role>, options: { now: () => number; cooldownMs?: number }) {
    this.#issuer = issuer;
    this.#options = options;
  }

  async verify(token: string): Promise<Principal<Role>> {
    const { config } = this.#issuer;
    // whatever the issuer would say of it
    if (!JWT.test(token)) throw noToken(config.issuer);
    const metadata = this.#issuer.configuration.serverMetadata();
    this.#keys ??= createRemoteJWKSet(new URL(metadata.jwks_uri ?? ''), {
      timeoutDuration: JWKS_TIMEOUT_MS,
      cooldownDuration: this.#options.cooldownMs ?? JWKS_COOLDOWN_MS,
    });
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, this.#keys, {
        algorithms: ALGORITHMS,
        issuer: metadata.issuer,
        audience: config.audience,
        clockTolerance: config.clockSkewSeconds,
        currentDate: new Date(this.#options.now()),
        requiredClaims: ['sub', 'exp'],
      }));
    } catch (error) {
      throw refusalOf(error, config);
    }
    return this.#issuer.principalOf(this.#issuer.subjectOf({ ...payload, sub: payload.sub ?? '' }));
  }
}

function refusal(condition: string, detail: string): Problem {
  return new Problem(401, `HILUM_AUTH_TOKEN_${condition}`, 'Token not taken', detail);
}

function noToken(issuer: string): Problem {
  return refusal('INVALID', `send a token of this service or a signed JWT of ${issuer}`);
}

function refusalOf(error: unknown, { issuer, audience }: { issuer: string; audience: string }): Problem {
  if (error instanceof errors.JWTExpired) return refusal('EXPIRED', 'the token has expired: get a new one');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return refusal('AUDIENCE', `the token is for others: ask for the audience ${audience}`);
    if (error.claim === 'iss') return refusal('ISSUER', `the token is of another issuer than ${issuer}`);
    if (error.claim === 'nbf') return refusal('NOT_YET', 'the token is not valid yet: look at the clocks');
    return refusal('INVALID', `the token’s claim ${error.claim} is missing or wrong`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return refusal('SIGNATURE', `no key of ${issuer} has signed the token`);
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return refusal('ALGORITHM', 'the token must be signed with a public-key algorithm such as RS256 or ES256');
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
    return noToken(issuer);
  // what is left is about the key set: no answer, an error of the issuer, something that is no key set
  return issuerAway();
}
