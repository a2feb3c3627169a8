import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readFleetState, type FleetState, type SiteState } from '@hilum/local';
import { repositoryRoot } from './repository.js';

export type { SiteState } from '@hilum/local';

const run = promisify(execFile);
const HILUM = join(repositoryRoot, 'packages/local/bin/hilum.mjs');

/** A hub and its hospitals, started by the command as a person would, in a data folder of their own. */
export class Fleet {
  readonly dataFolder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(dataFolder: string, env: NodeJS.ProcessEnv) {
    this.dataFolder = dataFolder;
    this.#env = env;
  }

  static async start(options: { sites?: number; env?: NodeJS.ProcessEnv } = {}): Promise<Fleet> {
    const dataFolder = mkdtempSync(join(tmpdir(), 'hilum-fleet-'));
    const fleet = new Fleet(dataFolder, { ...process.env, ...options.env });
    try {
      await fleet.hilum('up', '--detach', '--no-simulator', '--sites', String(options.sites ?? 2));
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  get state(): FleetState {
    const state = readFleetState(this.dataFolder);
    if (state === null) throw new Error('the fleet has no state.json');
    return state;
  }

  site(name: string): SiteState {
    const site = this.state.sites.find((candidate) => candidate.name === name);
    if (site === undefined) throw new Error(`no site ${name}`);
    return site;
  }

  /** Runs `hilum <args> --data <folder>`; resolves with its standard output. */
  async hilum(...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [HILUM, ...args, '--data', this.dataFolder], {
      env: this.#env,
      cwd: repositoryRoot,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  async stop(): Promise<void> {
    await this.hilum('down');
    rmSync(this.dataFolder, { recursive: true, force: true });
  }
}

/** GET of JSON with a bearer token. */
export async function getJson<Answer>(url: string, token: string): Promise<Answer> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok)
    throw new Error(`GET ${new URL(url).pathname} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** All pages of a list. */
export async function getAll<Item>(url: string, token: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const address = new URL(url);
    if (cursor !== null) address.searchParams.set('cursor', cursor);
    const page: Page<Item> = await getJson(address.href, token);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/**
 * Asks until the answer satisfies the condition.
 * @throws Error with the last answer, so that a failure says what was there instead
 */
export async function eventually<Answer>(
  ask: () => Promise<Answer>,
  condition: (answer: Answer) => boolean,
  options: { withinMs: number; what: string },
): Promise<Answer> {
  const end = Date.now() + options.withinMs;
  let last: unknown;
  do {
    try {
      const answer = await ask();
      if (condition(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await delay(100);
  } while (Date.now() < end);
  const shown = last instanceof Error ? last.message : JSON.stringify(last)?.slice(0, 2000);
  throw new Error(`not within ${options.withinMs} ms: ${options.what}; last: ${shown}`);
}
