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

/** What runs now: a fleet is in the background and would outlive us. */
const running = new Set<ChaosRun>();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    say('stopping');
    void Promise.all([...running].map((run) => run.stop())).finally(() => process.exit(130));
  });

process.exitCode = await main();

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
    const run = await ChaosRun.start({ seed, reportDir, say: (line) => say(`  ${line}`), ...options });
    running.add(run);
    return run;
  };
  let shared: ChaosRun | null = null;
  try {
    for (const scenario of list) {
      const lack = scenario.needs?.() ?? null;
      if (lack !== null) {
        outcomes.push({ scenario: scenario.name, seed, seconds: 0, result: 'skipped', why: lack });
        continue;
      }
      say(`▶ ${scenario.name} (seed ${seed}): ${scenario.what}`);
      const startedAt = performance.now();
      let why: string | null = null;
      const logFolder = join(reportDir, `${scenario.name}-${seed}`);
      try {
        if (scenario.setting === undefined) {
          shared ??= await begin();
          await keepingLogs(shared, logFolder, (run) => scenario.run(run, { isFull: values.full }));
        } else {
          // two fleets at once would measure the machine instead of the fleet
          await end(shared);
          shared = null;
          await onFleetOfItsOwn(scenario, scenario.setting, begin, logFolder);
        }
      } catch (failure) {
        why = explain(failure);
        await end(shared);
        shared = null;
      }
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      say(why === null ? `✓ ${scenario.name} (${seconds} s)` : `✗ ${scenario.name} (${seconds} s)\n${why}`);
      outcomes.push({ scenario: scenario.name, seed, seconds, result: why === null ? 'passed' : 'failed', why });
    }
  } finally {
    await end(shared);
  }
  return outcomes;
}

async function onFleetOfItsOwn(
  scenario: Scenario,
  setting: NonNullable<Scenario['setting']>,
  begin: (options: Partial<ChaosRunOptions>) => Promise<ChaosRun>,
  logFolder: string,
): Promise<void> {
  const { options, cleanUp } = setting();
  try {
    const own = await begin(options);
    try {
      await keepingLogs(own, logFolder, (run) => scenario.run(run, { isFull: values.full }));
    } finally {
      await end(own);
    }
  } finally {
    cleanUp();
  }
}

async function end(run: ChaosRun | null): Promise<void> {
  if (run === null || !running.delete(run)) return;
  await run.stop();
}

/** The fleet goes when a scenario fails; its logs stay for whoever looks into it. */
async function keepingLogs(run: ChaosRun, folder: string, work: (run: ChaosRun) => Promise<void>): Promise<void> {
  try {
    await work(run);
  } catch (failure) {
    await cp(join(run.fleet.dataFolder, 'logs'), folder, { recursive: true });
    say(`  the logs of this fleet are kept in ${folder}`);
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
