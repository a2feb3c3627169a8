import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import express, { type Express, type Request, type RequestHandler } from 'express';
import { Problem } from './problem.js';

/** Role → bearer token. Generated at install on one machine; OIDC takes its place in production. */
export type RoleTokens<Role extends string> = Readonly<Record<Role, string>>;

const COOKIE = 'hilum_session';

/** A session ends after a working shift, whatever happens (45 CFR 164.312(a)(2)(iii), automatic logoff). */
export const SESSION_SECONDS = 8 * 60 * 60;

/**
 * Sign-in by bearer token (programs) or by a session cookie that a token was exchanged for (browsers). Sessions are
 * signed, not stored: a restart signs nobody out, and a changed token ends the sessions it had opened.
 */
export class SignIn<Role extends string> {
  readonly #tokens: ReadonlyMap<Role, string>;
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(tokens: RoleTokens<Role>, now: () => number = Date.now) {
    this.#tokens = new Map(Object.entries<string>(tokens) as [Role, string][]);
    this.#now = now;
  }

  /** The role a request acts in, or null. */
  roleOf(request: Request): Role | null {
    const bearer = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1];
    if (bearer !== undefined) return this.#roleOfToken(bearer.trim());
    const cookie = cookieOf(request.get('cookie'), COOKIE);
    return cookie === undefined ? null : this.#roleOfSession(cookie);
  }

  /** Lets only the named roles through: 401 for nobody, 403 for another role. */
  require(...roles: Role[]): RequestHandler {
    return (request, _response, next) => {
      const role = this.roleOf(request);
      if (role === null) throw unauthorised('sign in, or send the header Authorization: Bearer <token>');
      if (!roles.includes(role))
        throw new Problem(403, 'HILUM_AUTH_ROLE', 'Not for this role', `this needs the role ${roles.join(' or ')}`);
      next();
    };
  }

  /** `POST /api/v1/session {token}` opens, `GET` tells the role, `DELETE` closes. */
  addRoutes(app: Express): void {
    const cookieOptions = { httpOnly: true, sameSite: 'strict', path: '/' } as const;
    app.post('/api/v1/session', express.json({ limit: '4kb' }), (request, response) => {
      const token = (request.body as { token?: unknown } | undefined)?.token;
      if (typeof token !== 'string')
        throw new Problem(400, 'HILUM_AUTH_TOKEN_MISSING', 'Token missing', 'send JSON with the field "token"');
      const role = this.#roleOfToken(token.trim());
      if (role === null) throw unauthorised('the token is not known here');
      response
        .cookie(COOKIE, this.#sessionFor(role), {
          ...cookieOptions,
          secure: request.secure,
          maxAge: SESSION_SECONDS * 1000,
        })
        .status(201)
        .json({ role });
    });
    app.get('/api/v1/session', (request, response) => {
      const role = this.roleOf(request);
      if (role === null) throw unauthorised('no session');
      response.json({ role });
    });
    app.delete('/api/v1/session', (_request, response) => {
      response.clearCookie(COOKIE, cookieOptions).status(204).end();
    });
  }

  #roleOfToken(token: string): Role | null {
    let found: Role | null = null;
    // every token is compared, in constant time, so that the time of an answer tells nothing about any of them
    for (const [role, known] of this.#tokens) if (sameText(token, known)) found = role;
    return found;
  }

  #sessionFor(role: Role): string {
    const expires = Math.floor(this.#now() / 1000) + SESSION_SECONDS;
    return `${role}.${expires}.${this.#sign(role, expires)}`;
  }

  #roleOfSession(session: string): Role | null {
    const [name, expiresText, signature] = session.split('.');
    const role = [...this.#tokens.keys()].find((candidate) => candidate === name);
    const expires = Number(expiresText);
    if (role === undefined || signature === undefined || !Number.isSafeInteger(expires)) return null;
    if (!sameText(signature, this.#sign(role, expires))) return null;
    return expires * 1000 > this.#now() ? role : null;
  }

  #sign(role: Role, expires: number): string {
    return createHmac('sha256', this.#tokens.get(role) ?? '')
      .update(`session|${role}|${expires}`)
      .digest('base64url');
  }
}

function unauthorised(detail: string): Problem {
  return new Problem(401, 'HILUM_AUTH_REQUIRED', 'Sign-in needed', detail);
}

/** Compared by hash, so that lengths may differ without telling. */
function sameText(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return value.join('=');
  }
  return undefined;
}
