import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

/** How to reach a hospital's two entrances for images. */
export interface TargetSite {
  name: string;
  url: string;
  staffToken: string;
  s3: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string; intakeBucket: string };
}

/** What the simulator needs of `state.json`; other fields are none of its business. */
const fleetState = z.object({
  sites: z.array(
    z.object({
      name: z.string(),
      url: z.string(),
      tokens: z.object({ staff: z.string() }),
      s3: z.object({
        endpoint: z.string(),
        region: z.string(),
        accessKeyId: z.string(),
        secretAccessKey: z.string(),
        intakeBucket: z.string(),
      }),
    }),
  ),
});

/**
 * The sites of a fleet's `state.json`, read again whenever the file has changed: a site added later is served too,
 * and one that restarted elsewhere is followed.
 */
export class SiteList {
  readonly #path: string;
  readonly #onProblem: (problem: string) => void;
  #sites: readonly TargetSite[] = [];
  #readVersion = '';

  /** @param onProblem told once for each version of the file that cannot be used; never holds its content */
  constructor(path: string, onProblem: (problem: string) => void) {
    this.#path = path;
    this.#onProblem = onProblem;
  }

  /** The sites as of now; those of the last usable file when the present one is not. */
  current(): readonly TargetSite[] {
    const version = this.#version();
    if (version === this.#readVersion) return this.#sites;
    this.#readVersion = version;
    try {
      const state = fleetState.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
      this.#sites = state.sites.map(({ name, url, tokens, s3 }) => ({ name, url, staffToken: tokens.staff, s3 }));
    } catch (error) {
      this.#onProblem(problemOf(error));
    }
    return this.#sites;
  }

  find(name: string): TargetSite | undefined {
    return this.current().find((site) => site.name === name);
  }

  /** Changes with every replacement and every write of the file. */
  #version(): string {
    const stats = statSync(this.#path, { throwIfNoEntry: false, bigint: true });
    return stats === undefined ? 'missing' : `${stats.ino}|${stats.size}|${stats.mtimeNs}`;
  }
}

/** Says which field is wrong, and repeats nothing of the file: it holds the fleet's secrets. */
function problemOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('; ');
  if (error instanceof SyntaxError) return 'the file is not JSON';
  return (error as NodeJS.ErrnoException).code ?? 'the file cannot be read';
}
