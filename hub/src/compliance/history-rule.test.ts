import { describe, expect, it } from 'vitest';
import type { ComplianceState, PolicyEvent, PolicyReport } from './compliance-state.js';
import { applyReport, type CurrentState } from './history-rule.js';

const now = Date.UTC(2026, 4, 4, 12);
const minutesAgo = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
const event = (minutes: number, state: ComplianceState, template = 'listener'): PolicyEvent => ({
  id: `event-${minutes}-${template}`,
  template,
  state,
  message: `${template} was ${state} ${minutes} minutes ago`,
  at: minutesAgo(minutes),
});
const report = (state: ComplianceState, change: Partial<PolicyReport> = {}): PolicyReport => ({
  policy: 'policy-kafka-tls-only',
  site: 'st-agnes',
  state,
  message: `it is ${state}`,
  since: null,
  templates: {},
  events: [],
  ...change,
});
const current = (state: ComplianceState, minutes: number, templates = {}): CurrentState => ({
  state,
  message: `it was ${state}`,
  since: now - minutes * 60_000,
  reported: { state, message: `it was ${state}`, templates },
});
function apply(before: CurrentState | null, told: PolicyReport, judged = { state: told.state, message: told.message }) {
  const { next, transitions } = applyReport(now, { current: before, report: told, events: told.events, judged });
  return {
    next: { state: next.state, message: next.message, minutes: (now - next.since) / 60_000 },
    transitions: transitions.map(({ from, to, at }) => [from, to, (now - at) / 60_000]),
    reported: next.reported,
  };
}

describe('applyReport', () => {
  it('begins the history of a source without events when the source says that it began', () => {
    const { next, transitions } = apply(null, report('non-compliant', { since: minutesAgo(7) }));
    expect(next).toEqual({ state: 'non-compliant', message: 'it is non-compliant', minutes: 7 });
    expect(transitions).toEqual([[null, 'non-compliant', 7]]);
  });

  it('adds nothing when only the message of a source without events changed, but shows it', () => {
    const { next, transitions } = apply(current('compliant', 30), report('compliant'));
    expect(next).toEqual({ state: 'compliant', message: 'it is compliant', minutes: 30 });
    expect(transitions).toEqual([]);
  });

  it('lets no state begin before what is known to have been otherwise', () => {
    const { next } = apply(current('unknown', 5), report('compliant', { since: minutesAgo(60) }));
    expect(next.minutes).toBe(0);
  });

  it('takes what happened between two reports into the history with its own times, in whatever order it is told', () => {
    const events = [event(10, 'compliant'), event(20, 'non-compliant')];
    const { next, transitions } = apply(
      current('compliant', 60, { listener: 'compliant' }),
      report('compliant', { events }),
    );
    expect(transitions).toEqual([
      ['compliant', 'non-compliant', 20],
      ['non-compliant', 'compliant', 10],
    ]);
    expect(next.minutes).toBe(10);
  });

  it('keeps an event that changed the message only', () => {
    const { next, transitions } = apply(
      current('non-compliant', 60, { listener: 'non-compliant' }),
      report('non-compliant', { events: [event(5, 'non-compliant')] }),
    );
    expect(transitions).toEqual([['non-compliant', 'non-compliant', 5]]);
    expect(next.minutes).toBe(60);
  });

  it('is compliant only when all parts are', () => {
    const events = [event(30, 'non-compliant', 'a'), event(25, 'non-compliant', 'b'), event(20, 'compliant', 'a')];
    const { next, transitions } = apply(null, report('non-compliant', { events }));
    expect(transitions).toEqual([
      [null, 'non-compliant', 30],
      ['non-compliant', 'non-compliant', 25],
      ['non-compliant', 'non-compliant', 20],
    ]);
    expect(next.minutes).toBe(30);
  });

  it('adds an event that came late to the history, but lets it say nothing of now', () => {
    const { next, transitions } = apply(
      current('compliant', 10, { listener: 'compliant' }),
      report('compliant', { events: [event(15, 'non-compliant')] }),
    );
    expect(transitions).toEqual([['compliant', 'non-compliant', 15]]);
    expect(next).toEqual({ state: 'compliant', message: 'it is compliant', minutes: 10 });
  });

  it('ends with what counts, when that is not what the events say', () => {
    const { next, transitions, reported } = apply(
      current('unknown', 10, { listener: 'compliant' }),
      report('compliant', { events: [event(5, 'compliant')] }),
      { state: 'unknown', message: 'the cluster is not available' },
    );
    expect(transitions).toEqual([
      ['unknown', 'compliant', 5],
      ['compliant', 'unknown', 0],
    ]);
    expect(next.state).toBe('unknown');
    expect(reported).toEqual({ state: 'compliant', message: 'it is compliant', templates: { listener: 'compliant' } });
  });

  it('lets nothing happen in the future because a clock is ahead', () => {
    const { next, transitions } = apply(null, report('compliant', { events: [event(-90, 'compliant')] }));
    expect(transitions).toEqual([[null, 'compliant', 0]]);
    expect(next.minutes).toBe(0);
  });
});
