import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guardian } from '../guardian.js';
import type { ProcessSpec } from '../process-spec.js';

/** A folder, specs of stand-in processes that tell their story there, and the story. */
export class StandInFolder {
  readonly dir: string = mkdtempSync(join(tmpdir(), 'hilum-supervisor-'));

  /** A spec of a stand-in that is ready once it says so. */
  spec(name: string, flags: readonly string[] = [], changes: Partial<ProcessSpec> = {}): ProcessSpec {
    const script = fileURLToPath(new URL('./stand-in.mjs', import.meta.url));
    return {
      name,
      dependsOn: [],
      launch: () =>
        Promise.resolve({
          file: process.execPath,
          args: [script, this.#events(), name, ...flags],
          env: { PATH: process.env['PATH'] ?? '' },
        }),
      ready: { kind: 'line', pattern: / serves$/ },
      readyTimeoutMs: 10_000,
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 5_000,
      ...changes,
    };
  }

  /** What happened, in order: `name what`. */
  story(): string[] {
    return this.#lines().map(([name, what]) => `${name} ${what}`);
  }

  /** The pids that told of this event. */
  pids(name: string, what: string): number[] {
    return this.#lines()
      .filter((line) => line[0] === name && line[1] === what)
      .map((line) => Number(line[2]));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  #events(): string {
    return join(this.dir, 'events');
  }

  #lines(): string[][] {
    if (!existsSync(this.#events())) return [];
    return readFileSync(this.#events(), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
  }
}

/** A guardian that only remembers: for tests in which the supervisor lives. */
export function rememberingGuardian(): Guardian & { known: Set<number> } {
  const known = new Set<number>();
  return {
    known,
    add: ({ pid }) => known.add(pid),
    remove: (pid) => known.delete(pid),
    close: () => undefined,
  };
}

/** Resolves when the condition holds; rejects after deadlineMs, saying what was waited for. */
export async function until(what: string, holds: () => boolean, deadlineMs: number = 10_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
