import { describe, expect, it } from 'vitest';
import { program } from './program.js';
import { keptTerminal } from './testing/stand-in-edge.js';

async function errorOf(line: string): Promise<string> {
  const terminal = keptTerminal();
  const hilum = program(terminal, () => undefined);
  await hilum.parseAsync(['node', 'hilum', ...line.split(' ')]).catch(() => undefined);
  return terminal.written.err;
}

describe('a command that is used wrongly', () => {
  it.each([
    ['frobnicate', "unknown command 'frobnicate'", 'npx hilum'],
    ['send f.jpeg', "required option '--site <name>' not specified", 'npx hilum send'],
    ['up --sites 0', 'It must be a whole number from 1 to 50', 'npx hilum up'],
    ['audit verify --yes', "unknown option '--yes'", 'npx hilum audit verify'],
    ['evidence verify', "missing required argument 'file'", 'npx hilum evidence verify'],
  ])('hilum %s says %s, and names the help of %s', async (line, problem, command) => {
    const error = await errorOf(line);

    expect(error).toContain(problem);
    expect(error).toContain(`(${command} --help tells more)`);
  });
});
