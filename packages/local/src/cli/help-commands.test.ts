import { hilumCommand } from '@hilum/contracts';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from './program.js';
import { keptTerminal } from './testing/stand-in-edge.js';

/** The command line with nothing behind it: tells which command a line is of, or why it is of none. */
async function commandOf(line: string): Promise<string> {
  const terminal = keptTerminal();
  let ran = '';
  const hilum = program(terminal, () => undefined);
  const silence = (command: Command, name: string): void => {
    if (command.commands.length === 0) command.action(() => void (ran = name));
    for (const inner of command.commands) silence(inner, `${name} ${inner.name()}`);
  };
  silence(hilum, 'hilum');
  await hilum.parseAsync(['node', ...line.split(' ')]).catch((error: Error) => {
    throw new Error(`${error.message}\n${terminal.written.err}`);
  });
  return ran;
}

describe('the commands that the hub says help', () => {
  it.each([
    [hilumCommand.doctor('st-agnes'), 'hilum doctor'],
    [hilumCommand.status(), 'hilum status'],
    [hilumCommand.replay('st-agnes', 4, 12), 'hilum relay replay'],
    [hilumCommand.listDeadLetters('st-agnes'), 'hilum dlq list'],
    [hilumCommand.resendDeadLetters('st-agnes'), 'hilum dlq resend'],
    [hilumCommand.componentLog('st-agnes', 'database'), 'hilum logs'],
    [hilumCommand.mirrorLog('st-agnes'), 'hilum logs'],
    [hilumCommand.dispatcherLog('st-agnes'), 'hilum logs'],
  ])('%s is one of the command line', async (line, command) => {
    expect(await commandOf(line)).toBe(command);
  });

  it('are all tried here', () => {
    expect(Object.keys(hilumCommand)).toHaveLength(8);
  });

  it('would be found out when they were not', async () => {
    await expect(commandOf('hilum doctor --hospital st-agnes')).rejects.toThrow(/unknown option '--hospital'/);
    await expect(commandOf('hilum dlq send')).rejects.toThrow(/unknown command|help/i);
  });
});
