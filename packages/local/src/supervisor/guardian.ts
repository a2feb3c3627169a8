import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EndableProcess } from './end-processes.js';

/** Whoever has to know which processes must not outlive the supervisor. */
export interface Guardian {
  add: (process: EndableProcess) => void;
  remove: (pid: number) => void;
  /** Lets the guardian end what is left, and go. */
  close: () => void;
}

/**
 * Starts the guardian in a session of its own, out of reach of the terminal's Ctrl-C and of a kill of the
 * supervisor's process group. Should it be killed, another takes its place.
 * @param entry the compiled guardian-process
 */
export function startGuardian(
  entry: string = fileURLToPath(new URL('./guardian-process.js', import.meta.url)),
): Guardian {
  const known = new Map<number, EndableProcess>();
  let closed = false;
  let child = launch();

  function launch(): ChildProcess {
    const started = spawn(process.execPath, [entry], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    started.unref();
    // A write to a guardian that was just killed; its exit is handled below.
    started.stdin?.on('error', () => undefined);
    started.on('error', () => undefined);
    started.on('exit', () => {
      if (closed || started !== child) return;
      child = launch();
      for (const process of known.values()) send(JSON.stringify({ add: process }));
    });
    return started;
  }

  function send(line: string): void {
    child.stdin?.write(`${line}\n`);
  }

  return {
    add(process) {
      known.set(process.pid, process);
      send(JSON.stringify({ add: process }));
    },
    remove(pid) {
      known.delete(pid);
      send(JSON.stringify({ remove: pid }));
    },
    close() {
      closed = true;
      child.stdin?.end();
    },
  };
}
