/** How to start a process, worked out anew before each start. */
export interface Launch {
  file: string;
  args: readonly string[];
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd?: string;
}

/** When a started process counts as serving. */
export type ReadyCheck =
  /** Asked again and again until it answers true; a throw counts as "not yet", but for a HopelessStartError. */
  | { kind: 'probe'; probe: (signal: AbortSignal) => Promise<boolean> }
  /** A line of its output, for programs that offer nothing to ask. */
  | { kind: 'line'; pattern: RegExp };

/** One process of the fleet, as the supervisor sees it. */
export interface ProcessSpec {
  name: string;
  /** These must be ready before each start; stopping goes the other way round. */
  dependsOn: readonly string[];
  /** Prepares what the process needs (idempotent: runs before every start) and says how to start it. */
  launch: (signal: AbortSignal) => Promise<Launch>;
  ready: ReadyCheck;
  /** Idempotent work on the serving process that belongs to being ready: topics, buckets, accounts. */
  provision?: (signal: AbortSignal) => Promise<void>;
  /** From the start of the process to the end of provision. */
  readyTimeoutMs: number;
  stopSignal: NodeJS.Signals;
  /** From stopSignal to SIGKILL. */
  stopTimeoutMs: number;
  /** A line of its output by which a process that goes on running says that it has stopped working: it is started anew. */
  failureLine?: RegExp;
  /** Exit codes that a new start cannot cure, such as 78 for bad configuration. */
  hopelessExitCodes?: readonly number[];
}

export const processStates = {
  /** for its dependencies, or for what launch prepares */
  waiting: 'waiting',
  starting: 'starting',
  ready: 'ready',
  /** died; will be started again */
  restarting: 'restarting',
  stopping: 'stopping',
  stopped: 'stopped',
} as const;
export type ProcessState = (typeof processStates)[keyof typeof processStates];

/** What can be told about a process from outside. */
export interface ProcessSnapshot {
  name: string;
  state: ProcessState;
  /** null while it does not run */
  pid: number | null;
  /** the system's own mark of when the pid began; with the pid it names exactly one process */
  startTime: string | null;
  stopSignal: NodeJS.Signals;
  restarts: number;
  /** several starts in a row failed, or one in a way that cannot heal; it is tried again all the same */
  givenUp: boolean;
  startedAt: string | null;
  log: string;
  /** why the last start or run ended, until it is ready again */
  error: string | null;
}
