import { describe, expect, it } from 'vitest';
import { MAX_HOLD_MS } from './give-up-rule.js';
import { SuspectLine } from './suspect-line.js';

function line() {
  const gate = { calmMs: 0, openMs: 0 };
  const suspects = new SuspectLine(gate);
  const ticket = () => ({ isProbe: false, isAlone: true, calmMs: gate.calmMs });
  return { gate, suspects, ticket };
}

describe('the line of suspects', () => {
  it('lets one go in a calm, and the next only after it has left', () => {
    const { gate, suspects, ticket } = line();
    const [first, second] = [suspects.join(10_000), suspects.join(10_000)];
    gate.calmMs = 10_000;
    expect(suspects.missingMs(first)).toBe(0);
    expect(suspects.mayUse(first, ticket())).toBe(true);
    expect(suspects.isFirst(second)).toBe(false);
    suspects.leave(first);
    expect(suspects.isFirst(second)).toBe(true);
    expect(suspects.missingMs(second)).toBe(0);
  });

  it('sends whoever comes back to the end', () => {
    const { suspects } = line();
    const [first, second] = [suspects.join(10_000), suspects.join(10_000)];
    suspects.leave(first);
    const again = suspects.join(10_000);
    expect(suspects.isFirst(second)).toBe(true);
    suspects.leave(second);
    expect(suspects.isFirst(again)).toBe(true);
  });

  it('takes a ticket back from one whose calm ended while it waited for it', () => {
    const { gate, suspects, ticket } = line();
    const held = suspects.join(10_000);
    gate.calmMs = 10_000;
    expect(suspects.missingMs(held)).toBe(0);
    gate.calmMs = 0;
    expect(suspects.mayUse(held, ticket())).toBe(false);
    expect(suspects.missingMs(held)).toBe(10_000);
  });

  it('holds nobody longer than the limit of time in which the gate is open without a calm', () => {
    const { gate, suspects, ticket } = line();
    gate.openMs = 500;
    const held = suspects.join(10_000);
    gate.openMs = 500 + MAX_HOLD_MS - 1;
    expect(suspects.missingMs(held)).toBe(1);
    expect(suspects.mayUse(held, ticket())).toBe(false);
    gate.openMs = 500 + MAX_HOLD_MS;
    expect(suspects.missingMs(held)).toBe(0);
    expect(suspects.mayUse(held, ticket())).toBe(true);
  });

  it('begins the limit anew for all with each turn in a calm', () => {
    const { gate, suspects, ticket } = line();
    const [first, second] = [suspects.join(10_000), suspects.join(10_000)];
    gate.openMs = MAX_HOLD_MS - 1_000;
    gate.calmMs = 10_000;
    expect(suspects.mayUse(first, ticket())).toBe(true);
    suspects.leave(first);
    gate.openMs = 2 * MAX_HOLD_MS - 1_001;
    gate.calmMs = 0;
    expect(suspects.mayUse(second, ticket())).toBe(false);
    gate.openMs += 1;
    expect(suspects.mayUse(second, ticket())).toBe(true);
  });
});
