import chromium from '@sparticuz/chromium';
import { chmodSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium as playwright, type Browser, type Page as BrowserPage } from 'playwright-core';
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

/** What axe-core finds against WCAG 2 A and AA, as `rule: selector`. Scripts as text: they run in the page. */
async function accessibilityFaults(page: BrowserPage): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate<string[]>(`
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] }).then(({ violations }) =>
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
    const before = Number(/\d+/.exec((await today.textContent()) ?? '')?.[0]);
    await upload(viewport.width);
    await expect
      .poll(async () => Number(/\d+/.exec((await today.textContent()) ?? '')?.[0]), { timeout: 30_000 })
      .toBe(before + 1);
    await page.getByRole('grid', { name: 'Live results' }).getByText('st-agnes').first().waitFor();

    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').waitFor();
    await context.close();
  });
});

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
});
