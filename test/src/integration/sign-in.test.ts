import chromium from '@sparticuz/chromium';
import { startTestIssuer, type TestIssuer } from '@hilum/runtime/testing';
import { chromium as playwright, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../chaos/harness/free-port.js';
import { Fleet, getJson } from '../support/fleet.js';

// Sign-in at a real OpenID provider, by people in a real browser and by programs, on a running hub.

const AUDIENCE = 'https://hilum.test/hub';
const CALLBACK = '/api/v1/session/oidc/callback';

// no hexadecimal digits, so that no pseudonym can hold one of these names by chance
const OFFICER = 'monique';
const STRANGER = 'yvonne';

let issuer: TestIssuer;
let fleet: Fleet;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  issuer = await startTestIssuer({
    roles: { [OFFICER]: ['hilum-officers'], program: ['hilum-scientists'] },
    publicUrls: [publicUrl],
    callbackPath: CALLBACK,
    audience: AUDIENCE,
  });
  fleet = await Fleet.start({
    sites: 1,
    env: {
      HILUM_HUB_PORT: String(port),
      HILUM_HUB_PUBLIC_URL: publicUrl,
      HILUM_HUB_KEY: '5c'.repeat(32),
      HILUM_HUB_OIDC_ISSUER: issuer.url,
      HILUM_HUB_OIDC_CLIENT_ID: 'console',
      HILUM_HUB_OIDC_CLIENT_SECRET: issuer.clientSecret,
      HILUM_HUB_OIDC_AUDIENCE: AUDIENCE,
      HILUM_HUB_OIDC_ROLE_MAP: 'hilum-officers=compliance,hilum-scientists=data-science',
    },
  });
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((arg) => arg !== '--single-process' && arg !== '--no-zygote'),
    headless: true,
  });
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  // the provider's pages ask for a font from elsewhere, and show nothing as long as that does not answer
  await context.route(
    ({ hostname }) => hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
  page = await context.newPage();
});
afterAll(async () => {
  await browser?.close();
  await fleet?.stop();
  await issuer?.stop();
});

/** Types a name at the provider, which takes any password, and lets the hub know who one is. */
async function signInAtProvider(name: string): Promise<void> {
  await page.getByRole('link', { name: 'Sign in with your organisation' }).click();
  await page.waitForURL((url) => url.href.startsWith(issuer.url));
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await press('Sign-in');
  await press('Continue');
}

/** A button of the provider's pages, which may not be drawn yet: they wait for a font that is not let through. */
async function press(text: string): Promise<void> {
  await page.locator('button', { hasText: text }).dispatchEvent('click');
}

describe('a person', () => {
  it('signs in at the provider, comes back to the page they asked for, and signs out at both', async () => {
    const { url } = fleet.state.hub;
    await page.goto(`${url}/?decision=review`);
    await signInAtProvider(OFFICER);
    await page.getByText('Signed in as compliance').waitFor();
    expect(new URL(page.url()).search).toBe('?decision=review');
    const session = (await context.cookies()).find(({ name }) => name === 'hilum_session');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    // the page holds nothing that it could lose
    expect(await page.evaluate('JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])')).toBe(
      '["",{},{}]',
    );

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL((address) => address.href.startsWith(issuer.url));
    await press('Yes, sign me out');
    await page.getByRole('link', { name: 'Sign in with your organisation' }).waitFor();
    expect((await context.cookies(url)).map(({ name }) => name)).not.toContain('hilum_session');
  });

  it('without a role is told so, and can come as somebody else', async () => {
    await signInAtProvider(STRANGER);
    await page.getByText('You have no role in Hilum').waitFor();
    expect(new URL(page.url()).search).toBe('');
    await page.getByRole('link', { name: 'Sign in as somebody else' }).click();
    await press('Yes, sign me out');
    await signInAtProvider(OFFICER);
    await page.getByText('Signed in as compliance').waitFor();
  });

  it('is in the audit by a pseudonym, whether let in or not', async () => {
    const { url, tokens } = fleet.state.hub;
    const { items } = await getJson<{ items: { action: string; actorRole: string | null; actorPseudonym: string }[] }>(
      `${url}/api/v1/audit?limit=500`,
      tokens.compliance,
    );
    const byAction = (action: string) => items.filter((entry) => entry.action === action);
    const [again, first] = byAction('session.opened');
    expect(first).toMatchObject({ actorRole: 'compliance' });
    expect(again?.actorPseudonym).toBe(first?.actorPseudonym);
    expect(byAction('session.refused')).toHaveLength(1);
    expect(byAction('session.refused')[0]?.actorPseudonym).toMatch(/^[0-9a-f]{64}$/);
    expect(byAction('session.closed')).toHaveLength(1);
    const audit = JSON.stringify(items);
    for (const name of [OFFICER, STRANGER]) expect(audit).not.toContain(name);
  });
});

describe('a program', () => {
  const ask = (token: string): Promise<Response> =>
    fetch(`${fleet.state.hub.url}/api/v1/results`, { headers: { authorization: `Bearer ${token}` } });

  it('is let in with an access token for the hub, and not with one for others', async () => {
    expect((await ask(await issuer.accessToken())).status).toBe(200);
    const refused = await ask(await issuer.accessToken('https://other.test'));
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'HILUM_AUTH_TOKEN_AUDIENCE' });
  });

  it('is still let in with a generated token', async () => {
    expect((await ask(fleet.state.hub.tokens['hospital-it'])).status).toBe(200);
  });
});

describe('a hub whose identity provider is away', () => {
  it('starts, records and answers, and says what it waits for', async () => {
    await issuer.stop();
    const { processes, hub } = fleet.state;
    const pid = processes.find(({ name }) => name === 'hub')?.pid;
    if (typeof pid !== 'number') throw new Error('the hub does not run');
    process.kill(pid, 'SIGKILL');
    const detail = async (): Promise<string> => {
      try {
        return ((await (await fetch(`${hub.url}/readyz`)).json()) as { detail?: string }).detail ?? 'ready';
      } catch {
        return 'no answer';
      }
    };
    await expect.poll(detail, { timeout: 60_000 }).toBe('waiting for: identity provider');
    expect((await ask(hub.url, hub.tokens['hospital-it'])).status).toBe(200);
    expect((await ask(hub.url, 'ey.some.token')).status).toBe(503);
    // somebody who has not been here before
    const visitor = await (await browser.newContext()).newPage();
    await visitor.goto(hub.url, { waitUntil: 'domcontentloaded' });
    await visitor.getByRole('link', { name: 'Sign in with your organisation' }).click();
    await visitor.getByText('Your organisation’s sign-in does not answer').waitFor();
  });

  const ask = (url: string, token: string): Promise<Response> =>
    fetch(`${url}/api/v1/sites`, { headers: { authorization: `Bearer ${token}` } });
});
