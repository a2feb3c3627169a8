import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcesses, isRunning, type EndableProcess, type ProcessIdentity } from '@hilum/local';
import { z } from 'zod';

const STOP_GRACE_MS = 10_000;

const identity = z.object({ pid: z.number().int().positive(), startTime: z.string() });
const recordSchema = z.object({
  /** who ends the processes when it ends; null: they run until `clusters:down` */
  owner: identity.nullable(),
  processes: z.array(identity.extend({ name: z.string() })),
});

export type RecordedProcess = z.infer<typeof recordSchema>['processes'][number];

/**
 * The processes that were started for a folder, in a file in it, written before anything else can go wrong: pid and start
 * time, so that what a crashed run left behind can be ended, and nothing else.
 */
export class ProcessRecord {
  readonly #file: string;
  readonly #owner: ProcessIdentity | null;
  readonly #processes: RecordedProcess[];

  /**
   * @param owner null when the processes outlive whoever starts them
   * @param processes that were started already
   */
  constructor(folder: string, owner: ProcessIdentity | null, processes: readonly RecordedProcess[] = []) {
    mkdirSync(folder, { recursive: true });
    this.#file = fileIn(folder);
    this.#owner = owner;
    this.#processes = [...processes];
    this.#write();
  }

  /** The record of a folder as another process began it; to be written by one at a time. */
  static continued(folder: string): ProcessRecord {
    const begun = readRecord(folder);
    if (begun === null) throw new Error(`nothing was started in ${folder}`);
    return new ProcessRecord(folder, begun.owner, begun.processes);
  }

  add(process: RecordedProcess): void {
    this.#processes.push(process);
    this.#write();
  }

  get processes(): readonly RecordedProcess[] {
    return this.#processes;
  }

  #write(): void {
    // renamed into place: a reader never sees half of it
    writeFileSync(`${this.#file}.draft`, JSON.stringify({ owner: this.#owner, processes: this.#processes }, null, 2));
    renameSync(`${this.#file}.draft`, this.#file);
  }
}

/** All that was started for a folder; none when nothing ever was. */
export function recordedIn(folder: string): RecordedProcess[] {
  return readRecord(folder)?.processes ?? [];
}

/** What of it still runs. */
export function runningIn(folder: string): RecordedProcess[] {
  return recordedIn(folder).filter(isRunning);
}

/** Who has processes in the folder and runs himself; null when nobody has. */
export function runningOwner(folder: string): ProcessIdentity | null {
  const owner = readRecord(folder)?.owner ?? null;
  return owner !== null && isRunning(owner) ? owner : null;
}

/**
 * Ends all that still runs of a folder at once, for somebody who cannot wait: asked to end, an API server whose etcd has ended
 * already goes on trying.
 */
export function killAllIn(folder: string): void {
  for (const { pid } of runningIn(folder).toReversed())
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
}

/**
 * Ends all that still runs of a folder, last started first in line, and waits until it is gone.
 * @param isConcerned by its name; all without
 * @returns how many there were
 */
export async function endAllIn(folder: string, isConcerned: (name: string) => boolean = () => true): Promise<number> {
  const running = runningIn(folder).filter(({ name }) => isConcerned(name));
  const ends: EndableProcess[] = running
    .toReversed()
    .map(({ pid, startTime }) => ({ pid, startTime, stopSignal: 'SIGTERM' }));
  await endProcesses(ends, STOP_GRACE_MS);
  return running.length;
}

/** Folders below this one whose processes nobody will end any more: their owner is gone, or they have none. */
export function ownerlessFolders(parent: string): string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((folder) => {
      const record = readRecord(folder);
      return record !== null && (record.owner === null || !isRunning(record.owner));
    });
}

function readRecord(folder: string): z.infer<typeof recordSchema> | null {
  let text: string;
  try {
    text = readFileSync(fileIn(folder), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  return recordSchema.parse(JSON.parse(text));
}

function fileIn(folder: string): string {
  return join(folder, 'processes.json');
}
