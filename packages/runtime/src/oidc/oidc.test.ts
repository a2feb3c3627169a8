import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpApp, listen } from '../http/http-server.js';
import { SignIn, type SessionAction } from '../http/sign-in.js';
import { Readiness } from '../lifecycle/run-process.js';
import { createLogger } from '../log/logger.js';
import { createRegistry } from '../metrics/metrics.js';
import { startTestIssuer, type TestIssuer } from '../testing/start-test-issuer.js';
import { JwtVerifier } from './jwt-verifier.js';
import { derivedKey, type OidcConfig } from './oidc-config.js';
import { OidcIssuer } from './oidc-issuer.js';
import { OIDC_CALLBACK_PATH, OidcSignIn } from './oidc-sign-in.js';

// The service's side of OIDC against a real provider; the whole sign-in in a browser is in test/src/integration.

type Role = 'compliance' | 'hospital-it';
const AUDIENCE = 'https://hub.example/api';
const PUBLIC_URL = 'http://127.0.0.1:8080';
const SKEW_SECONDS = 30;
let provider: TestIssuer;

beforeAll(async () => {
  provider = await startTestIssuer({
    roles: { program: ['hilum-it'] },
    publicUrls: [PUBLIC_URL],
    callbackPath: OIDC_CALLBACK_PATH,
    audience: AUDIENCE,
  });
});
afterAll(() => provider.stop());

function configFor(issuer: string): OidcConfig<Role> {
  return {
    issuer,
    clientId: 'console',
    clientSecret: provider.clientSecret,
    audience: AUDIENCE,
    scope: 'openid',
    roleClaim: 'roles',
    roleMap: [
      { value: 'officers', role: 'compliance' },
      { value: 'hilum-it', role: 'hospital-it' },
    ],
    clockSkewSeconds: SKEW_SECONDS,
    publicUrl: PUBLIC_URL,
    key: Buffer.alloc(32, 7),
  };
}

const now = Date.now();
const seconds = Math.floor(now / 1000);

async function verifierFor(issuer = provider.url): Promise<JwtVerifier<Role>> {
  const known = new OidcIssuer(configFor(issuer));
  await known.discover();
  return new JwtVerifier(known, { now: () => now, cooldownMs: 0 });
}

describe('an access token for the API', () => {
  const claims = () => ({
    iss: provider.url,
    aud: AUDIENCE,
    sub: 'somebody',
    iat: seconds - 10,
    exp: seconds + 60,
    roles: ['hilum-it'],
  });

  it('gives its role, and an actor that is always the same and tells nobody the subject', async () => {
    const verifier = await verifierFor();
    const first = await verifier.verify(await provider.accessToken());
    const again = await verifier.verify(await provider.accessToken());
    expect(first).toEqual({ role: 'hospital-it', actor: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(again).toEqual(first);
    expect((await verifier.verify(await provider.sign(claims()))).actor).not.toBe(first.actor);
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ['has expired', { exp: seconds - SKEW_SECONDS - 1 }, 401, 'HILUM_AUTH_TOKEN_EXPIRED'],
    ['never expires', { exp: undefined }, 401, 'HILUM_AUTH_TOKEN_INVALID'],
    ['is not valid yet', { nbf: seconds + SKEW_SECONDS + 5 }, 401, 'HILUM_AUTH_TOKEN_NOT_YET'],
    ['is for another audience', { aud: 'https://other.example' }, 401, 'HILUM_AUTH_TOKEN_AUDIENCE'],
    ['is of another issuer', { iss: 'https://other.example' }, 401, 'HILUM_AUTH_TOKEN_ISSUER'],
    ['names nobody', { sub: undefined }, 401, 'HILUM_AUTH_TOKEN_INVALID'],
    ['holds no role of ours', { roles: ['compliance'] }, 403, 'HILUM_AUTH_ROLE_MISSING'],
  ])('is refused when it %s', async (_what, change, status, code) => {
    const verifier = await verifierFor();
    await expect(verifier.verify(await provider.sign({ ...claims(), ...change }))).rejects.toMatchObject({
      status,
      code,
    });
  });

  it('is taken within the clock’s skew', async () => {
    const late = await provider.sign({ ...claims(), exp: seconds - SKEW_SECONDS + 5 });
    expect(await (await verifierFor()).verify(late)).toMatchObject({ role: 'hospital-it' });
  });

  it('is refused when somebody else signed it, or with an algorithm for which the public key would do', async () => {
    const verifier = await verifierFor();
    await expect(verifier.verify(await provider.sign(claims(), { withForeignKey: true }))).rejects.toMatchObject({
      code: 'HILUM_AUTH_TOKEN_SIGNATURE',
    });
    await expect(verifier.verify(await provider.sign(claims(), { algorithm: 'HS256' }))).rejects.toMatchObject({
      code: 'HILUM_AUTH_TOKEN_ALGORITHM',
    });
    await expect(verifier.verify('no.token.atall')).rejects.toMatchObject({ code: 'HILUM_AUTH_TOKEN_INVALID' });
    await expect(verifier.verify('none')).rejects.toMatchObject({ code: 'HILUM_AUTH_TOKEN_INVALID' });
  });

  it('is taken after the issuer changed its keys, and those before no longer', async () => {
    const verifier = await verifierFor();
    const before = await provider.accessToken();
    expect(await verifier.verify(before)).toMatchObject({ role: 'hospital-it' });
    await provider.rotateKeys();
    expect(await verifier.verify(await provider.accessToken())).toMatchObject({ role: 'hospital-it' });
    await expect(verifier.verify(before)).rejects.toMatchObject({ code: 'HILUM_AUTH_TOKEN_SIGNATURE' });
  });

  it('waits for an issuer that has not been reached, or is away when its keys are needed', async () => {
    const unknown = new JwtVerifier(new OidcIssuer(configFor(provider.url)), { now: () => now });
    const token = await provider.sign(claims());
    await expect(unknown.verify(token)).rejects.toMatchObject({ status: 503, code: 'HILUM_AUTH_ISSUER_AWAY' });
    const brief = await startTestIssuer();
    const verifier = await verifierFor(brief.url);
    await brief.stop();
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 503, retryAfterSeconds: 5 });
  });
});

