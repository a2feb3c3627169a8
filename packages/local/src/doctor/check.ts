export const CHECK_STATES = ['ok', 'warning', 'failed', 'skipped'] as const;
/** warning: look at it when there is time. failed: something does not work or is not safe. skipped: could not be looked at, or does not apply here. */
export type CheckState = (typeof CHECK_STATES)[number];

/** What a check found out. */
export interface Finding {
  state: CheckState;
  /** a plain sentence: what is wrong, or what is well; when skipped, why. Holds no secret and no object key. */
  detail: string;
  /** ISO 8601 UTC, when what is wrong is known to have begun; null when that cannot honestly be said */
  since: string | null;
  /** what to do, one step a line; null when there is nothing to do */
  fix: string | null;
}

export const MACHINE = 'machine';
export const HUB = 'hub';

/** One question about one subject. */
export interface Check {
  name: string;
  /** `machine`, `hub`, or the name of a site (which can be neither) */
  subject: string;
  /** The longest it may take, in milliseconds; {@link DEFAULT_LIMIT_MS} otherwise. */
  limitMs?: number;
  /**
   * @param signal aborts when the time is over
   * @throws AwayError when a server it needs, and that another check is about, does not answer
   */
  run: (signal: AbortSignal) => Promise<Finding> | Finding;
}

export interface CheckResult extends Finding {
  name: string;
  subject: string;
}

interface Trouble {
  since?: string | null;
  fix?: string | null;
}

export function ok(detail: string): Finding {
  return { state: 'ok', detail, since: null, fix: null };
}

export function warning(detail: string, { since = null, fix = null }: Trouble = {}): Finding {
  return { state: 'warning', detail, since, fix };
}

export function failed(detail: string, { since = null, fix = null }: Trouble = {}): Finding {
  return { state: 'failed', detail, since, fix };
}

export function skipped(why: string): Finding {
  return { state: 'skipped', detail: why, since: null, fix: null };
}

const GRAVITY: Record<CheckState, number> = { failed: 0, warning: 1, skipped: 2, ok: 3 };

/** Orders states, the gravest first. */
export function byGravity(a: CheckState, b: CheckState): number {
  return GRAVITY[a] - GRAVITY[b];
}

/**
 * Several findings as one: the gravest state, what is wrong with each, the earliest time, every fix once.
 * @param whenWell the detail when nothing is wrong
 */
export function combine(findings: readonly Finding[], whenWell: string): Finding {
  const wrong = findings
    .filter(({ state }) => state === 'failed' || state === 'warning')
    .sort((a, b) => byGravity(a.state, b.state));
  const [gravest] = wrong;
  if (gravest === undefined) return ok(whenWell);
  const times = wrong.flatMap(({ since }) => since ?? []).sort();
  const fixes = [...new Set(wrong.flatMap(({ fix }) => fix ?? []))];
  return {
    state: gravest.state,
    detail: wrong.map(({ detail }) => detail).join('; '),
    since: times[0] ?? null,
    fix: fixes.length === 0 ? null : fixes.join('\n'),
  };
}
