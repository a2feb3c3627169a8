import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ToolRun {
  command: string;
  args: readonly string[];
  cwd: string;
  env?: Record<string, string>;
  signal: AbortSignal;
  /** Every line of its output, from both streams. */
  onLine?: (line: string) => void;
}

/**
 * Runs a build tool to its end.
 * @returns its standard output
 * @throws Error with the last lines it said when it fails, or when it is not installed
 */
export async function runTool({ command, args, cwd, env = {}, signal, onLine }: ToolRun): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const output: string[] = [];
  const last: string[] = [];
  const follow = (stream: NodeJS.ReadableStream, keep: boolean): void => {
    createInterface({ input: stream }).on('line', (line) => {
      onLine?.(line);
      if (keep) output.push(line);
      last.push(line);
      if (last.length > 20) last.shift();
    });
  };
  follow(child.stdout, true);
  follow(child.stderr, false);
  const ending = await new Promise<string | null>((resolve, reject) => {
    child.once('error', (error) =>
      reject((error as NodeJS.ErrnoException).code === 'ENOENT' ? new Error(`${command} is not installed`) : error),
    );
    child.once('close', (code, killedBy) =>
      resolve(code === 0 ? null : `ended with ${killedBy ?? `exit code ${code}`}`),
    );
  });
  if (ending !== null) throw new Error(`${command} ${args[0] ?? ''} ${ending}:\n${last.join('\n')}`);
  return output.join('\n');
}
