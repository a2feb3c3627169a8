import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/** One setting: the environment variable, how its text is read, and whether it must never be shown. */
export interface Setting<Value> {
  env: string;
  schema: z.ZodType<Value, string | undefined>;
  secret: boolean;
}

export type Settings = Record<string, Setting<unknown>>;
export type ConfigOf<S extends Settings> = { [Name in keyof S]: S[Name] extends Setting<infer Value> ? Value : never };

/** All that is wrong with the configuration at once; names variables and rules, never values. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`HILUM_CONFIG_INVALID: ${problems.length} problem(s)\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads every setting from the environment. `NAME_FILE` names a file that holds the value (a mounted secret); giving
 * both is an error, for one of them would be ignored in silence. An empty variable counts as not given.
 * @param check finds what is wrong between settings or behind them; it gets those that could be read
 * @throws ConfigError with every problem found
 */
export function readConfig<S extends Settings>(
  settings: S,
  env: NodeJS.ProcessEnv,
  check: (config: Partial<ConfigOf<S>>) => readonly string[] = () => [],
): ConfigOf<S> {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const text = textOf(setting, env, problems);
    if (text === INVALID) continue;
    const parsed = setting.schema.safeParse(text);
    if (parsed.success) config[name] = parsed.data;
    else problems.push(`${setting.env}: ${text === undefined ? 'is required' : messageOf(parsed.error)}`);
  }
  problems.push(...check(config as Partial<ConfigOf<S>>));
  if (problems.length > 0) throw new ConfigError(problems);
  return config as ConfigOf<S>;
}

const INVALID = Symbol('invalid');

function textOf(setting: Setting<unknown>, env: NodeJS.ProcessEnv, problems: string[]): string | undefined | symbol {
  const direct = emptyToUndefined(env[setting.env]);
  const file = emptyToUndefined(env[`${setting.env}_FILE`]);
  if (file === undefined) return direct;
  if (direct !== undefined) {
    problems.push(`${setting.env}: give either ${setting.env} or ${setting.env}_FILE, not both`);
    return INVALID;
  }
  try {
    return emptyToUndefined(readFileSync(file, 'utf8').trim());
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    problems.push(`${setting.env}_FILE: the file cannot be read (${why})`);
    return INVALID;
  }
}

function emptyToUndefined(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** zod's messages tell what was expected; the received value is in none of them. */
function messageOf(error: z.ZodError): string {
  return error.issues.map((issue) => issue.message).join('; ');
}
