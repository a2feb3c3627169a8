import chromium from '@sparticuz/chromium';
import { chmodSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium as playwright, type Browser, type BrowserContext, type Page as BrowserPage } from 'playwright-core';
import { drawRadiograph } from '@hilum/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet, getJson, type Page } from '../support/fleet.js';
import { until } from '../support/until.js';

// The pages in a real browser, on a running hub and hospital.

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
];

let fleet: Fleet;
let browser: Browser;

beforeAll(async () => {
  fleet = await Fleet.start({ sites: 1 });
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    // one process for all would end with the first page that is closed
    args: chromium.args.filter((arg) => arg !== '--single-process' && arg !== '--no-zygote'),
    headless: true,
  });
});
afterAll(async () => {
  await browser?.close();
  await fleet?.stop();
});

async function upload(seed: number): Promise<string> {
  const [site] = fleet.state.sites;
  const { jpeg } = await drawRadiograph({ seed, finding: 'pneumonia' });
  const response = await fetch(`${site?.url}/api/v1/studies`, {
    method: 'POST',
    body: new Uint8Array(jpeg),
    headers: { authorization: `Bearer ${site?.tokens.staff}`, 'content-type': 'image/jpeg' },
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { studyId: string }).studyId;
}

/** Whoever is signed in by cookie, in a browser of this size and scheme. */
async function signedIn(
  viewport: (typeof SIZES)[number],
  colorScheme: 'light' | 'dark' = 'light',
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport, colorScheme, timezoneId: 'Europe/Berlin', locale: 'en-GB' });
  const { url, tokens } = fleet.state.hub;
  const answer = await context.request.post(`${url}/api/v1/session`, { data: { token: tokens['data-science'] } });
  expect(answer.status()).toBe(201);
  return context;
}

/** What axe-core finds against WCAG 2.2 A and AA, as `rule: selector`. Scripts as text: they run in the page. */
async function accessibilityFaults(page: BrowserPage): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate<string[]>(`
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target.join(' '))))`);
}

/** Pixels by which the page is wider than the window. */
function overflow(page: BrowserPage): Promise<number> {
  return page.evaluate<number>('Math.max(0, document.documentElement.scrollWidth - innerWidth)');
}

describe.each(SIZES)('the hub’s console at $width pixels', (viewport) => {
  it('signs in, shows the fleet, and shows a new result without a reload', async () => {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    const { url, tokens } = fleet.state.hub;
    await page.goto(url);
    await page.getByLabel('Access token').fill('a wrong token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/not known/i).waitFor();
    await page.getByLabel('Access token').fill(tokens['data-science']);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    await page.getByRole('grid', { name: 'Sites' }).getByText('st-agnes').first().waitFor();
    await page.getByRole('region', { name: 'Results today' }).waitFor();

    const today = page.getByRole('region', { name: 'Results today' });
    const count = async (): Promise<number> => Number(/\d+/.exec((await today.textContent()) ?? '')?.[0]);
    // the tile is there before its number is
    await expect.poll(count, { timeout: 30_000 }).toBeGreaterThanOrEqual(0);
    const before = await count();
    await upload(viewport.width);
    await expect.poll(count, { timeout: 30_000 }).toBe(before + 1);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);

    await page.getByRole('link', { name: 'Results', exact: true }).click();
    const live = page.getByRole('grid', { name: 'Live results' });
    await live.getByRole('row').nth(1).waitFor();
    const known = await live.getByRole('row').count();
    await upload(viewport.width + 3);
    await expect.poll(() => live.getByRole('row').count(), { timeout: 30_000 }).toBe(known + 1);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').waitFor();
    await context.close();
  });
});

