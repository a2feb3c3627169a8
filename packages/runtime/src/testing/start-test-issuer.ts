import { createServer, type RequestListener } from 'node:http';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import type { Configuration } from 'oidc-provider';

export interface TestIssuerOptions {
  /** what the claim `roles` of each account holds; anybody else who signs in has none */
  roles?: Record<string, string[]>;
  /** of the service that is tried, for its callback */
  publicUrls?: readonly string[];
  callbackPath?: string;
  audience?: string;
}

const CLIENT_SECRET = 'a-secret-of-the-tests-and-nothing-else';

/**
 * A certified OpenID provider (the package oidc-provider) on a free loopback port, with a confidential client `console`,
 * a public client `public-console` and a client `program` that gets access tokens of its own. Its sign-in page takes any
 * name with any password.
 */
export async function startTestIssuer(options: TestIssuerOptions = {}) {
  const { roles = {}, publicUrls = [], callbackPath = '/', audience = 'hilum-test' } = options;
  // only for the tests that need it: it is large
  const { default: Provider } = await import('oidc-provider');
  let handle: RequestListener = () => undefined;
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  let signingKey: JWK = await newKey('key-1');

  const configure = (key: JWK): void => {
    const redirects = {
      redirect_uris: publicUrls.map((base) => new URL(callbackPath, base).href),
      post_logout_redirect_uris: publicUrls.map((base) => new URL('/', base).href),
    };
    const configuration: Configuration = {
      clients: [
        { client_id: 'console', client_secret: CLIENT_SECRET, ...redirects },
        { client_id: 'public-console', token_endpoint_auth_method: 'none', ...redirects },
        {
          client_id: 'program',
          client_secret: CLIENT_SECRET,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      jwks: { keys: [key] },
      cookies: { keys: ['of the tests'] },
      claims: { openid: ['sub', 'roles'] },
      conformIdTokenClaims: false,
      pkce: { required: () => true },
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, roles: roles[id] ?? [] }) }),
      extraTokenClaims: (_context, token) =>
        'clientId' in token ? { sub: token.clientId, roles: roles[token.clientId ?? ''] ?? [] } : undefined,
      features: {
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, resource) => ({ scope: '', audience: resource, accessTokenFormat: 'jwt' }),
        },
      },
    };
    const answer = new Provider(url, configuration).callback();
    handle = (request, response) => void answer(request, response);
  };
  configure(signingKey);

  return {
    url,
    clientSecret: CLIENT_SECRET,
    audience,
    /** A real access token of the client `program`. */
    accessToken: async (forAudience = audience): Promise<string> => {
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`program:${CLIENT_SECRET}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: forAudience }),
      });
      const answer = (await response.json()) as { access_token?: string };
      if (answer.access_token === undefined) throw new Error(`the test issuer answered ${response.status}`);
      return answer.access_token;
    },
    /** A token of any content, signed with the issuer's key or another one under the same name. */
    sign: async (
      claims: Record<string, unknown>,
      how: { withForeignKey?: boolean; algorithm?: 'RS256' | 'HS256' } = {},
    ): Promise<string> => {
      const { algorithm = 'RS256', withForeignKey = false } = how;
      const token = new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid: 'key-1' });
      if (algorithm === 'HS256') return token.sign(Buffer.from(JSON.stringify(signingKey.n)));
      return token.sign(await importJWK(withForeignKey ? await newKey('key-1') : signingKey, algorithm));
    },
    /** Signs with another key from now on, and publishes that one only. */
    rotateKeys: async (): Promise<void> => {
      signingKey = await newKey(`key-${Date.now()}`);
      configure(signingKey);
    },
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export type TestIssuer = Awaited<ReturnType<typeof startTestIssuer>>;

async function newKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
}
