import { describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from './delivery-rule.js';
import { CALM_MS, giveUpCauseOf, isStrike } from './give-up-rule.js';
import type { Ticket } from './sink-gate.js';

const answer = (status: number): DeliveryOutcome => ({ kind: 'answer', status, retryAfterMs: null, problem: null });
const HELD_FOR_MS = CALM_MS + 2_000;
const calmAndAlone: Ticket = { isProbe: false, isAlone: true, calmMs: HELD_FOR_MS };

describe('a strike', () => {
  it('is a connection lost over one record alone, after the calm that it was held back for', () => {
    expect(isStrike({ kind: 'broken' }, calmAndAlone, HELD_FOR_MS)).toBe(true);
  });

  it('is none when the record was not held back, however calm it was before', () => {
    expect(isStrike({ kind: 'broken' }, calmAndAlone, null)).toBe(false);
  });

  it.each([
    ['others were in flight', { kind: 'broken' }, { ...calmAndAlone, isAlone: false }],
    ['a connection was lost shortly before', { kind: 'broken' }, { ...calmAndAlone, calmMs: HELD_FOR_MS - 1 }],
    ['the sink was not reached', { kind: 'no-connection' }, calmAndAlone],
    ['the sink did not answer', { kind: 'no-answer', hasSinkAnsweredOthers: true }, calmAndAlone],
    ['the sink says that it is away', answer(503), calmAndAlone],
    ['the sink failed', answer(500), calmAndAlone],
  ] as [string, DeliveryOutcome, Ticket][])('is none when %s', (_name, outcome, ticket) => {
    expect(isStrike(outcome, ticket, HELD_FOR_MS)).toBe(false);
  });
});

describe('the cause of a give-up', () => {
  it.each([
    ['crash', { kind: 'broken' }],
    ['timeout', { kind: 'no-answer', hasSinkAnsweredOthers: true }],
    ['error', answer(500)],
    [null, answer(400)],
    [null, { kind: 'no-connection' }],
  ] as [string | null, DeliveryOutcome][])('is %s', (cause, outcome) => {
    expect(giveUpCauseOf(outcome, true)).toBe(cause);
  });

  it.each([
    ['crash', { kind: 'broken' }],
    [null, { kind: 'no-answer', hasSinkAnsweredOthers: true }],
    [null, answer(500)],
  ] as [string | null, DeliveryOutcome][])('is %s when nothing else was scored meanwhile', (cause, outcome) => {
    expect(giveUpCauseOf(outcome, false)).toBe(cause);
  });
});