describe('sign-in in a browser', () => {
  let close: (() => Promise<void>) | undefined;
  const told: [SessionAction, { role: Role | null; actor: string | null }][] = [];
  let clock = now;
  afterEach(async () => {
    await close?.();
    close = undefined;
    told.length = 0;
    clock = now;
  });

  async function start(options: { isKnown?: boolean } = {}): Promise<string> {
    const issuer = new OidcIssuer(configFor(provider.url));
    if (options.isKnown !== false) await issuer.discover();
    const log = createLogger({ process: 'test', level: 'silent' });
    const signIn = new SignIn<Role>(
      {},
      {
        federation: {
          verifier: new JwtVerifier(issuer, { now: () => clock }),
          roles: ['compliance', 'hospital-it'],
          sessionKey: derivedKey(issuer.config.key, 'session'),
        },
        onSession: (action, who) => void told.push([action, who]),
      },
    );
    const app = createHttpApp({
      log,
      registry: createRegistry(),
      readiness: new Readiness(),
      routes: (routes) => {
        signIn.addRoutes(routes);
        new OidcSignIn({ issuer, signIn, log, now: () => clock }).addRoutes(routes);
      },
    });
    const server = await listen(app, '127.0.0.1', 0);
    close = server.close;
    return `http://127.0.0.1:${server.port}`;
  }

  const go = (url: string, cookie = ''): Promise<Response> =>
    fetch(url, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
  const locationOf = (response: Response): URL =>
    new URL(response.headers.get('location') ?? '', 'http://relative.test');

  async function begin(url: string, to = '/'): Promise<{ location: URL; cookie: string }> {
    const response = await go(`${url}/api/v1/session/oidc?to=${encodeURIComponent(to)}`);
    expect(response.status).toBe(302);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    return { location: locationOf(response), cookie: cookie.split(';')[0] ?? '' };
  }

  it('asks for a code with PKCE, state and nonce, none of which the cookie shows', async () => {
    const url = await start();
    const { location, cookie } = await begin(url);
    expect(location.origin).toBe(provider.url);
    const query = Object.fromEntries(location.searchParams);
    expect(query).toMatchObject({
      response_type: 'code',
      client_id: 'console',
      redirect_uri: `${PUBLIC_URL}${OIDC_CALLBACK_PATH}`,
      code_challenge_method: 'S256',
      scope: 'openid',
    });
    expect(query['code_challenge']).toMatch(/^[\w-]{43}$/);
    for (const name of ['state', 'nonce']) expect(cookie).not.toContain(query[name]);
    // the provider takes the request as it is, and goes on to where one signs in
    expect(locationOf(await go(location.href)).pathname).toMatch(/^\/interaction\//);
  });

  it.each([
    ['without the cookie of its beginning', '', 'code=x&state=y', 'expired'],
    ['with a cookie that was altered', 'hilum_sign_in=abc.def', 'code=x&state=y', 'expired'],
    ['with another state', 'own', 'code=x&state=another', 'failed'],
    ['with a code that the provider does not know', 'own', 'code=x&state=STATE&iss=ISSUER', 'failed'],
    ['after the person refused', 'own', 'error=access_denied&state=STATE&iss=ISSUER', 'refused'],
  ])('comes to nothing %s', async (_what, cookie, query, failure) => {
    const url = await start();
    const flow = await begin(url);
    const state = flow.location.searchParams.get('state') ?? '';
    const answer = query.replace('STATE', state).replace('ISSUER', encodeURIComponent(provider.url));
    const response = await go(`${url}${OIDC_CALLBACK_PATH}?${answer}`, cookie === 'own' ? flow.cookie : cookie);
    expect(locationOf(response).search).toBe(`?sign-in=${failure}`);
    expect(response.headers.get('set-cookie')).not.toContain('hilum_session');
    expect(told).toEqual(failure === 'expired' ? [] : [['session.refused', { role: null, actor: null }]]);
  });

  it('is over ten minutes after it began', async () => {
    const url = await start();
    const flow = await begin(url);
    clock += 601_000;
    const state = flow.location.searchParams.get('state') ?? '';
    const response = await go(`${url}${OIDC_CALLBACK_PATH}?code=x&state=${state}`, flow.cookie);
    expect(locationOf(response).search).toBe('?sign-in=expired');
  });

  it('says so when the identity provider has not been reached', async () => {
    const url = await start({ isKnown: false });
    expect(locationOf(await go(`${url}/api/v1/session/oidc`)).search).toBe('?sign-in=issuer-away');
    expect(await (await fetch(`${url}/api/v1/session/methods`)).json()).toEqual({ methods: ['oidc'] });
  });

  it('ends at the identity provider too, and at home when it is away', async () => {
    const url = await start();
    const away = locationOf(await go(`${url}/api/v1/session/oidc/end`));
    expect(away.origin).toBe(provider.url);
    expect(away.searchParams.get('post_logout_redirect_uri')).toBe(`${PUBLIC_URL}/`);
    await close?.();
    const home = await start({ isKnown: false });
    expect((await go(`${home}/api/v1/session/oidc/end`)).headers.get('location')).toBe('/');
  });
});
