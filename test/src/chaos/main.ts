import { mkdirSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../support/repository.js';
import { ChaosRun, type ChaosRunOptions } from './harness/chaos-run.js';
import { scenarios } from './scenarios/all.js';
import type { Scenario } from './scenarios/scenario.js';

const HELP = `npm run test:chaos -- [options]

Breaks a hub and two hospitals in many ways and holds them to their promises afterwards.

  --only NAME     only this scenario; may be given several times
  --seeds N       repeat the seeded scenarios with N seeds (default 1)
  --seed N        the first seed (default 1)
  --full          the long outages and large numbers instead of those that fit a run for every change
  --list          name the scenarios and end
`;

interface Outcome {
  scenario: string;
  seed: number;
  seconds: number;
  result: 'passed' | 'failed' | 'skipped';
  /** what does not hold, or why it was not run; null when it passed */
  why: string | null;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    full: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
// the AWS library's advice about Node versions would stand in the middle of the progress
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const began = performance.now();
const say = (line: string): void => void process.stderr.write(`[${clock(performance.now() - began)}] ${line}\n`);

/** What must be done before we end, latest first: a fleet is in the background and a mount stays, should we just go. */
const undo: (() => Promise<void>)[] = [];
let undoing: Promise<void> = Promise.resolve();
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    say('stopping');
    isInterrupted = true;
    void undoAll().finally(() => process.exit(130));
  });

// not just the exit code: a connection that hangs must not keep a finished run from ending
process.exit(await main());

async function main(): Promise<number> {
  if (values.help) return print(HELP);
  if (values.list) return print(scenarios.map(({ name, what }) => `${name.padEnd(24)}${what}\n`).join(''));
  const seeds = numbers(values.seed, values.seeds);
  const unknown = values.only.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (seeds === null || unknown.length > 0) {
    const why = seeds === null ? '--seed and --seeds take whole numbers from 1' : `no scenario ${unknown.join(', ')}`;
    process.stderr.write(`${why}\n\n${HELP}`);
    return 2;
  }
  const chosen = scenarios.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  const reportDir = join(repositoryRoot, '.hilum', 'chaos', new Date().toISOString().replaceAll(':', '-'));
  mkdirSync(reportDir, { recursive: true });

  const outcomes: Outcome[] = [];
  for (const [index, seed] of seeds.entries())
    outcomes.push(...(await runAll(index === 0 ? chosen : chosen.filter(({ isSeeded }) => isSeeded), seed, reportDir)));

  writeFileSync(join(reportDir, 'report.json'), `${JSON.stringify({ outcomes }, null, 2)}\n`);
  for (const { scenario, seed, result, why } of outcomes)
    if (result !== 'passed') say(`${result.toUpperCase()} ${scenario} (seed ${seed}): ${why}`);
  const number = (wanted: Outcome['result']): number => outcomes.filter(({ result }) => result === wanted).length;
  const skipped = number('skipped') === 0 ? '' : `, ${number('skipped')} skipped`;
  process.stdout.write(`${number('passed')} passed, ${number('failed')} failed${skipped}\n`);
  return number('failed') === 0 ? 0 : 1;
}

/**
 * One scenario after another on one fleet, but for those that bring their own. After a failure on a new one, for the
 * old one may be past judging.
 */
async function runAll(list: readonly Scenario[], seed: number, reportDir: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const begin = async (options: Partial<ChaosRunOptions> = {}): Promise<ChaosRun> => {
    const starting = ChaosRun.start({ seed, reportDir, say: (line) => say(`  ${line}`), ...options });
    undo.push(async () => (await starting.catch(() => null))?.stop());
    return starting;
  };
  let shared: ChaosRun | null = null;
  for (const scenario of list) {
    if (isInterrupted) break;
    const lack = scenario.needs?.() ?? null;
    if (lack !== null) {
      outcomes.push({ scenario: scenario.name, seed, seconds: 0, result: 'skipped', why: lack });
      continue;
    }
    say(`▶ ${scenario.name} (seed ${seed}): ${scenario.what}`);
    const startedAt = performance.now();
    const logFolder = join(reportDir, `${scenario.name}-${seed}`);
    let why: string | null = null;
    try {
      if (scenario.setting === undefined) {
        shared ??= await begin();
        await keepingLogs(shared, logFolder, scenario);
      } else {
        // two fleets at once would measure the machine instead of the fleet
        await undoAll();
        shared = null;
        const { options, cleanUp } = scenario.setting();
        undo.push(cleanUp);
        await keepingLogs(await begin(options), logFolder, scenario);
        await undoAll();
      }
    } catch (failure) {
      why = explain(failure);
      shared = null;
      await undoAll().catch((error: unknown) => (why = `${why}\n${explain(error)}`));
    }
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    say(why === null ? `✓ ${scenario.name} (${seconds} s)` : `✗ ${scenario.name} (${seconds} s)\n${why}`);
    outcomes.push({ scenario: scenario.name, seed, seconds, result: why === null ? 'passed' : 'failed', why });
  }
  await undoAll();
  return outcomes;
}

/** One after another: who calls while it goes on waits for the end, so that nobody exits before all is undone. */
function undoAll(): Promise<void> {
  undoing = undoing
    .catch(() => undefined)
    .then(async () => {
      while (undo.length > 0) await undo.pop()?.();
    });
  return undoing;
}

/** The fleet goes when a scenario fails; its logs stay for whoever looks into it. */
async function keepingLogs(run: ChaosRun, folder: string, scenario: Scenario): Promise<void> {
  try {
    run.begin(scenario.name);
    await scenario.run(run, { isFull: values.full });
  } catch (failure) {
    await cp(join(run.fleet.dataFolder, 'logs'), folder, { recursive: true }).then(
      () => say(`  the logs of this fleet are kept in ${folder}`),
      (error: unknown) => say(`  the logs could not be kept: ${explain(error)}`),
    );
    throw failure;
  }
}

function explain(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const cause = failure.cause === undefined ? '' : `\n  because: ${explain(failure.cause)}`;
  return `${failure.message}${cause}`;
}

function numbers(first: string, count: string): number[] | null {
  const [from, many] = [Number(first), Number(count)];
  if (!Number.isInteger(from) || !Number.isInteger(many) || from < 1 || many < 1) return null;
  return Array.from({ length: many }, (_, index) => from + index);
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
