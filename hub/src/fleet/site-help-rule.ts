import { hilumCommand } from '@hilum/contracts';
import type { AlarmKind } from '../alarms/alarm-rule.js';
import type { MissingRange, SiteRow } from './fleet-store.js';

/** `hilum doctor` warns from here on. */
export const OLD_UNSCORED_SECONDS = 120;

/** Something that can be done at the site now: a line of the `hilum` command line, and what for. */
export interface SiteHelp {
  why: string;
  command: string;
}

/** What helps a site in its present state, the first thing first; nothing when it is well. */
export function siteHelp(site: {
  row: SiteRow;
  missing: readonly MissingRange[];
  openAlarms: readonly AlarmKind[];
}): SiteHelp[] {
  const { row, missing, openAlarms } = site;
  const { name, state, status } = row;
  const help: SiteHelp[] = [];
  const down = (['store', 'kafka', 'database', 'inference'] as const).filter((part) => status?.[part] === 'down');
  const areImagesOld = (row.oldestUnscoredAgeSeconds ?? 0) > OLD_UNSCORED_SECONDS;
  const hasDeadLetters = (row.deadLetters ?? 0) > 0;
  if (state !== 'live' || down.length > 0 || areImagesOld || openAlarms.includes('quarantine'))
    help.push({ why: 'Says what is wrong there, since when and what to do', command: hilumCommand.doctor(name) });
  if (state === 'dead') help.push({ why: 'Shows which of its processes run', command: hilumCommand.status() });
  if (state !== 'live')
    help.push({ why: 'What the mirror to the hub said last', command: hilumCommand.mirrorLog(name) });
  for (const part of down)
    help.push({ why: `What its ${part} said last`, command: hilumCommand.componentLog(name, part) });
  if (areImagesOld && !down.includes('inference'))
    help.push({ why: 'Whether images wait for the scoring service', command: hilumCommand.dispatcherLog(name) });
  const [first, last] = [missing.at(0), missing.at(-1)];
  if (first !== undefined && last !== undefined)
    help.push({
      why: 'Sends the missing events again; those that the hub has it drops',
      command: hilumCommand.replay(name, first.from, last.to),
    });
  if (hasDeadLetters)
    help.push(
      { why: 'Shows the dead letters and why each was given up', command: hilumCommand.listDeadLetters(name) },
      { why: 'Puts them back into the queue, once the cause is mended', command: hilumCommand.resendDeadLetters(name) },
    );
  return help;
}
