import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFleetState, type FleetState, type SiteState } from '@hilum/local';
import { hilum } from './hilum-command.js';

export type { SiteState } from '@hilum/local';

/** A hub and its hospitals, started by the command as a person would, in a data folder of their own. */
export class Fleet {
  readonly dataFolder: string;
  readonly #env: Record<string, string>;

  constructor(dataFolder: string, env: Record<string, string> = {}) {
    this.dataFolder = dataFolder;
    this.#env = env;
  }

  static async start(
    options: { sites?: number; env?: Record<string, string>; dataFolder?: string } = {},
  ): Promise<Fleet> {
    const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'hilum-fleet-'));
    const fleet = new Fleet(dataFolder, options.env);
    try {
      await fleet.up(options.sites ?? 2);
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  /** Starts it, or starts it again with all its data. */
  async up(sites: number): Promise<void> {
    await this.hilum('up', '--detach', '--no-simulator', '--sites', String(sites));
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

  /** Runs `hilum <args> --data <folder>`; resolves with its standard output. @throws with its errors when it fails */
  async hilum(...args: string[]): Promise<string> {
    const { code, out, err } = await hilum([...args, '--data', this.dataFolder], this.#env);
    if (code !== 0) throw new Error(`hilum ${args.join(' ')} ended with ${code}:\n${err}`);
    return out;
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
