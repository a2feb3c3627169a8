import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import express, { type CookieOptions, type Express, type Request, type RequestHandler, type Response } from 'express';
import { cookieOf } from './cookie.js';
import { Problem } from './problem.js';

/** Role → bearer token. Generated at install on one machine; OIDC takes its place in production. */
export type RoleTokens<Role extends string> = Readonly<Partial<Record<Role, string>>>;

/** Who asks: what they may, and a name for the audit that tells nobody who they are but stays the same. */
export interface Principal<Role extends string> {
  role: Role;
  /** 64 lower-case hex digits */
  actor: string;
}

/** Checks tokens that somebody else issued. */
export interface TokenVerifier<Role extends string> {
  /** @throws Problem that says why the token is not taken */
  verify(token: string): Promise<Principal<Role>>;
}

export type SessionAction = 'session.opened' | 'session.closed' | 'session.refused';
/** How a session was opened: by a generated token, or at the identity provider. */
export type SessionMethod = 'token' | 'oidc';

export interface SignInOptions<Role extends string> {
  /** milliseconds since the epoch */
  now?: () => number;
  /** Takes the bearer tokens that are none of our own, and sessions that were opened at its issuer. */
  federation?: { verifier: TokenVerifier<Role>; roles: readonly Role[]; sessionKey: Buffer } | undefined;
  /** cookies over TLS only, though TLS may end in front of this process */
  isSecure?: boolean;
  /** Told of sessions before the answer is sent; what it throws is answered instead. Null: not known. */
  onSession?: (action: SessionAction, who: { role: Role | null; actor: string | null }) => Promise<void> | void;
}

interface Session<Role extends string> {
  principal: Principal<Role>;
  method: SessionMethod;
}

const COOKIE = 'hilum_session';

/** A session ends after a working shift, whatever happens (45 CFR 164.312(a)(2)(iii), automatic logoff). */
export const SESSION_SECONDS = 8 * 60 * 60;

/**
 * Sign-in by bearer token (programs) or by a session cookie that a token was exchanged for (browsers). Sessions are
 * signed, not stored: a restart signs nobody out, and a changed token ends the sessions it had opened.
 */
export class SignIn<Role extends string> {
  readonly #tokens: ReadonlyMap<Role, string>;
  readonly #options: SignInOptions<Role>;
  readonly #now: () => number;
  readonly #principals = new WeakMap<Request, Principal<Role>>();

