import { UsageError } from '../fleet/fleet-config.js';
import { readFleetState, type FleetState, type SiteState } from '../fleet/fleet-state.js';
import { commandLine } from '../parts/command-line.js';

/** What a site's edge answered instead of doing what was asked; printed without a stack. */
export class RefusedError extends UsageError {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** A site's edge is away or hangs: what was asked of it may or may not have been done. */
export class NoAnswerError extends UsageError {}

/** The longest that an edge may take to answer, in milliseconds; what it stores itself may take longer. */
const ANSWER_LIMIT_MS = 10_000;
const LEAST_LIMIT_MS = 1_000;

/** What one request may take when so many milliseconds are left for all; a second however few. */
export function answerLimitMs(leftMs: number): number {
  return Math.max(LEAST_LIMIT_MS, Math.min(ANSWER_LIMIT_MS, leftMs));
}

/** A site, and the data folder that a hint about it has to name. */
export type RunningSite = SiteState & { dataDir: string };

export type RunningFleet = Omit<FleetState, 'sites'> & { sites: RunningSite[] };

/** The state of the fleet that runs in a data folder. @throws UsageError when none does */
export function runningFleet(dataDir: string): RunningFleet {
  const state = readFleetState(dataDir);
  if (state === null || state.supervisor === null)
    throw new UsageError(`nothing runs in ${dataDir}; start it with: ${commandLine({ dataDir }, 'up')}`);
  return { ...state, sites: state.sites.map((site) => ({ ...site, dataDir })) };
}

/** @throws UsageError that names the sites there are */
export function siteNamed({ sites }: RunningFleet, wanted: string): RunningSite {
  const site = sites.find(({ name }) => name === wanted);
  if (site !== undefined) return site;
  throw new UsageError(`there is no site ${wanted}; there are: ${sites.map(({ name }) => name).join(', ')}`);
}

/**
 * Asks a site's edge, in a role; resolves with its JSON answer.
 * @param limitMs the longest that request and answer may take together
 * @throws RefusedError when the edge answers with a problem, NoAnswerError when it does not answer in time
 */
export async function callSite<Answer>(
  site: RunningSite,
  role: keyof SiteState['tokens'],
  path: string,
  init: RequestInit = {},
  limitMs = ANSWER_LIMIT_MS,
): Promise<Answer> {
  const { name, url, tokens, dataDir } = site;
  return JSON.parse(await callService({ name, url, token: tokens[role], dataDir }, path, init, limitMs)) as Answer;
}

/** A service, the token to ask it with, and the data folder it runs in. */
export interface ServiceAccess {
  name: string;
  url: string;
  token: string;
  dataDir: string;
}

/**
 * Asks a service; resolves with the text of its answer.
 * @param limitMs the longest that request and answer may take together
 * @throws RefusedError when it answers with a problem, NoAnswerError when it does not answer in time
 */
export async function callService(
  { name, url, token, dataDir }: ServiceAccess,
  path: string,
  init: RequestInit = {},
  limitMs = ANSWER_LIMIT_MS,
): Promise<string> {
  const signal = AbortSignal.timeout(Math.ceil(limitMs));
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}${path}`, {
      ...init,
      signal,
      headers: {
        authorization: `Bearer ${token}`,
        // a form brings its own type
        ...(typeof init.body === 'string' ? { 'content-type': 'application/json' } : {}),
      },
    });
    text = await response.text();
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    const how = isLate
      ? ` within ${limitMs / 1000} s; what hangs is told by: ${commandLine({ dataDir }, 'doctor')}`
      : `; see: ${commandLine({ dataDir }, 'status')}`;
    throw new NoAnswerError(`${name} does not answer at ${url}${how}`, { cause: error });
  }
  if (!response.ok)
    throw new RefusedError(`${name} answered ${response.status}: ${problemText(text)}`, response.status);
  return text;
}

/** What an RFC 9457 problem says, or the text as it is. */
export function problemText(text: string): string {
  try {
    const { title, detail } = JSON.parse(text) as { title?: string; detail?: string };
    return [title, detail].filter((part) => part !== undefined).join(': ') || text;
  } catch {
    return text;
  }
}
