import { describe, expect, it } from 'vitest';
import { planReplay, rangesToNote } from './replay-rule.js';

const SITE = { sequence: 100, oldestKept: 1 };

describe('the plan of a replay', () => {
  it('takes all to the latest event when no end is given, or one beyond it', () => {
    const all = { kind: 'planned', asked: { from: 7, to: 100 }, send: { from: 7, to: 100 }, gone: null };
    expect(planReplay({ from: 7, to: null }, SITE)).toEqual(all);
    expect(planReplay({ from: 7, to: 4_000 }, SITE)).toEqual(all);
    expect(planReplay({ from: 7, to: 7 }, SITE)).toMatchObject({ send: { from: 7, to: 7 }, gone: null });
  });

  it('says which events are no longer kept and sends the others', () => {
    expect(planReplay({ from: 10, to: 50 }, { ...SITE, oldestKept: 31 })).toMatchObject({
      send: { from: 31, to: 50 },
      gone: { from: 10, to: 30 },
    });
  });

  it.each([31, null])('sends nothing when none is kept (oldest kept: %s)', (oldestKept) => {
    expect(planReplay({ from: 10, to: 30 }, { ...SITE, oldestKept })).toMatchObject({
      send: null,
      gone: { from: 10, to: 30 },
    });
  });

  it.each([
    [{ from: 101, to: null }, SITE, 'from: must be at most 100'],
    [{ from: 5, to: 4 }, SITE, 'to: must not be below from'],
    [{ from: 1, to: null }, { sequence: 0, oldestKept: null }, 'from: this site has no events yet'],
  ])('refuses %j at %j and names the field', (asked, site, detail) => {
    expect(planReplay(asked, site)).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining(detail) as unknown,
    });
  });
});

describe('what is noted to be sent again', () => {
  const waiting = [
    { id: 1, from: 40, to: 60 },
    { id: 2, from: 10, to: 19 },
  ];

  it.each([
    ['all of it when nothing waits', { from: 1, to: 9 }, [], { longer: [], added: [{ from: 1, to: 9 }] }],
    ['nothing that waits already', { from: 45, to: 60 }, waiting, { longer: [], added: [] }],
    [
      'only what lies between, as a longer range where one ends right before',
      { from: 1, to: 70 },
      waiting,
      {
        longer: [
          { id: 2, to: 39 },
          { id: 1, to: 70 },
        ],
        added: [{ from: 1, to: 9 }],
      },
    ],
  ])('is %s', (_name, asked, ranges, expected) => {
    expect(rangesToNote(asked, ranges)).toEqual(expected);
  });
});