  constructor(tokens: RoleTokens<Role>, options: SignInOptions<Role> = {}) {
    this.#tokens = new Map(Object.entries<string | undefined>(tokens).filter(([, token]) => token) as [Role, string][]);
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Lets only the named roles through: 401 for nobody, 403 for another role. */
  require(...roles: Role[]): RequestHandler {
    return async (request, _response, next) => {
      const { principal } = await this.#identify(request);
      if (!roles.includes(principal.role))
        throw new Problem(403, 'HILUM_AUTH_ROLE', 'Not for this role', `this needs the role ${roles.join(' or ')}`);
      this.#principals.set(request, principal);
      next();
    };
  }

  /** Whom {@link require} let through. @throws Error when it was not asked: a fault of the program */
  principalOf(request: Request): Principal<Role> {
    const principal = this.#principals.get(request);
    if (principal === undefined) throw new Error('the route does not require a role');
    return principal;
  }

  /** `POST /api/v1/session {token}` opens, `GET` tells the role, `DELETE` closes; `methods` is open to all. */
  addRoutes(app: Express): void {
    app.post('/api/v1/session', express.json({ limit: '4kb' }), async (request, response) => {
      const token = (request.body as { token?: unknown } | undefined)?.token;
      if (typeof token !== 'string')
        throw new Problem(400, 'HILUM_AUTH_TOKEN_MISSING', 'Token missing', 'send JSON with the field "token"');
      const principal = this.#principalOfToken(token.trim());
      if (principal === null) {
        await this.refused(null);
        throw unauthorised('the token is not known here');
      }
      await this.openSession(request, response, principal, 'token');
      response.status(201).json({ role: principal.role, method: 'token' });
    });
    app.get('/api/v1/session', async (request, response) => {
      const { principal, method } = await this.#identify(request, 'no session');
      response.json({ role: principal.role, method });
    });
    app.get('/api/v1/session/methods', (_request, response) => {
      const methods: SessionMethod[] = [];
      if (this.#options.federation !== undefined) methods.push('oidc');
      if (this.#tokens.size > 0) methods.push('token');
      response.json({ methods });
    });
    app.delete('/api/v1/session', async (request, response) => {
      const session = this.#sessionOf(request);
      if (session !== null) await this.#options.onSession?.('session.closed', session.principal);
      response.clearCookie(COOKIE, this.#cookieOptions(request)).status(204).end();
    });
  }

  /** Sets the session's cookie on an answer that has not been sent yet. */
  async openSession(
    request: Request,
    response: Response,
    principal: Principal<Role>,
    method: SessionMethod,
  ): Promise<void> {
    await this.#options.onSession?.('session.opened', principal);
    response.cookie(COOKIE, this.#cookieFor({ principal, method }), {
      ...this.#cookieOptions(request),
      maxAge: SESSION_SECONDS * 1000,
    });
  }

  /** Somebody was not signed in. @param actor null: nobody that is known */
  async refused(actor: string | null): Promise<void> {
    await this.#options.onSession?.('session.refused', { role: null, actor });
  }

  async #identify(
    request: Request,
    hint = 'sign in, or send the header Authorization: Bearer <token>',
  ): Promise<Session<Role>> {
    const bearer = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1]?.trim();
    if (bearer === undefined) {
      const session = this.#sessionOf(request);
      if (session === null) throw unauthorised(hint);
      return session;
    }
    const own = this.#principalOfToken(bearer);
    if (own !== null) return { principal: own, method: 'token' };
    if (this.#options.federation === undefined) throw unauthorised(hint);
    return { principal: await this.#options.federation.verifier.verify(bearer), method: 'oidc' };
  }

  #principalOfToken(token: string): Principal<Role> | null {
    let found: Principal<Role> | null = null;
    // every token is compared, in constant time, so that the time of an answer tells nothing about any of them
    for (const [role, known] of this.#tokens) if (sameText(token, known)) found = { role, actor: actorOf(known) };
    return found;
  }

  #sessionOf(request: Request): Session<Role> | null {
    const cookie = cookieOf(request.get('cookie'), COOKIE);
    const [role, actor, method, expiresText, signature] = cookie?.split('.') ?? [];
    const expires = Number(expiresText);
    if (role === undefined || actor === undefined || signature === undefined || !Number.isSafeInteger(expires))
      return null;
    if (method !== 'token' && method !== 'oidc') return null;
    const session = { principal: { role: role as Role, actor }, method } as const;
    const expected = this.#sign(session, expires);
    if (expected === null || !sameText(signature, expected)) return null;
    return expires * 1000 > this.#now() ? session : null;
  }

  #cookieFor(session: Session<Role>): string {
    const expires = Math.floor(this.#now() / 1000) + SESSION_SECONDS;
    const signature = this.#sign(session, expires);
    if (signature === null) throw new Error('no key signs such a session');
    return [session.principal.role, session.principal.actor, session.method, expires, signature].join('.');
  }

  /** Null for a role that the method cannot give. */
  #sign({ principal: { role, actor }, method }: Session<Role>, expires: number): string | null {
    const { federation } = this.#options;
    const key = method === 'token' ? this.#tokens.get(role) : federation?.roles.includes(role) && federation.sessionKey;
    if (!key) return null;
    return createHmac('sha256', key).update(`session|${role}|${actor}|${method}|${expires}`).digest('base64url');
  }

  #cookieOptions(request: Request): CookieOptions {
    return {
      httpOnly: true,
      sameSite: 'strict',
      path: '/',
      secure: this.#options.isSecure === true || request.secure,
    };
  }
}

/** Another token is another actor: it may have been given to somebody else. */
function actorOf(token: string): string {
  return createHmac('sha256', token).update('actor').digest('hex');
}

function unauthorised(detail: string): Problem {
  return new Problem(401, 'HILUM_AUTH_REQUIRED', 'Sign-in needed', detail);
}

/** Compared by hash, so that lengths may differ without telling. */
function sameText(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