describe.each(SIZES)('a site’s page at $width pixels', (viewport) => {
  it('is reached from the fleet by keyboard, says how the site is, what happened and how it was, and Back leads to the search', async () => {
    const context = await signedIn(viewport);
    const page = await context.newPage();
    await page.goto(`${fleet.state.hub.url}/?state=live`);
    await page.getByLabel('Search sites by name').fill('agnes');
    await expect.poll(() => page.url()).toMatch(/\/\?q=agnes&state=live$/);
    const link = page.getByRole('grid', { name: 'Sites' }).getByRole('link', { name: 'st-agnes' });
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'st-agnes', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/sites/st-agnes');
    await page
      .getByRole('region', { name: 'State', exact: true })
      .getByText(/The latest heartbeat was sent/)
      .waitFor();
    await page.getByRole('region', { name: 'What helps' }).getByText('Nothing needs doing').waitFor();
    const happened = page.getByRole('list', { name: 'What happened at st-agnes' });
    await happened.getByText('Seen for the first time').waitFor();
    await happened.getByText(/^Live: fresh heartbeats/).waitFor();
    await happened.getByText(/^Model: hilum-pneumonia /).waitFor();
    await page.getByRole('img', { name: /Volume/ }).waitFor();

    await page.getByLabel('Period', { exact: true }).selectOption('7d');
    await expect.poll(() => page.url()).toMatch(/\/sites\/st-agnes\?period=7d$/);
    await page.getByRole('img', { name: /Backlog/ }).waitFor();
    await page.goBack();
    await page.goBack();
    expect(await page.getByLabel('Search sites by name').inputValue()).toBe('agnes');
    expect(await page.getByLabel('Filter sites by state').inputValue()).toBe('live');
    await context.close();
  });

  it('says the whole of a moment in the viewer’s time zone on hover and on focus, until Escape', async () => {
    const context = await signedIn(viewport);
    const page = await context.newPage();
    await page.goto(`${fleet.state.hub.url}/sites/st-agnes`);
    await page.getByText('Times are in your time zone, Europe/Berlin').waitFor();
    const moment = page.getByRole('region', { name: 'State', exact: true }).locator('time');
    const tip = page.getByRole('tooltip');
    const whole =
      /\d{1,2} \w+ \d{4} at \d{2}:\d{2}:\d{2} (CET|CEST|GMT\+[12]) \(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z\)$/;
    await moment.focus();
    expect(await tip.textContent()).toMatch(whole);
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'detached' });
    await moment.hover();
    expect(await tip.textContent()).toMatch(whole);
    await context.close();
  });
});

