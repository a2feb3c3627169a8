import { CHECK_STATES, HUB, MACHINE, byGravity, type CheckResult, type CheckState } from './check.js';

export interface ReportOptions {
  at: Date;
  dataDir: string;
  columns: number;
  /** ANSI colours */
  colours: boolean;
}

const MARKS: Record<CheckState, string> = { failed: '✗', warning: '!', skipped: '-', ok: '✓' };
const COLOURS: Record<CheckState, string> = { failed: '31', warning: '33', skipped: '2', ok: '32' };
const NAME_WIDTH = 19;
const INDENT = 4 + NAME_WIDTH;

/** The results for people: by subject, what failed first. No line is longer than `columns`, but for words that are. */
export function reportText(results: readonly CheckResult[], options: ReportOptions): string {
  const lines = [`hilum doctor, ${iso(options.at.toISOString())}, ${options.dataDir}`];
  for (const [subject, own] of bySubject(results)) {
    lines.push('', paint(subject, '1', options.colours));
    const told = own.filter(({ state }) => state !== 'skipped').sort((a, b) => byGravity(a.state, b.state));
    for (const result of told) lines.push(...resultLines(result, options));
    for (const [why, names] of skippedByReason(own)) lines.push(...skippedLines(why, names, options));
  }
  return `${lines.join('\n')}\n\n${counts(results)}\n`;
}

function resultLines({ name, state, detail, since, fix }: CheckResult, options: ReportOptions): string[] {
  const { columns, colours, at } = options;
  const [first = '', ...rest] = wrap(detail, columns - INDENT);
  const mark = paint(MARKS[state], COLOURS[state], colours);
  const lines = [`  ${mark} ${name.padEnd(NAME_WIDTH)}${first}`, ...rest.map(indented)];
  if (state === 'ok') return lines;
  if (since !== null) lines.push(indented(`since ${iso(since)} (${duration(at.getTime() - Date.parse(since))})`));
  for (const step of fix?.split('\n') ?? []) {
    const [head = '', ...tail] = wrap(step, columns - INDENT - 2);
    lines.push(indented(`→ ${paint(head, '1', colours)}`));
    for (const line of tail) lines.push(indented(`  ${paint(line, '1', colours)}`));
  }
  return lines;
}

/** One entry for all that were skipped for the same reason. */
function skippedByReason(results: readonly CheckResult[]): Map<string, string[]> {
  const reasons = new Map<string, string[]>();
  for (const { name, state, detail } of results)
    if (state === 'skipped') reasons.set(detail, [...(reasons.get(detail) ?? []), name]);
  return reasons;
}

function skippedLines(why: string, names: readonly string[], { columns, colours }: ReportOptions): string[] {
  const [first = '', ...rest] = wrap(`skipped, ${why}: ${names.join(', ')}`, columns - 4);
  return [`  ${MARKS.skipped} ${first}`, ...rest.map((line) => `    ${line}`)].map((line) =>
    paint(line, COLOURS.skipped, colours),
  );
}

/** Subjects with the gravest first; among equals sites by name, the hub, the machine. */
function bySubject(results: readonly CheckResult[]): [string, CheckResult[]][] {
  const groups = new Map<string, CheckResult[]>();
  for (const result of results) groups.set(result.subject, [...(groups.get(result.subject) ?? []), result]);
  const worst = (own: readonly CheckResult[]): CheckState =>
    own
      .map(({ state }) => state)
      .filter((state) => state !== 'skipped')
      .sort(byGravity)[0] ?? 'ok';
  const rank = (subject: string): number => [HUB, MACHINE].indexOf(subject);
  return [...groups].sort(
    ([a, ofA], [b, ofB]) => byGravity(worst(ofA), worst(ofB)) || rank(a) - rank(b) || a.localeCompare(b),
  );
}

function counts(results: readonly CheckResult[]): string {
  const words: Record<CheckState, [string, string]> = {
    failed: ['failed', 'failed'],
    warning: ['warning', 'warnings'],
    skipped: ['skipped', 'skipped'],
    ok: ['ok', 'ok'],
  };
  return [...CHECK_STATES]
    .sort(byGravity)
    .flatMap((state) => {
      const count = results.filter((result) => result.state === state).length;
      return count === 0 ? [] : [`${count} ${words[state][count === 1 ? 0 : 1]}`];
    })
    .join(', ');
}

/** Breaks at spaces; a word that is longer than the width stays whole, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}

/** Such as "22 s", "5 min", "3 h", "12 days". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

function indented(line: string): string {
  return `${' '.repeat(INDENT)}${line}`;
}

function iso(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

function paint(text: string, code: string, colours: boolean): string {
  return colours ? `\x1b[${code}m${text}\x1b[0m` : text;
}
