import type { ComplianceState, FleetReport } from '@hilum/contracts';
import type { Finding } from '../doctor/check.js';
import type { Examination } from '../doctor/examination.js';
import { redact, secretsOf } from '../doctor/redact.js';
import { subjectsOf, LOCAL_POLICIES, LOCAL_POLICY_SETS } from './local-policies.js';
import type { LocalPolicy } from './local-policy.js';

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
    try {
      const found = await check(examination, subject, within);
      return found === 'pending'
        ? { state: 'pending', message: 'there is nothing to demand it of yet', since: null }
        : judge(found);
    } catch (error) {
      return unknown(error instanceof Error ? error.message : String(error));
    }
  };
  return Promise.race([attempt(), late]);
}

/** A warning is not compliant: what a policy demands is met or it is not. */
function judge({ state, detail, since }: Finding): Judged {
  if (state === 'skipped') return unknown(detail);
  return { state: state === 'ok' ? 'compliant' : 'non-compliant', message: detail, since };
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

function processesText({ state, sites }: Examination, owner: string): string {
  const isOf = (name: string): boolean =>
    owner === 'hub' ? name === 'hub' || name.startsWith('hub-') : name.startsWith(`${owner}-`);
  // a site's name may begin with another one's
  const longer = sites.filter((site) => site !== owner && site.startsWith(`${owner}-`));
  const processes = (state?.processes ?? []).filter(
    ({ name }) => isOf(name) && !longer.some((site) => name.startsWith(`${site}-`)),
  );
  const waiting = processes.filter((process) => process.state !== 'ready').map(({ name }) => name);
  if (waiting.length === 0) return `all ${processes.length} processes are ready`;
  return `not ready: ${waiting.join(', ')}`;
}

function clip(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= MAX_MESSAGE_CHARACTERS ? line : `${line.slice(0, MAX_MESSAGE_CHARACTERS - 1)}…`;
}
