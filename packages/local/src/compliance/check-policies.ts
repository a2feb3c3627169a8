import type { ComplianceState, FleetReport } from '@hilum/contracts';
import type { Finding } from '../doctor/check.js';
import { ownerOf, type Examination } from '../doctor/examination.js';
import type { ProcessRecord } from '../fleet/fleet-state.js';
import { redact, secretsOf } from '../doctor/redact.js';
import { subjectsOf, LOCAL_POLICIES, LOCAL_POLICY_SETS } from './local-policies.js';
import type { LocalPolicy, Pending } from './local-policy.js';

const LIMIT_MS = 15_000;
const MAX_MESSAGE_CHARACTERS = 500;

type State = FleetReport['states'][number];

/** When each state began, as far as this process saw it; by policy and subject. */
export type Beginnings = Map<string, { state: ComplianceState; since: string }>;

/**
 * Checks every policy wherever it applies, side by side, each within its own time. Never throws: what could not be
 * checked is unknown.
 * @param beginnings of the states of the round before; changed
 */
export async function checkPolicies(
  examination: Examination,
  beginnings: Beginnings,
  options: { policies?: readonly LocalPolicy[]; appVersion: string; signal: AbortSignal },
): Promise<FleetReport> {
  const { policies = LOCAL_POLICIES, appVersion, signal } = options;
  const secrets = secretsOf(examination.state);
  const checks = policies.flatMap((policy) =>
    subjectsOf(policy, examination.sites).map(async (site): Promise<State> => {
      const { state, message, since } = await stateOf(policy, examination, site, signal);
      const now = examination.now().toISOString();
      return { policy: policy.name, site, state, message: clip(redact(message, secrets)), since: since ?? now };
    }),
  );
  const states = (await Promise.all(checks)).map((told) => begun(told, beginnings));
  return {
    version: 1,
    checkedAt: examination.now().toISOString(),
    clusters: ['hub', ...examination.sites].map((name) => ({
      name,
      message: processesText(examination, name),
      appVersion,
    })),
    policySets: LOCAL_POLICY_SETS,
    policies: policies.map(({ name, title, why, severity, standards, categories, controls, policySets }) => ({
      ...{ name, title, why, severity, standards, categories, controls, policySets },
      // the supervisor starts processes, it does not change what is wrong with them
      remediation: 'inform',
    })),
    states,
  };
}

interface Judged {
  state: ComplianceState;
  message: string;
  since: string | null;
}

async function stateOf(
  { check }: LocalPolicy,
  examination: Examination,
  subject: string,
  signal: AbortSignal,
): Promise<Judged> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const late = new Promise<Judged>((resolve) =>
    within.addEventListener('abort', () => resolve(unknown(`there was no answer within ${LIMIT_MS / 1000} s`)), {
      once: true,
    }),
  );
  const attempt = async (): Promise<Judged> => {
    // what makes it as it should be is under way
    if (isStarting(examination, subject)) return unknown('it is being started for the first time');
    try {
      return judge(await check(examination, subject, within));
    } catch (error) {
      return unknown(error instanceof Error ? error.message : String(error));
    }
  };
  return Promise.race([attempt(), late]);
}

/** A warning is not compliant: what a policy demands is met or it is not. */
function judge(found: Finding | Pending): Judged {
  const { state, detail } = found;
  if (state === 'skipped') return unknown(detail);
  if (state === 'pending') return { state, message: detail, since: null };
  return { state: state === 'ok' ? 'compliant' : 'non-compliant', message: detail, since: found.since };
}

function unknown(why: string): Judged {
  return { state: 'unknown', message: `it could not be checked: ${why}`, since: null };
}

/** The same state goes on since it began; what a check itself knows of that counts for a new one. */
function begun(told: State, beginnings: Beginnings): State {
  const key = `${told.policy}\n${told.site}`;
  const before = beginnings.get(key);
  const since = before?.state === told.state ? before.since : told.since;
  beginnings.set(key, { state: told.state, since });
  return { ...told, since };
}

function processesOf({ state, sites }: Examination, owner: string): ProcessRecord[] {
  return (state?.processes ?? []).filter(({ name }) => ownerOf(name, sites) === owner);
}

function isStarting(examination: Examination, owner: string): boolean {
  return processesOf(examination, owner).some(
    ({ state, restarts }) => restarts === 0 && (state === 'waiting' || state === 'starting'),
  );
}

function processesText(examination: Examination, owner: string): string {
  const processes = processesOf(examination, owner);
  const waiting = processes.filter((process) => process.state !== 'ready').map(({ name }) => name);
  if (waiting.length === 0) return `all ${processes.length} processes are ready`;
  return `not ready: ${waiting.join(', ')}`;
}

function clip(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= MAX_MESSAGE_CHARACTERS ? line : `${line.slice(0, MAX_MESSAGE_CHARACTERS - 1)}…`;
}
