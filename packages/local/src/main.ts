import { CommanderError } from 'commander';
import { plainFailure } from './cli/plain-failure.js';
import { program } from './cli/program.js';
import { processTerminal } from './cli/terminal.js';

/** Runs the `hilum` command. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const terminal = processTerminal();
  let exitCode = 0;
  try {
    await program(terminal, (code) => (exitCode = code)).parseAsync([...argv]);
  } catch (error) {
    // Commander has already said what was wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode;
    const text = plainFailure(error);
    if (text === null) throw error;
    terminal.err(`${text}\n`);
    return 1;
  }
  return exitCode;
}
