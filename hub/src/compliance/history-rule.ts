import { overallState, type ComplianceState, type PolicyEvent, type PolicyReport } from './compliance-state.js';
import type { Judged } from './effective-state-rule.js';

/** What a source said last of a policy at a cluster. */
export interface Reported extends Judged {
  templates: Record<string, ComplianceState>;
}

/** All times in milliseconds since the epoch. */
export interface CurrentState extends Judged {
  since: number;
  reported: Reported;
}

export interface Transition {
  template: string | null;
  from: ComplianceState | null;
  to: ComplianceState | null;
  message: string;
  at: number;
}

/**
 * What a report adds to the history, and what the state is then.
 *
 * Events are taken one by one, so that what happened between two reports is in the history with its own times. One from
 * before the current state (it came late) is added to the history, but says nothing of now. Last counts what the report
 * says as a whole, as far as it is believed (`judged`): sources keep few events, and some none.
 * @param events those of the report that are not in the history yet
 */
export function applyReport(
  now: number,
  options: { current: CurrentState | null; report: PolicyReport; events: readonly PolicyEvent[]; judged: Judged },
): { next: CurrentState; transitions: Transition[] } {
  const { current, report, events, judged } = options;
  const templates = { ...current?.reported.templates };
  const transitions: Transition[] = [];
  let state = current?.state ?? null;
  let since = current?.since ?? null;
  const move = (to: Judged, at: number, template: string | null): void => {
    transitions.push({ template, from: state, to: to.state, message: to.message, at });
    if (to.state !== state) since = at;
    state = to.state;
  };
  for (const event of events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const at = Math.min(Date.parse(event.at), now);
    const from = Object.keys(templates).length === 0 ? null : overallState(Object.values(templates));
    templates[event.template] = event.state;
    const to = overallState(Object.values(templates));
    if (current !== null && at <= current.since)
      transitions.push({ template: event.template, from, to, message: event.message, at });
    else move({ state: to, message: event.message }, at, event.template);
  }
  if (judged.state !== state) {
    const known = report.since === null ? now : Math.min(Date.parse(report.since), now);
    // it cannot have begun before what is known to have been otherwise
    move(judged, since !== null && known <= since ? now : known, null);
  }
  return {
    next: {
      ...judged,
      since: since ?? now,
      reported: {
        state: report.state,
        message: report.message,
        templates: Object.keys(report.templates).length > 0 ? report.templates : templates,
      },
    },
    transitions,
  };
}
