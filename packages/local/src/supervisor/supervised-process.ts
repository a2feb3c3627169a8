import { spawn, type ChildProcess } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { timeLimited } from '@hilum/runtime';
import { processStartTime } from '../../bin/lib/process-identity.mjs';
import { killGroup, signalProcess } from './end-processes.js';
import type { Guardian } from './guardian.js';
import { processStates, type ProcessSnapshot, type ProcessSpec, type ProcessState } from './process-spec.js';
import { restartDelayMs, type RestartDelays } from './restart-delay-rule.js';
import { RotatingLog } from './rotating-log.js';

const PROBE_INTERVAL_MS = 100;

/** A start is given up (reported as failed, while restarts go on) after this many failures in a row. */
const FAILURES_TO_GIVE_UP = 3;

export class ProcessFailedError extends Error {}

/** Thrown by launch or a probe when trying again cannot help: the start is given up at once. */
export class HopelessStartError extends Error {}

export interface SupervisedProcessOptions {
  guardian: Guardian;
  logFile: string;
  delays: RestartDelays;
  /** Resolves when every dependency is ready. */
  dependenciesReady: (signal: AbortSignal) => Promise<void>;
  onChange: () => void;
}

interface RunningChild {
  child: ChildProcess;
  pid: number;
  startTime: string;
  exited: Promise<string>;
  exitCode: () => number | null;
  sawReadyLine: Promise<true>;
}

