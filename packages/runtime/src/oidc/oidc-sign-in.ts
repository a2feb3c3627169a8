import { EncryptJWT, errors as joseErrors, jwtDecrypt } from 'jose';
import type { CookieOptions, Express, Request, RequestHandler, Response } from 'express';
import * as client from 'openid-client';
import type { Logger } from '../log/logger.js';
import { Problem } from '../http/problem.js';
import { cookieOf } from '../http/cookie.js';
import type { SignIn } from '../http/sign-in.js';
import { derivedKey } from './oidc-config.js';
import type { OidcIssuer } from './oidc-issuer.js';

const START_PATH = '/api/v1/session/oidc';
export const OIDC_CALLBACK_PATH = `${START_PATH}/callback`;
const END_PATH = `${START_PATH}/end`;

const COOKIE = 'hilum_sign_in';
/** From the button to the return from the identity provider, where a password and a second factor are typed. */
const FLOW_SECONDS = 600;

/** Why a sign-in at the identity provider came to nothing; told to the page as `?sign-in=`. */
export const SIGN_IN_FAILURES = ['refused', 'role-missing', 'expired', 'issuer-away', 'failed'] as const;
export type SignInFailure = (typeof SIGN_IN_FAILURES)[number];

/** What must come back unchanged: kept encrypted in the browser, so that any replica can go on. */
interface Flow {
  state: string;
  nonce: string;
  verifier: string;
  /** the page to go back to, as a whole address */
  to: string;
}

/**
 * Sign-in of browsers by authorisation code with PKCE, done here and not in the page: it never holds a token, and what
 * it gets in the end is the same session cookie that a generated token gives.
 */
export class OidcSignIn<Role extends string> {
  readonly #options: {
    issuer: OidcIssuer<Role>;
    signIn: SignIn<Role>;
    log: Logger;
    /** milliseconds since the epoch */
    now: () => number;
  };
  readonly #flowKey: Buffer;

  constructor(options: { issuer: OidcIssuer<Role>; signIn: SignIn<Role>; log: Logger; now: () => number }) {
    this.#options = options;
    this.#flowKey = derivedKey(options.issuer.config.key, 'sign-in');
  }

  /** Begin, return and end, all for browsers to navigate to. */
  addRoutes(app: Express): void {
    const uncached: RequestHandler = (_request, response, next) => {
      response.set('Cache-Control', 'no-store');
      next();
    };
    app.get(START_PATH, uncached, (request, response) => this.#begin(request, response));
    app.get(OIDC_CALLBACK_PATH, uncached, (request, response) => this.#return(request, response));
    app.get(END_PATH, uncached, (_request, response) => this.#end(response));
  }

  async #begin(request: Request, response: Response): Promise<void> {
    const { scope, publicUrl } = this.#options.issuer.config;
    let configuration: client.Configuration;
    try {
      configuration = this.#options.issuer.configuration;
    } catch {
      this.#fail(response, 'issuer-away');
      return;
    }
    const flow: Flow = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      to: ownPage(request.query['to'], publicUrl),
    };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: new URL(OIDC_CALLBACK_PATH, publicUrl).href,
      scope,
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
    });
    response
      .cookie(COOKIE, await this.#seal(flow), { ...this.#cookieOptions(), maxAge: FLOW_SECONDS * 1000 })
      .redirect(url.href);
  }

  async #return(request: Request, response: Response): Promise<void> {
    const { issuer, signIn } = this.#options;
    response.clearCookie(COOKIE, this.#cookieOptions());
    const flow = await this.#unseal(cookieOf(request.get('cookie'), COOKIE));
    if (flow === null) {
      this.#fail(response, 'expired');
      return;
    }
    const claims = await this.#claimsFor(request, flow).catch((error: unknown) => this.#failureOf(error));
    if (typeof claims === 'string') {
      await signIn.refused(null);
      this.#fail(response, claims);
      return;
    }
    const { role, actor } = issuer.subjectOf(claims);
    if (role === null) {
      await signIn.refused(actor);
      this.#fail(response, 'role-missing');
      return;
    }
    await signIn.openSession(request, response, { role, actor }, 'oidc');
    response.redirect(flow.to);
  }

  async #claimsFor(request: Request, flow: Flow): Promise<client.IDToken> {
    const { issuer } = this.#options;
    const tokens = await client.authorizationCodeGrant(
      issuer.configuration,
      new URL(request.originalUrl, issuer.config.publicUrl),
      {
        pkceCodeVerifier: flow.verifier,
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        idTokenExpected: true,
      },
    );
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('the identity provider sent no ID token');
    return claims;
  }

  /** At the identity provider too: else the next press of the button would sign the same person in again. */
  #end(response: Response): void {
    const { config } = this.#options.issuer;
    const home = new URL('/', config.publicUrl).href;
    try {
      const url = client.buildEndSessionUrl(this.#options.issuer.configuration, {
        client_id: config.clientId,
        post_logout_redirect_uri: home,
      });
      response.redirect(url.href);
    } catch {
      // it is away, or knows no sign-out: the session here has ended all the same
      response.redirect('/');
    }
  }

  #fail(response: Response, failure: SignInFailure): void {
    response.redirect(`/?sign-in=${failure}`);
  }

  #failureOf(error: unknown): SignInFailure {
    const { log } = this.#options;
    if (error instanceof client.AuthorizationResponseError) {
      log.info({ error: error.error }, 'the identity provider refused a sign-in');
      return error.error === 'access_denied' ? 'refused' : 'failed';
    }
    const isAway = error instanceof Problem || error instanceof TypeError || codeOf(error) === 'OAUTH_TIMEOUT';
    log.warn({ err: error }, 'a sign-in at the identity provider failed');
    return isAway ? 'issuer-away' : 'failed';
  }

  #seal(flow: Flow): Promise<string> {
    const seconds = Math.floor(this.#options.now() / 1000);
    return new EncryptJWT({ ...flow })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(seconds + FLOW_SECONDS)
      .encrypt(this.#flowKey);
  }

  async #unseal(sealed: string | undefined): Promise<Flow | null> {
    if (sealed === undefined) return null;
    try {
      const { payload } = await jwtDecrypt<Flow>(sealed, this.#flowKey, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        currentDate: new Date(this.#options.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof joseErrors.JOSEError) return null;
      throw error;
    }
  }

  /** Lax, since the return is a navigation from another site, for which a strict cookie would not be sent. */
  #cookieOptions(): CookieOptions {
    const secure = this.#options.issuer.config.publicUrl.startsWith('https:');
    return { httpOnly: true, sameSite: 'lax', path: START_PATH, secure };
  }
}

/** An address of our own pages, or the front page: a link must not lead elsewhere by way of our sign-in. */
function ownPage(to: unknown, publicUrl: string): string {
  const home = new URL('/', publicUrl);
  if (typeof to !== 'string' || !URL.canParse(to, home.href)) return home.href;
  const url = new URL(to, home);
  return url.origin === home.origin && !url.pathname.startsWith('/api/') ? url.href : home.href;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
