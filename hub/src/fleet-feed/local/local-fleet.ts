import { fleetReport, type FleetReport } from '@hilum/contracts';
import { wait, type Logger } from '@hilum/runtime';
import { SOURCE_STALE_MS } from '../../compliance/effective-state-rule.js';
import type { Fleet, FleetChange, FleetView } from '../fleet.js';

const ASK_INTERVAL_MS = 10_000;
const ANSWER_TIMEOUT_MS = 10_000;

export interface LocalFleetOptions {
  /** the supervisor's address, such as http://127.0.0.1:20000 */
  url: string;
  token: string;
  log: Logger;
  now: () => number;
  /** as runtime's wait */
  pause?: (ms: number, signal: AbortSignal) => Promise<boolean>;
}

/** One machine's fleet, as its supervisor checks it: asked every few seconds, told whole when it was checked anew. */
export class LocalFleet implements Fleet {
  readonly source = 'local';
  readonly #options: Required<LocalFleetOptions>;
  #view: FleetView = { kind: 'report', state: 'starting', provenAt: null, detail: null };

  constructor(options: LocalFleetOptions) {
    this.#options = { pause: wait, ...options };
  }

  views(): FleetView[] {
    return [this.#view];
  }

  async follow(tell: (changes: readonly FleetChange[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    let told: string | null = null;
    do {
      try {
        const report = await this.#ask(signal);
        if (report.checkedAt !== told) await tell(changesOf(report));
        told = report.checkedAt;
        this.#become({ kind: 'report', state: 'following', provenAt: Date.parse(report.checkedAt), detail: null });
      } catch (error) {
        if (signal.aborted) return;
        const state = error instanceof RefusedError ? 'refused' : 'failing';
        const detail = error instanceof Error ? error.message : String(error);
        this.#become({ ...this.#view, state, detail });
      }
    } while (await this.#options.pause(ASK_INTERVAL_MS, signal));
  }

  async #ask(signal: AbortSignal): Promise<FleetReport> {
    const { url, token, now } = this.#options;
    const response = await fetch(new URL('/fleet', url), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      redirect: 'error',
    });
    if (response.status === 401) throw new RefusedError('the supervisor does not know the token');
    if (response.status === 503) throw new Error('the supervisor has not made its checks yet');
    if (!response.ok) throw new Error(`the supervisor answered ${response.status}`);
    const parsed = fleetReport.safeParse(await response.json());
    if (!parsed.success) {
      const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
      throw new Error(`the supervisor's report is not as agreed: ${fields.slice(0, 3).join('; ')}`);
    }
    // what is too old is no news: states become unknown, as they do when nobody answers
    if (now() - Date.parse(parsed.data.checkedAt) > SOURCE_STALE_MS)
      throw new Error(`the supervisor's last checks were made at ${parsed.data.checkedAt}`);
    return parsed.data;
  }

  #become(view: FleetView): void {
    const { log } = this.#options;
    const hasChanged = view.state !== this.#view.state || view.detail !== this.#view.detail;
    this.#view = view;
    if (!hasChanged) return;
    if (view.state === 'following') log.info({ kind: view.kind }, 'the supervisor is followed');
    else log.warn({ state: view.state, detail: view.detail }, 'the supervisor could not be asked, trying again');
  }
}

/** The fleet that a report is of, as everything there is. */
export function changesOf({ checkedAt, clusters, policySets, policies, states }: FleetReport): FleetChange[] {
  return [
    {
      type: 'all-objects',
      kind: 'cluster',
      // whoever has a supervisor was let in by it and is looked after by it
      objects: clusters.map(({ name, message, appVersion }) => ({
        ...{ kind: 'cluster', namespace: '', name, site: name, accepted: true, joined: true },
        ...{ availability: 'available', availabilitySince: null, message, clusterSet: null, version: appVersion },
      })),
    },
    {
      type: 'all-objects',
      kind: 'policy-set',
      objects: policySets.map(({ name, description }) => ({
        ...{ kind: 'policy-set', namespace: '', name, site: null, description },
        policies: policies.filter((policy) => policy.policySets.includes(name)).map((policy) => policy.name),
      })),
    },
    { type: 'all-policies', policies },
    {
      type: 'all-reports',
      reports: states.map(({ policy, site, state, message, since }) => ({
        ...{ policy, site, state, message, since, templates: {}, events: [] },
      })),
    },
    { type: 'seen', at: Date.parse(checkedAt) },
  ];
}

class RefusedError extends Error {}
