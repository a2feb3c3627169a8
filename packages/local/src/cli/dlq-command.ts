import { UsageError } from '../fleet/fleet-config.js';
import { NoAnswerError, callSite, runningFleet, siteNamed, type RunningSite } from './site-client.js';
import type { Terminal } from './terminal.js';
import { textTable } from './text-table.js';

const PAGE = 500;

interface DeadLetter {
  id: string;
  state: string;
  code: string | null;
  status: number | null;
  detail: string | null;
  at: string;
  imageId: string | null;
  settled: { by: string; at: string; why: string | null } | null;
}

interface SiteDeadLetter extends DeadLetter {
  site: string;
}

/** `hilum dlq list`: what could not be delivered, of one site or all. @returns 1 when a site did not answer */
export async function listDeadLetters(
  { dataDir, site, all, json }: { dataDir: string; site?: string | undefined; all: boolean; json: boolean },
  terminal: Terminal,
): Promise<number> {
  const sites = sitesOf(dataDir, site);
  const found: SiteDeadLetter[] = [];
  let exitCode = 0;
  for (const one of sites) {
    try {
      found.push(...(await deadLettersOf(one, all ? 'all' : 'open')).map((letter) => ({ site: one.name, ...letter })));
    } catch (error) {
      exitCode = failed(error, terminal);
    }
  }
  if (json) terminal.out(`${JSON.stringify(found, null, 2)}\n`);
  else if (found.length > 0) terminal.out(tableOf(found));
  else if (exitCode === 0) terminal.out(`No dead letters${all ? '' : ' wait for a decision'}.\n`);
  return exitCode;
}

/** `hilum dlq resend`: puts dead letters back into the queue. @param ids all open ones when empty. @returns 1 when one was not */
export async function resendDeadLetters(
  { dataDir, site, ids, all }: { dataDir: string; site?: string | undefined; ids: readonly string[]; all: boolean },
  terminal: Terminal,
): Promise<number> {
  if (all === ids.length > 0) throw new UsageError('name the dead letters to send again, or all of them with --all');
  if (!all && site === undefined) throw new UsageError('say with --site at which hospital these dead letters are');
  let exitCode = 0;
  for (const one of sitesOf(dataDir, site)) {
    try {
      // known before the first is sent: what fails again comes back as a new one, which must not be sent for ever
      const wanted = all ? (await deadLettersOf(one, 'open')).map(({ id }) => id) : ids;
      if (wanted.length === 0) terminal.out(`${one.name}: no dead letters wait for a decision\n`);
      exitCode = Math.max(exitCode, await settle(one, wanted, 'resend', {}, terminal));
    } catch (error) {
      exitCode = failed(error, terminal);
    }
  }
  return exitCode;
}

/** `hilum dlq discard`: leaves dead letters undelivered for good. @returns 1 when one was refused */
export async function discardDeadLetters(
  { dataDir, site, ids, why }: { dataDir: string; site: string; ids: readonly string[]; why: string },
  terminal: Terminal,
): Promise<number> {
  const one = siteNamed(runningFleet(dataDir), site);
  return settle(one, ids, 'discard', { body: JSON.stringify({ why }) }, terminal);
}

async function settle(
  site: RunningSite,
  ids: readonly string[],
  what: 'resend' | 'discard',
  init: RequestInit,
  terminal: Terminal,
): Promise<number> {
  let exitCode = 0;
  for (const id of ids) {
    const path = `/api/v1/dead-letters/${encodeURIComponent(id)}/${what}`;
    try {
      const { state } = await callSite<{ state: string }>(site, 'hospital-it', path, { ...init, method: 'POST' });
      terminal.out(`${site.name} ${id}: ${state}\n`);
    } catch (error) {
      // the others would fare no better, and each would take as long to fail
      if (error instanceof NoAnswerError) throw error;
      exitCode = failed(error, terminal, `${id}: `);
    }
  }
  return exitCode;
}

function sitesOf(dataDir: string, site: string | undefined): RunningSite[] {
  const state = runningFleet(dataDir);
  return site === undefined ? state.sites : [siteNamed(state, site)];
}

async function deadLettersOf(site: RunningSite, state: 'open' | 'all'): Promise<DeadLetter[]> {
  const items: DeadLetter[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `state=${state}&limit=${PAGE}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: { items: DeadLetter[]; nextCursor: string | null } = await callSite(
      site,
      'hospital-it',
      `/api/v1/dead-letters?${query}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** Says what went wrong at one site or with one dead letter; the others go on. @throws what is no answer of a site */
function failed(error: unknown, terminal: Terminal, what = ''): number {
  if (!(error instanceof UsageError)) throw error;
  terminal.err(`${what}${error.message}\n`);
  return 1;
}

function tableOf(letters: readonly SiteDeadLetter[]): string {
  return textTable([
    ['SITE', 'ID', 'STATE', 'SINCE', 'CODE', 'IMAGE', 'DETAIL'],
    ...letters.map(({ site, id, state, at, code, imageId, detail, settled }) => [
      site,
      id,
      state,
      at.replace(/\.\d+Z$/, 'Z'),
      code ?? '-',
      imageId?.slice(0, 12) ?? '-',
      settled?.why ?? detail ?? '',
    ]),
  ]);
}
