import { describe, expect, it } from 'vitest';
import { deliveryVerdict, type DeliveryOutcome, type DeliveryVerdict } from './delivery-rule.js';

const answer = (status: number): DeliveryOutcome => ({ kind: 'answer', status, retryAfterMs: null, problem: null });

const TABLE: [string, DeliveryOutcome, DeliveryVerdict][] = [
  ['200', answer(200), 'delivered'],
  ['202', answer(202), 'delivered'],
  ['204', answer(204), 'delivered'],
  ['301, a wrong address', answer(301), 'wait'],
  ['400', answer(400), 'dead-letter'],
  ['401', answer(401), 'dead-letter'],
  ['404', answer(404), 'dead-letter'],
  ['413', answer(413), 'dead-letter'],
  ['422', answer(422), 'dead-letter'],
  ['429', answer(429), 'wait'],
  ['500', answer(500), 'retry'],
  ['501', answer(501), 'retry'],
  ['502', answer(502), 'wait'],
  ['503', answer(503), 'wait'],
  ['504', answer(504), 'wait'],
  ['599', answer(599), 'retry'],
  ['no connection', { kind: 'no-connection' }, 'wait'],
  ['a connection that broke', { kind: 'broken' }, 'wait'],
  ['no answer from a silent sink', { kind: 'no-answer', hasSinkAnsweredOthers: false }, 'wait'],
  ['no answer while others were answered', { kind: 'no-answer', hasSinkAnsweredOthers: true }, 'retry'],
];

describe('the delivery rule', () => {
  it.each(TABLE)('after %s', (_name, outcome, verdict) => {
    expect(deliveryVerdict(outcome)).toBe(verdict);
  });
});