/**
 * Runs one process and starts it again when it dies.
 *
 *   waiting → starting → ready → (death) → restarting → waiting …
 *   any → stopping → stopped
 *
 * A start that fails (early exit, not ready in time) goes the way of a death. Death alone restarts a process that was
 * ready: a slow answer is not cured by killing the one who answers.
 */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #options: SupervisedProcessOptions;
  readonly #log: RotatingLog;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  #state: ProcessState = processStates.waiting;
  #running: RunningChild | null = null;
  #restarts = -1;
  #failures = 0;
  #startedAt: string | null = null;
  #error: string | null = null;
  #readyWaiters: { resolve: () => void; reject: (error: Error) => void; patient: boolean }[] = [];
  #finished: Promise<void> | null = null;

  constructor(spec: ProcessSpec, options: SupervisedProcessOptions) {
    this.spec = spec;
    // one that needs many others listens once for each of them, and Node would call that a leak
    setMaxListeners(0, this.#stop.signal);
    this.#options = options;
    this.#log = new RotatingLog(options.logFile);
  }

  start(): void {
    this.#finished ??= this.#run();
  }

  /** Resolves once it is ready (at once if it is); rejects when the start is given up or it is stopped. */
  async whenReady(): Promise<void> {
    if (this.#state === processStates.ready) return;
    if (this.#failures >= FAILURES_TO_GIVE_UP) throw this.#failure();
    await new Promise<void>((resolve, reject) => this.#readyWaiters.push({ resolve, reject, patient: false }));
  }

  /** Like whenReady, but waits through any number of failures. */
  async whenReadyAgain(signal: AbortSignal): Promise<void> {
    if (this.#state === processStates.ready) return;
    const ready = new Promise<void>((resolve, reject) => this.#readyWaiters.push({ resolve, reject, patient: true }));
    await Promise.race([ready, rejected(signal)]);
  }

  /** Stops it: its stop signal, then SIGKILL after its deadline. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#finished;
    this.#setState(processStates.stopped);
  }

  /** Cuts the grace of stop short. */
  kill(): void {
    this.#kill.abort();
  }

  snapshot(): ProcessSnapshot {
    return {
      name: this.spec.name,
      state: this.#state,
      pid: this.#running?.pid ?? null,
      startTime: this.#running?.startTime ?? null,
      stopSignal: this.spec.stopSignal,
      restarts: Math.max(0, this.#restarts),
      givenUp: this.#failures >= FAILURES_TO_GIVE_UP && this.#state !== processStates.ready,
      startedAt: this.#startedAt,
      log: this.#log.path,
      error: this.#error,
    };
  }

  async #run(): Promise<void> {
    const stopping = this.#stop.signal;
    while (!stopping.aborted) {
      let readySinceMs: number | null = null;
      try {
        this.#setState(processStates.waiting);
        await this.#options.dependenciesReady(stopping);
        const running = await this.#launch(stopping);
        await this.#becomeReady(running);
        if (stopping.aborted) break;
        readySinceMs = performance.now();
        this.#error = null;
        this.#setState(processStates.ready);
        const reason = await Promise.race([running.exited, aborted(stopping)]);
        if (typeof reason === 'string') throw new ProcessFailedError(`${this.spec.name} ${reason}`);
      } catch (error) {
        if (stopping.aborted) break;
        const exitCode = this.#running?.exitCode() ?? null;
        const hopeless =
          error instanceof HopelessStartError ||
          (exitCode !== null && this.spec.hopelessExitCodes?.includes(exitCode) === true);
        await this.#end();
        const { healthyAfterMs } = this.#options.delays;
        if (readySinceMs !== null && performance.now() - readySinceMs >= healthyAfterMs) this.#failures = 0;
        this.#failures += hopeless ? FAILURES_TO_GIVE_UP : 1;
        this.#error = error instanceof Error ? error.message : String(error);
        this.#note(`${this.#error}`);
        this.#setState(processStates.restarting);
        if (this.#failures >= FAILURES_TO_GIVE_UP && readySinceMs === null)
          this.#settleWaiters(this.#failure(), 'impatient');
        const delayMs = restartDelayMs(this.#failures, Math.random(), this.#options.delays);
        await delay(delayMs, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
    if (this.#running !== null) this.#setState(processStates.stopping);
    await this.#end();
    this.#settleWaiters(new ProcessFailedError(`${this.spec.name} was stopped`));
    this.#log.close();
  }

  async #launch(stopping: AbortSignal): Promise<RunningChild> {
    const launch = await this.spec.launch(stopping);
    stopping.throwIfAborted();
    // The shell holds the program back until the guardian knows of it, and becomes the program (same pid) then. If the
    // supervisor is killed in between, `read` fails at the end of the pipe and nothing was started.
    const gate = ['-c', 'read -r _ && exec "$@" </dev/null', 'sh', launch.file, ...launch.args];
    const child = spawn('/bin/sh', gate, {
      // A process group of its own: Ctrl-C in the terminal must reach the supervisor alone, which stops all in order.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: launch.env,
      ...(launch.cwd === undefined ? {} : { cwd: launch.cwd }),
    });
    child.stdin.on('error', () => undefined);
    const output = { failure: null as string | null };
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) => {
        if (output.failure !== null) resolve(`had stopped working: ${output.failure}`);
        else resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
      });
    });
    const { pid } = child;
    if (pid === undefined) throw new ProcessFailedError(await exited);
    const running: RunningChild = {
      child,
      pid,
      startTime: processStartTime(pid) ?? '',
      exited,
      exitCode: () => child.exitCode,
      sawReadyLine: this.#recordOutput(child, output),
    };
    this.#options.guardian.add({ pid, startTime: running.startTime, stopSignal: this.spec.stopSignal });
    this.#running = running;
    this.#restarts += 1;
    this.#startedAt = new Date().toISOString();
    this.#setState(processStates.starting);
    child.stdin.end('\n');
    return running;
  }

  /**
   * Copies all output to the log; the promise resolves at the line that tells of readiness. At a line that tells of
   * failure the process is killed, for it would never work again by itself.
   */
  #recordOutput(child: ChildProcess, output: { failure: string | null }): Promise<true> {
    const { ready, failureLine } = this.spec;
    return new Promise((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        let rest = '';
        stream?.on('data', (chunk: Buffer) => {
          this.#log.write(chunk);
          if (ready.kind !== 'line' && failureLine === undefined) return;
          const lines = (rest + chunk.toString('utf8')).split('\n');
          rest = lines.pop() ?? '';
          if (ready.kind === 'line' && lines.some((line) => ready.pattern.test(line))) resolve(true);
          const failure = lines.find((line) => failureLine?.test(line) === true);
          if (failure === undefined || output.failure !== null || child.pid === undefined) return;
          output.failure = failure;
          killGroup(child.pid);
        });
        stream?.on('error', () => undefined);
      }
    });
  }

  async #becomeReady(running: RunningChild): Promise<void> {
    const { name, ready, provision, readyTimeoutMs } = this.spec;
    // The attempt ends with whatever comes first: a stop, the deadline, the death of the process.
    const attempt = new AbortController();
    const deadline = setTimeout(
      () => attempt.abort(new ProcessFailedError(`${name} was not ready within ${readyTimeoutMs / 1000} s`)),
      readyTimeoutMs,
    );
    void running.exited.then((reason) => attempt.abort(new ProcessFailedError(`${name} ${reason}`)));
    const onStop = (): void => attempt.abort(new ProcessFailedError(`${name} was stopped`));
    this.#stop.signal.addEventListener('abort', onStop, { once: true });
    try {
      await Promise.race([
        ready.kind === 'line' ? running.sawReadyLine : this.#probe(ready.probe, attempt.signal),
        rejected(attempt.signal),
      ]);
      if (provision !== undefined) await Promise.race([provision(attempt.signal), rejected(attempt.signal)]);
      attempt.signal.throwIfAborted();
    } finally {
      clearTimeout(deadline);
      this.#stop.signal.removeEventListener('abort', onStop);
      attempt.abort(new ProcessFailedError(`${name}: this start is over`));
    }
  }

  async #probe(probe: (signal: AbortSignal) => Promise<boolean>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isReady = await probe(signal).catch((error: unknown) => {
        if (error instanceof HopelessStartError) throw error;
        return false;
      });
      if (isReady) return;
      await delay(PROBE_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Makes sure that the current child is gone. */
  async #end(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    const { child, pid } = running;
    if (child.exitCode === null && child.signalCode === null) {
      signalProcess(pid, this.spec.stopSignal);
      const patience = timeLimited(this.#kill.signal, this.spec.stopTimeoutMs);
      const first = await Promise.race([running.exited, aborted(patience)]);
      if (typeof first !== 'string') this.#note('had to be killed');
    }
    // Also when it ended by itself: what it started, and left behind, is in its group.
    killGroup(pid);
    await running.exited;
    // Its last words are still in the pipe when the exit is known.
    if (child.stdout !== null && !child.stdout.closed) {
      await Promise.race([once(child.stdout, 'close'), delay(500, undefined, { ref: false })]);
    }
    this.#options.guardian.remove(pid);
    this.#running = null;
  }

  #failure(): ProcessFailedError {
    return new ProcessFailedError(`${this.#error ?? `${this.spec.name} failed`}; its log is ${this.#log.path}`);
  }

  #note(text: string): void {
    this.#log.write(`--- ${new Date().toISOString()} supervisor: ${text}\n`);
  }

  #setState(state: ProcessState): void {
    if (this.#state === state) return;
    this.#state = state;
    if (state === processStates.ready) this.#settleWaiters(null);
    this.#options.onChange();
  }

  #settleWaiters(error: Error | null, which: 'all' | 'impatient' = 'all'): void {
    const waiters = this.#readyWaiters.filter(({ patient }) => which === 'all' || !patient);
    this.#readyWaiters = this.#readyWaiters.filter((waiter) => !waiters.includes(waiter));
    for (const { resolve, reject } of waiters) {
      if (error === null) resolve();
      else reject(error);
    }
  }
}

/** Resolves with a marker when the signal fires. */
function aborted(signal: AbortSignal): Promise<typeof signal> {
  if (signal.aborted) return Promise.resolve(signal);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal), { once: true }));
}

/** Rejects with the signal's reason when it fires. */
async function rejected(signal: AbortSignal): Promise<never> {
  await aborted(signal);
  throw signal.reason;
}