describe('a console that was loaded before the hub was updated', () => {
  it('says that a page’s code is not there any more, and how to go on', async () => {
    const context = await signedIn({ width: 1280, height: 900 });
    const page = await context.newPage();
    await page.goto(fleet.state.hub.url);
    await page.getByRole('heading', { name: 'Fleet', level: 1 }).waitFor();
    await page.route(/\/assets\/results-page/, (route) => route.fulfill({ status: 404 }));
    await page.getByRole('link', { name: 'Results', exact: true }).click();
    await page.getByRole('heading', { name: 'This page could not be shown' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Load again' }).click();
    await page.getByRole('heading', { name: 'Results', level: 1 }).waitFor();
    await context.close();
  });
});

describe.each(SIZES.flatMap((viewport) => (['light', 'dark'] as const).map((scheme) => ({ ...viewport, scheme }))))(
  'every page and state at $width pixels, $scheme',
  ({ scheme, ...viewport }) => {
    it('has no fault that axe-core knows of, and is not wider than the window', async () => {
      const context = await signedIn(viewport, scheme);
      const { url } = fleet.state.hub;
      const page = await context.newPage();
      const faults: Record<string, unknown> = {};
      const look = async (name: string): Promise<void> => {
        const found = [...(await accessibilityFaults(page)), ...((await overflow(page)) > 0 ? ['too wide'] : [])];
        if (found.length > 0) faults[name] = found;
      };
      for (const [path, sign] of [
        ['/', page.getByRole('grid', { name: 'Sites' })],
        ['/?q=nothing', page.getByText('No site fits')],
        ['/results', page.getByRole('grid', { name: 'Live results' })],
        ['/results?site=nobody', page.getByRole('heading', { name: 'No results' })],
        ['/sites/st-agnes', page.getByRole('img', { name: /Backlog/ })],
        ['/sites/nobody', page.getByText('No such site')],
        ['/sites/', page.getByText('The address names no site.')],
        ['/models', page.getByRole('grid', { name: 'Models' })],
        ['/models?q=nothing', page.getByText('No model fits')],
        ['/nope', page.getByText('No such page')],
      ] as const) {
        await page.goto(`${url}${path}`);
        await sign.waitFor();
        await look(path);
      }
      // what has not come yet, and what does not come
      for (const [state, answer] of [
        ['loading', 'hang'],
        ['failed', 'abort'],
      ] as const)
        for (const path of ['/', '/results', '/sites/st-agnes', '/models']) {
          await page.route(/\/api\/v1\/(?!session)/, (route) =>
            answer === 'abort' ? route.abort() : new Promise<void>(() => undefined),
          );
          await page.goto(`${url}${path}`, { waitUntil: 'commit' });
          await page.getByRole('heading', { level: 1 }).waitFor();
          if (answer === 'abort') await page.getByText('The hub cannot be reached.').first().waitFor();
          await look(`${path}, ${state}`);
          await page.unrouteAll({ behavior: 'ignoreErrors' });
        }
      await context.clearCookies();
      await page.goto(url);
      await page.getByLabel('Access token').waitFor();
      await look('sign-in');
      expect(faults).toEqual({});
      await context.close();
    });
  },
);

describe.each(SIZES)('the hub’s page of models at $width pixels', (viewport) => {
  it('shows what the shipped model scored beside its release, and the same again by its address', async () => {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    const { url, tokens } = fleet.state.hub;
    await upload(viewport.width + 2);
    await page.goto(`${url}/models`);
    await page.getByLabel('Access token').fill(tokens['data-science']);
    await page.getByRole('button', { name: 'Sign in' }).click();
    // the list is read again by itself until the hub has recorded the result
    await page
      .getByRole('grid', { name: 'Models' })
      .getByRole('link', { name: /^hilum-pneumonia / })
      .click({ timeout: 60_000 });
    await page
      .getByRole('region', { name: 'Probability distribution' })
      .getByText(/^[\d,]+ scored images? beside /)
      .waitFor();
    for (const name of ['Drift', 'Decisions by site', 'Calibration and AUROC', 'Staff agreement', 'Latency parts'])
      await page.getByRole('region', { name, exact: true }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);

    await page.getByLabel('Site', { exact: true }).selectOption('st-agnes');
    await page.getByLabel('Period', { exact: true }).selectOption('24h');
    await expect.poll(() => page.url()).toMatch(/\/models\/sha256:[0-9a-f]{64}\?site=st-agnes&period=24h$/);
    const other = await context.newPage();
    await other.goto(page.url());
    await other.getByRole('img', { name: /Latency parts/ }).waitFor();
    expect(await other.getByLabel('Site', { exact: true }).inputValue()).toBe('st-agnes');
    expect(await other.getByLabel('Period', { exact: true }).inputValue()).toBe('24h');
    await context.close();
  });
});

describe.each(SIZES)('the hub’s pages of compliance at $width pixels', (viewport) => {
  it('show what the supervisor checked, the privacy boundary, the audit and evidence, each by its address', async () => {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    const { url, tokens } = fleet.state.hub;
    await page.goto(`${url}/compliance`);
    await page.getByLabel('Access token').fill(tokens.compliance);
    await page.getByRole('button', { name: 'Sign in' }).click();
    // the first checks are made once everything is ready; the page reads again by itself
    const policies = page.getByRole('grid', { name: 'Policies' });
    await policies.getByText('policy-mirror-allow-list').waitFor({ timeout: 90_000 });
    await page.getByLabel('State', { exact: true }).selectOption('compliant');
    await page.getByLabel(/^Search policies/).fill('164.514');
    await expect.poll(() => page.url()).toMatch(/\/compliance\?q=164\.514&state=compliant$/);
    await policies.getByRole('link', { name: /allow-list/ }).click();
    await page.getByRole('grid', { name: 'States' }).getByText('st-agnes').waitFor();
    await page
      .getByRole('grid', { name: 'History' })
      .getByText(/one way, exactly once/)
      .first()
      .waitFor();
    for (const [address, heading, sight] of [
      ['/compliance', 'Compliance', 'policy-mirror-allow-list'],
      ['/compliance/policies/policy-mirror-allow-list', /allow-list/, 'one way, exactly once'],
      ['/compliance/sites', 'Sites by policies', 'st-agnes'],
      ['/compliance/sites/st-agnes', 'st-agnes', 'one way, exactly once'],
      ['/compliance/delivery', 'Delivery', 'st-agnes'],
      ['/compliance/privacy', 'Privacy boundary', 'results.deid.v1'],
      ['/compliance/audit', 'Audit', 'session.opened'],
      ['/compliance/evidence', 'Evidence', 'chained'],
    ] as const) {
      await page.goto(`${url}${address}`);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.getByText(sight).locator('visible=true').first().waitFor();
      expect(await accessibilityFaults(page), address).toEqual([]);
      expect(await overflow(page), address).toBe(0);
    }
    await context.close();
  });

  it('tell who may see what', async () => {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    const { url, tokens } = fleet.state.hub;
    await page.goto(`${url}/compliance/audit`);
    await page.getByLabel('Access token').fill(tokens['data-science']);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/Your role may not see this/).waitFor();
    await page.getByText(/The audit is for compliance\./).waitFor();
    await page.getByRole('link', { name: 'What may leave a hospital' }).click();
    await page.getByRole('heading', { level: 1, name: 'Privacy boundary' }).waitFor();
    await context.close();
  });
});

describe('a promise that is broken on this machine', () => {
  it('is told by the hub, and told again when it holds, with how long that took', async () => {
    const { url, tokens } = fleet.state.hub;
    const secret = join(fleet.dataFolder, 'secrets/hub/compliance-token');
    const stateIs = (wanted: string): Promise<unknown> =>
      until(
        `the policy is ${wanted}`,
        async () => {
          const path = '/api/v1/compliance?policy=policy-secret-owner-only';
          const { items } = await getJson<Page<{ state: string; message: string }>>(`${url}${path}`, tokens.compliance);
          return items[0]?.state === wanted && items[0];
        },
        90_000,
        1_000,
      );
    await stateIs('compliant');
    chmodSync(secret, 0o644);
    expect(await stateIs('non-compliant')).toMatchObject({ message: expect.stringContaining('(mode 0644)') as string });
    chmodSync(secret, 0o600);
    await stateIs('compliant');
    const { items } = await getJson<Page<{ name: string; timeToFix: { fixed: number; open: number } }>>(
      `${url}/api/v1/compliance/policies`,
      tokens.compliance,
    );
    expect(items.find(({ name }) => name === 'policy-secret-owner-only')?.timeToFix).toMatchObject({
      fixed: 1,
      open: 0,
    });
  }, 240_000);
});

describe.each(SIZES)('a hospital’s list at $width pixels', (viewport) => {
  it('signs staff in and shows a new study without a reload', async () => {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    const [site] = fleet.state.sites;
    await page.goto(site?.url ?? '');
    await page.getByLabel(/token/i).fill(site?.tokens.staff ?? '');
    await page.getByRole('button', { name: /sign in/i }).click();
    await page.getByRole('button', { name: /sign out/i }).waitFor();
    const studyId = await upload(viewport.width + 1);
    // the row, since a phone has no room for the study's id in it
    await page
      .locator('tr')
      .filter({ has: page.getByTitle(studyId) })
      .waitFor({ timeout: 30_000 });
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await context.close();
  });

  it('shows staff by keyboard where the network looked, and tells hospital IT whom that is for', async () => {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    const [site] = fleet.state.sites;
    const signIn = async (token = ''): Promise<void> => {
      const answer = await context.request.post(`${site?.url}/api/v1/session`, { data: { token } });
      expect(answer.status()).toBe(201);
      await page.goto(site?.url ?? '');
    };
    const studyId = await upload(viewport.width + 4);
    const opener = page.getByTitle(studyId).getByRole('button');
    const details = page.getByRole('dialog', { name: `Study ${studyId.slice(0, 8)}` });

    await signIn(site?.tokens.staff);
    await opener.focus({ timeout: 30_000 });
    // a list that goes on leaves the focus where it is
    const next = await upload(viewport.width + 5);
    await page.getByTitle(next).waitFor({ timeout: 30_000 });
    await page.keyboard.press('Enter');
    const picture = details.getByRole('img', { name: /heat map/ });
    await picture.waitFor();
    await expect
      .poll(() => page.evaluate<number>(`document.querySelector('#details img').naturalWidth`))
      .toBeGreaterThan(0);
    expect((await picture.boundingBox())?.width).toBeLessThanOrEqual(512);
    await details.getByText(/^hilum-pneumonia /).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'hidden' });
    // the picture goes and the focus returns once the browser tells that the dialog is closed, a little after it is hidden
    await expect.poll(() => page.locator('#details img').count()).toBe(0);
    await expect.poll(() => page.evaluate<string>('document.activeElement.parentElement.title')).toBe(studyId);

    await page.route(/\/heatmap$/, (route) => route.fulfill({ status: 404 }));
    await opener.click();
    await details.getByText(/the heat map cannot be loaded/).waitFor();
    await page.unrouteAll();

    await signIn(site?.tokens['hospital-it']);
    await opener.click({ timeout: 30_000 });
    await details.getByText(/for the role staff/).waitFor();
    expect(await details.getByRole('img').count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await context.close();
  });
});
